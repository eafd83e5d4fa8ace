import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { scanManifest } from "../../src/scan/manifest.ts";
import { drawGraph } from "./drawGraph.ts";
import { olderManifest } from "./olderManifest.ts";

const real = readFileSync(new URL("fixtures/weather-v12.json", import.meta.url), "utf8");

type Fields = Record<string, unknown>;

/** A manifest with these nodes, by id; what stands in an id need not be said again. */
function manifest(nodes: Record<string, Fields | null>, more: Fields = {}) {
  const maps: Record<string, Record<string, Fields | null>> = {
    nodes: {},
    sources: {},
    exposures: {},
    metrics: {},
  };
  for (const [id, fields] of Object.entries(nodes)) {
    const [type = "", , ...names] = id.split(".");
    const map = { source: "sources", exposure: "exposures", metric: "metrics" }[type] ?? "nodes";
    const source = type === "source" ? { source_name: names[0], name: names[1] } : { name: names.join(".") };
    const entry = fields && { unique_id: id, resource_type: type, ...source, ...fields };
    maps[map] = { ...maps[map], [id]: entry };
  }
  const metadata = {
    dbt_schema_version: "https://schemas.getdbt.com/dbt/manifest/v12.json",
    project_name: "shop",
    adapter_type: "postgres",
  };
  return { metadata, ...maps, ...more };
}

function graphOf(nodes: Record<string, Fields | null>, more: Fields = {}) {
  return scanManifest(JSON.stringify(manifest(nodes, more)), "manifest.json");
}

/** One line for each edge, then the messages of problems. */
function edgesOf(nodes: Record<string, Fields | null>, more: Fields = {}) {
  const { edges, problems } = graphOf(nodes, more);
  return [...edges.map(it => `${it.from} → ${it.to}`), ...problems.map(it => it.message)];
}

const needs = (...nodes: string[]) => ({ depends_on: { macros: [], nodes } });
const ephemeral = { config: { materialized: "ephemeral" } };

test("a manifest that dbt 1.11 wrote is its models, seeds, sources and exposures, with tests as checks", () => {
  expect(drawGraph(scanManifest(real, "target/manifest.json"))).toMatchInlineSnapshot(`
    "models/marts/city_climate.sql:1:1 city_climate [dbt] group:weather checks:not_null_city_climate_city|unique_city_climate_city owners:team:weather kinds:dbt|postgres ← daily_weather_summary, stg_stations
    models/marts/daily_weather_summary.sql:1:1 daily_weather_summary [dbt] group:weather {daily from 2026-01-01} checks:every_reading_is_in_its_summary|not_null_daily_weather_summary_city|not_null_daily_weather_summary_day|not_null_daily_weather_summary_mean_celsius owners:team:weather kinds:dbt|postgres ← stg_readings, cities
    models/staging/stg_stations.sql:1:1 stg_stations [dbt] group:weather checks:not_null_stg_stations_station|unique_stg_stations_station owners:team:weather kinds:dbt|postgres ← stg_readings
    models/staging/stg_readings.sql:1:1 stg_readings [dbt] group:weather checks:every_reading_is_in_its_summary|every_reading_is_of_a_known_city|not_null_stg_readings_station|not_null_stg_readings_observed_at owners:team:weather kinds:dbt|postgres ← assets/validated_readings
    seeds/cities.csv:1:1 cities [dbt] group:weather checks:every_reading_is_of_a_known_city|not_null_cities_city|unique_cities_city owners:team:weather kinds:dbt|postgres
    models/staging/sources.yml:1:1 assets/validated_readings [source] checks:source_not_null_assets_validated_readings_station|source_not_null_assets_validated_readings_observed_at
    models/marts/marts.yml:1:1 weather_report [exposure] owners:weather@example.com kinds:dashboard ← daily_weather_summary, city_climate"
  `);
});

test.each([11, 10, 9, 8, 7, 6, 5, 4])(
  "schema version %i of it has the same assets, edges and checks",
  version => {
    const newest = scanManifest(real, "manifest.json");
    const older = scanManifest(JSON.stringify(olderManifest(JSON.parse(real), version)), "manifest.json");
    expect(older.problems).toEqual([]);
    expect(older.edges).toEqual(newest.edges);
    const named = (it: typeof newest) =>
      it.assets.map(({ key, kind, file, checks }) => ({ key, kind, file, checks }));
    expect(named(older)).toEqual(named(newest));
  },
);

describe("keys", () => {
  const keyOf = (id: string, fields: Fields) => graphOf({ [id]: fields }).assets[0]?.key;

  test.each<[string, string, Fields, string]>([
    ["a model is known by its name", "model.shop.orders", { schema: "dev_ada" }, "orders"],
    [
      "a configured schema comes first, the resolved one never",
      "model.shop.orders",
      { schema: "dev_ada_marts", config: { schema: "marts" } },
      "marts/orders",
    ],
    ["an empty schema is none", "model.shop.orders", { config: { schema: "" } }, "orders"],
    [
      "a source is known by source and table",
      "source.shop.raw.orders",
      { schema: "lake", identifier: "ORDERS_1" },
      "raw/orders",
    ],
    [
      "a versioned model by its alias",
      "model.shop.orders.v2",
      { name: "orders", version: 2, alias: "orders_v2", config: { schema: "marts" } },
      "orders_v2",
    ],
    [
      "a version may be a text, an alias missing",
      "model.shop.orders.v2.5",
      { name: "orders", version: "2.5" },
      "orders_v2.5",
    ],
    ["meta says it to Dagster", "model.shop.orders", { meta: { dagster: { asset_key: ["a", "b"] } } }, "a/b"],
    [
      "meta says it to us, in the configuration",
      "model.shop.orders",
      { config: { meta: { millrace: { asset_key: "x/y" }, dagster: { asset_key: ["a"] } } } },
      "x/y",
    ],
    [
      "any Unicode, and spaces",
      "model.shop.受注 2024",
      { name: "受注 2024", config: { schema: "größe" } },
      "größe/受注 2024",
    ],
    ["a seed has a schema too", "seed.shop.cities", { config: { schema: "seeds" } }, "seeds/cities"],
    [
      "a snapshot has its target schema for itself",
      "snapshot.shop.orders",
      { config: { target_schema: "snaps" } },
      "orders",
    ],
  ])("%s", (_, id, fields, key) => {
    expect(keyOf(id, fields)).toBe(key);
  });

  test("two nodes of one key are both there: the project's own has it, the other dbt's id, and a problem names both", () => {
    const { assets, edges, problems } = graphOf({
      "model.a_package.orders": {},
      "model.shop.orders": {},
      "model.shop.mart": needs("model.a_package.orders", "model.shop.orders"),
    });
    expect(assets.map(it => [it.uniqueId, it.key])).toEqual([
      ["model.a_package.orders", "model.a_package.orders"],
      ["model.shop.orders", "orders"],
      ["model.shop.mart", "mart"],
    ]);
    expect(edges.map(it => `${it.from} → ${it.to}`)).toEqual([
      "model.a_package.orders → mart",
      "orders → mart",
    ]);
    expect(problems).toMatchObject([
      {
        severity: "error",
        message: expect.stringMatching(/model\.shop\.orders and model\.a_package\.orders/),
      },
    ]);
  });

  test("a report with the name of a model is a warning, for nothing can be mistaken for it", () => {
    const { assets, problems } = graphOf({ "exposure.shop.orders": {}, "model.shop.orders": {} });
    expect(assets.map(it => it.key)).toEqual(["orders", "exposure.shop.orders"]);
    expect(problems.map(it => it.severity)).toEqual(["warning"]);
  });
});

describe("edges", () => {
  test("ephemeral models are spliced, however long their chain is and wherever it meets itself", () => {
    expect(
      edgesOf({
        "seed.shop.raw": { depends_on: {} },
        "model.shop.e1": { ...ephemeral, ...needs("seed.shop.raw") },
        "model.shop.e2": { ...ephemeral, ...needs("model.shop.e1") },
        "model.shop.e3": { ...ephemeral, ...needs("model.shop.e1", "model.shop.e2") },
        "model.shop.mart": needs("model.shop.e3", "model.shop.e2"),
      }),
    ).toEqual(["raw → mart"]);
  });

  test("ephemeral models in a circle end, and what they need is needed", () => {
    expect(
      edgesOf({
        "model.shop.raw": {},
        "model.shop.e1": { ...ephemeral, ...needs("model.shop.e2", "model.shop.e1") },
        "model.shop.e2": { ...ephemeral, ...needs("model.shop.e1", "model.shop.raw") },
        "model.shop.mart": needs("model.shop.e1"),
      }),
    ).toEqual(["raw → mart"]);
  });

  test("a model that needs itself by way of an ephemeral one is a problem, no edge", () => {
    expect(
      edgesOf({
        "model.shop.e": { ...ephemeral, ...needs("model.shop.mart") },
        "model.shop.mart": needs("model.shop.e"),
      }),
    ).toEqual([expect.stringContaining("model.shop.mart needs itself")]);
  });

  test("models that need each other are a problem", () => {
    const drawn = edgesOf({ "model.shop.a": needs("model.shop.b"), "model.shop.b": needs("model.shop.a") });
    expect(drawn.slice(2)).toEqual([expect.stringContaining("These assets need each other")]);
  });

  test("metrics, semantic models, saved queries and what is not invented yet are spliced", () => {
    expect(
      edgesOf(
        {
          "model.shop.orders": {},
          "metric.shop.revenue": needs("semantic_model.shop.orders"),
          "exposure.shop.report": needs("saved_query.shop.all"),
        },
        {
          semantic_models: { "semantic_model.shop.orders": needs("model.shop.orders") },
          saved_queries: { "saved_query.shop.all": needs("oracle.shop.o", "metric.shop.revenue") },
          oracles: { "oracle.shop.o": needs("model.shop.orders") },
          functions: null,
        },
      ),
    ).toEqual(["orders → report"]);
  });

  test("a parent that does not exist, or is disabled, is a problem and no edge", () => {
    expect(
      edgesOf(
        {
          "model.shop.off": { config: { enabled: false } },
          "exposure.shop.report": needs(
            "model.shop.gone",
            "model.shop.old",
            "model.shop.off",
            "model.shop.gone",
          ),
        },
        { disabled: { "model.shop.old": [{}] } },
      ),
    ).toEqual([
      expect.stringMatching(/report needs model\.shop\.gone, which the manifest does not hold/),
      expect.stringMatching(/report needs model\.shop\.old, which is disabled/),
      expect.stringMatching(/report needs model\.shop\.off, which is disabled/),
    ]);
  });
});

describe("checks", () => {
  const checksOf = (nodes: Record<string, Fields>) =>
    Object.fromEntries(graphOf(nodes).assets.map(it => [it.key, it.checks]));

  test("a generic test is of the node that it is attached to, a singular one of all that it names", () => {
    expect(
      checksOf({
        "model.shop.a": {},
        "model.shop.b": {},
        "test.shop.ref": {
          attached_node: "model.shop.b",
          test_metadata: {},
          ...needs("model.shop.a", "model.shop.b"),
        },
        "test.shop.both": needs("model.shop.a", "model.shop.b"),
      }),
    ).toEqual({ a: ["both"], b: ["ref", "both"] });
  });

  test("before dbt said so, a relationship is of the model that its arguments name", () => {
    const model = "{{ get_where_subquery(ref('a')) }}";
    expect(
      checksOf({
        "model.shop.a": {},
        "model.shop.b": {},
        "test.shop.ref": { test_metadata: { kwargs: { model } }, ...needs("model.shop.a", "model.shop.b") },
      }),
    ).toEqual({ a: ["ref"], b: [] });
  });

  test("a test of an ephemeral model guards what that is made of; a unit test is no check", () => {
    const { assets } = graphOf(
      {
        "source.shop.raw.t": {},
        "model.shop.e": { ...ephemeral, ...needs("source.shop.raw.t") },
        "test.shop.nn": {
          attached_node: "model.shop.e",
          config: { severity: "WARN" },
          ...needs("model.shop.e"),
        },
      },
      {
        unit_tests: {
          "unit_test.shop.e.u": { resource_type: "unit_test", name: "u", ...needs("model.shop.e") },
        },
      },
    );
    expect(assets.map(it => it.checks)).toEqual([["nn"]]);
    expect(assets[0]?.dbt?.tests.map(it => [it.kind, it.name, it.severity])).toEqual([
      ["data", "nn", "warning"],
      ["unit", "u", "error"],
    ]);
  });
});

describe("what an asset says of itself", () => {
  test("groups, owners, tags, kinds, descriptions and files with forward slashes", () => {
    const [asset] = graphOf(
      {
        "model.shop.orders": {
          group: "finance",
          tags: ["nightly", "pii"],
          description: "Bestellungen.",
          language: "python",
          original_file_path: "models\\core\\orders.py",
        },
      },
      { groups: { "group.shop.finance": { owner: { name: "money", email: ["a@example.com"] } } } },
    ).assets;
    expect(asset).toMatchObject({
      kind: "dbt",
      group: "finance",
      owners: ["a@example.com"],
      tags: { nightly: "", pii: "" },
      kinds: ["dbt", "postgres", "python"],
      description: "Bestellungen.",
      file: "models/core/orders.py",
      line: 1,
    });
  });

  test("an exposure has its owner; a source without a schema lives in one of its own name", () => {
    const { assets } = graphOf({
      "exposure.shop.report": { type: "dashboard", owner: { name: "bi", email: null } },
      "source.shop.raw.orders": { schema: null },
    });
    expect(assets.map(it => [it.kind, it.owners, it.kinds, it.dbt?.relation])).toEqual([
      ["source", [], [], { database: null, schema: "raw", table: "orders" }],
      ["exposure", ["team:bi"], ["dashboard"], null],
    ]);
  });

  test("automation and freshness are said by meta", () => {
    const said = (millrace: unknown) => {
      const { assets, problems } = graphOf({ "model.shop.m": { config: { meta: { millrace } } } });
      return [assets[0]?.automation, assets[0]?.freshness, ...problems.map(it => it.message)].filter(Boolean);
    };
    expect(said({ automation: "eager", freshness: { within: "24 h", warn: "12 h" } })).toEqual([
      "eager",
      "within 1 d",
    ]);
    expect(
      said({ automation: { on_cron: "0 6 * * *" }, freshness: { by: "0 9 * * *", lower_bound: "2 h" } }),
    ).toEqual(['on cron "0 6 * * *"', 'by "0 9 * * *"']);
    expect(said({ automation: "eagerly" })[0]).toContain('"eagerly" is no condition. Write "eager"');
    expect(said({ automation: { on_cron: "0 6 * *" } })).toHaveLength(1);
    expect(said({ freshness: { within: "1 s" } })[0]).toContain('"freshness" in its meta');
  });

  test("a pool is said by meta, of what dbt builds", () => {
    const said = (pool: unknown, id = "model.shop.m") => {
      const { assets, problems } = graphOf({ [id]: { config: { meta: { millrace: { pool } } } } });
      return [assets[0]?.pool, ...problems.map(it => it.message)].filter(Boolean);
    };
    expect(said("warehouse")).toEqual(["warehouse"]);
    expect(said("warehouse", "source.shop.raw.m")).toEqual([]);
    expect(said(2)).toEqual(['model.shop.m: "pool" is not the name of a pool. Write pool: "db".']);
  });

  test("partitions are said by meta, or are the batches of a microbatch model", () => {
    const partitions = (config: Fields) => graphOf({ "model.shop.m": { config } }).assets[0]?.partitions;
    const meta = (said: unknown) => ({ meta: { millrace: { partitions: said } } });
    expect(partitions(meta({ daily: { start: "2026-01-01", timezone: "Europe/Berlin" } }))).toBe(
      "daily from 2026-01-01, Europe/Berlin",
    );
    expect(
      partitions({ incremental_strategy: "microbatch", batch_size: "hour", begin: "2026-01-01T00:00:00" }),
    ).toBe("hourly from 2026-01-01");
    expect(graphOf({ "model.shop.m": { config: meta({ dayly: {} }) } }).problems).toMatchObject([
      { severity: "error", message: expect.stringContaining('"dayly"') },
    ]);
  });
});

describe("what is no manifest", () => {
  const problemOf = (text: string) => {
    const { assets, isReadable, problems } = scanManifest(text, "target/manifest.json");
    expect(assets).toEqual([]);
    expect(isReadable).toBe(false);
    expect(problems).toHaveLength(1);
    return problems[0];
  };

  test.each([
    ["an empty file", "", /is empty/],
    ["a file that ends in the middle", real.slice(0, 5_000), /ends in the middle/],
    ["something else", "<html>", /is no JSON/],
    ["a list", "[]", /is no manifest/],
    ["null", "null", /is no manifest/],
    [
      "another artifact of dbt",
      `{ "metadata": { "dbt_schema_version": "https://schemas.getdbt.com/dbt/run-results/v6.json" }, "results": [] }`,
      /holds dbt's run-results/,
    ],
  ])("%s is an error that says so", (_, text, message) => {
    expect(problemOf(text)).toMatchObject({ severity: "error", message: expect.stringMatching(message) });
  });

  test("what an older, longer file left behind is cut off", () => {
    const graph = scanManifest(`${real}  "tail": 1}\n}`, "manifest.json");
    expect(graph.edges).toEqual(scanManifest(real, "manifest.json").edges);
    expect(graph.problems).toMatchObject([{ severity: "warning", line: real.split("\n").length }]);
  });

  test("NaN, which Python writes, is nothing; in a text it stays", () => {
    const text = JSON.stringify(manifest({ "model.shop.NaN": { description: "NaN -Infinity" } }));
    const graph = scanManifest(
      text.replace('"metrics":{}', '"metrics":{"metric.a.b":{"x":NaN,"y":-Infinity}}'),
      "m",
    );
    expect(graph.assets.map(it => [it.key, it.description])).toEqual([["NaN", "NaN -Infinity"]]);
    expect(graph.problems).toEqual([]);
  });

  test("null and missing fields leave what is known; an empty entry is left out and told", () => {
    const { assets, problems } = graphOf({
      "model.shop.a": { config: null, depends_on: null, name: null, original_file_path: null, tags: null },
      "model.shop.b": null,
      "seed.shop.c": { resource_type: null, depends_on: { nodes: null } },
    });
    expect(assets.map(it => [it.key, it.kind, it.file, it.line])).toEqual([
      ["a", "dbt", null, null],
      ["c", "dbt", null, null],
    ]);
    expect(problems.map(it => it.message)).toEqual([
      expect.stringContaining('"model.shop.b" of "nodes" is empty'),
    ]);
  });

  test("a version that nobody knows yet is read as far as it is understood, and told", () => {
    const dbt_schema_version = "https://schemas.getdbt.com/dbt/manifest/v31.json";
    const { assets, problems } = graphOf({ "model.shop.a": {} }, { metadata: { dbt_schema_version } });
    expect(assets).toHaveLength(1);
    expect(problems).toMatchObject([{ severity: "info", message: expect.stringContaining("version 31") }]);
  });
});

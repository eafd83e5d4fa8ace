import { describe, expect, test } from "vitest";
import { assetDetails, type KnownOfAsset, mostNeighbours } from "../../src/model/assetDetails.ts";
import type { AssetFacts, RecordedOutcome } from "../../src/model/assetFacts.ts";
import { type AssetGraph, type AssetNode, indexGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { type AssetState, missingState } from "../../src/model/assetState.ts";
import type { DbtNode, DbtTest } from "../../src/model/dbtNode.ts";

const key = (text: string) => text as AssetKey;

describe("the page of an asset", () => {
  test("is there for what the graph has, and for nothing else", () => {
    expect(details({ assets: [node("a")], edges: [] }, "b")).toBeNull();
    expect(details({ assets: [node("a")], edges: [] }, "a")).toMatchObject({
      ...{ asset: "a", columns: [], checks: [], state: null, partitions: null, source: { line: 3 } },
      upstream: { shown: [], more: 0 },
    });
  });

  test("names what is upstream and downstream with its state, once, and not itself", () => {
    const graph: AssetGraph = {
      assets: [node("a"), node("b"), node("c"), { ...node("s"), kind: "source" }],
      edges: [edge("a", "b"), edge("a", "b", "dep"), edge("b", "b"), edge("s", "b"), edge("b", "c")],
    };
    const stateOf = (asset: AssetKey) => state(asset, asset === "a" ? "failed" : "materialized");
    expect(details(graph, "b", { stateOf })).toMatchObject({
      upstream: {
        shown: [
          { asset: "a", state: "failed" },
          { asset: "s", kind: "source", state: null },
        ],
      },
      downstream: { shown: [{ asset: "c", state: "materialized" }], more: 0 },
    });
  });

  test("shows of very many neighbours the first, and says how many more there are", () => {
    const many = Array.from({ length: 1_000 }, (_, at) => node(`n${at}`));
    const graph = { assets: [node("hub"), ...many], edges: many.map(it => edge("hub", it.key)) };
    const found = details(graph, "hub")?.downstream;
    expect([found?.shown.length, found?.more]).toEqual([mostNeighbours, 1_000 - mostNeighbours]);
  });

  test("counts the partitions by their state, whatever their order", () => {
    const parts = [
      { state: "materialized", count: 3 },
      { state: "failed", count: 1 },
      { state: "materialized", count: 2 },
    ] as const;
    const graph = { assets: [{ ...node("daily"), partitions: "daily from 2026-01-01" }], edges: [] };
    const stateOf = () => ({ ...state(key("daily"), "partly"), parts });
    expect(details(graph, "daily", { stateOf })?.partitions).toEqual({
      words: "daily from 2026-01-01",
      total: 6,
      counts: [
        { state: "materialized", count: 5 },
        { state: "failed", count: 1 },
      ],
    });
  });

  test("takes from loaded definitions what the text does not tell", () => {
    const loaded = { ...node("a"), codeVersion: "7", relation: { schema: "raw", table: "a" }, pool: "db" };
    const graph = { assets: [node("a")], edges: [] };
    expect(details(graph, "a", { loaded })).toMatchObject({
      codeVersion: "7",
      relation: "raw.a",
      pool: "db",
    });
  });
});

describe("the columns of an asset", () => {
  const orders = {
    ...node("orders"),
    checks: ["notNull(city)", "unique(city, day)", "plausible"],
  };

  test("have the checks that are about them; what is about several stands with each", () => {
    const found = details({ assets: [orders], edges: [] }, "orders", {
      facts: facts({ columns: [column("city", "text"), column("day", "date"), column("n", "bigint")] }),
    });
    expect(found?.columns.map(it => [it.name, it.type, it.checks])).toEqual([
      ["city", "text", ["notNull(city)", "unique(city, day)"]],
      ["day", "date", ["unique(city, day)"]],
      ["n", "bigint", []],
    ]);
  });

  test("are those that checks name while nobody knows more", () => {
    const found = details({ assets: [orders], edges: [] }, "orders");
    expect(found?.columns.map(it => it.name)).toEqual(["city", "day"]);
  });

  test("are what dbt's files say while no engine was asked, and what the engine says then", () => {
    const graph = { assets: [dbtNode("totals", [dbtTest("not_null_totals_city", "CITY")])], edges: [] };
    const described = { columns: [column("city", null, "Where.")] };
    expect(details(graph, "totals", described)?.columns).toEqual([
      { ...column("city", null, "Where."), checks: ["test.shop.not_null_totals_city"] },
    ]);
    const asked = {
      ...described,
      facts: facts({ columns: [column("city", "text", "Where."), column("n", "int")] }),
    };
    expect(details(graph, "totals", asked)?.columns.map(it => it.type)).toEqual(["text", "int"]);
  });
});

describe("the checks of an asset", () => {
  test.each([
    ["not_null_totals_city", "city", "not_null"],
    ["accepted_values_totals_city__Oslo__Lima", "city", "accepted_values"],
    ["a_name_of_its_own", "city", "a_name_of_its_own"],
    ["no_total_is_negative", null, "no_total_is_negative"],
  ])("of dbt are called %s in full and, where their column is looked at, %s: %s", (name, about, label) => {
    const graph = { assets: [dbtNode("totals", [dbtTest(name, about)])], edges: [] };
    expect(details(graph, "totals")?.checks[0]).toMatchObject({
      name,
      label,
      kind: "data test",
      result: null,
    });
  });

  test("of a source that TypeScript feeds are called after the source", () => {
    const fed = {
      ...node("orders"),
      ...{ feeds: ["source.shop.raw.orders"], sourceTests: [dbtTest("source_unique_raw_orders_id", "id")] },
    };
    expect(details({ assets: [fed], edges: [] }, "orders")?.checks[0]).toMatchObject({ label: "unique" });
  });

  test("show the newest of what a run recorded and what was run by itself", () => {
    const graph = { assets: [{ ...node("a"), checks: ["cheap", "few", "warns"] }], edges: [] };
    const alone = (at: string) => ({
      ...{ status: "passed" as const, failedRows: 0, failedPartitions: 0, message: null, at, runId: null },
    });
    const found = details(graph, "a", {
      facts: facts({
        checks: [
          outcome("cheap", false),
          outcome("few", false),
          { ...outcome("warns", false), severity: "warning" },
        ],
      }),
      results: new Map([
        ["cheap", alone("2026-01-02T00:00:00.000Z")],
        ["few", alone("2025-12-31T00:00:00.000Z")],
      ]),
    });
    expect(found?.checks.map(it => [it.name, it.result?.status, it.result?.runId])).toEqual([
      ["cheap", "passed", null],
      ["few", "failed", "9"],
      ["warns", "warned", "9"],
    ]);
  });

  test("have failed while they fail for any partition, though they passed for the last", () => {
    const graph = { assets: [{ ...node("a"), checks: ["cheap"] }], edges: [] };
    const recorded = { ...outcome("cheap", true), failedPartitions: 4 };
    expect(details(graph, "a", { facts: facts({ checks: [recorded] }) })?.checks[0]?.result).toMatchObject({
      ...{ status: "failed", failedPartitions: 4 },
    });
  });
});

function details(graph: AssetGraph, asset: string, known: Partial<KnownOfAsset> = {}) {
  return assetDetails(indexGraph(graph), key(asset), {
    ...{ loaded: null, stateOf: () => undefined, facts: null, columns: [], results: new Map() },
    ...known,
  });
}

function node(name: string): AssetNode {
  return {
    ...{ key: key(name), kind: "typescript", group: "default", description: null, tags: {}, kinds: [] },
    ...{ owners: [], file: "assets/a.ts", line: 3, column: 1, partitions: null, checks: [] },
  };
}

function dbtNode(name: string, tests: DbtTest[]): AssetNode {
  const dbt: DbtNode = {
    ...{ resource: "model", package: "shop", name, source: null, version: null, isLatest: true },
    ...{ materialized: "table", isMicrobatch: false, partitionColumn: null, relation: null, tests },
  };
  return { ...node(name), kind: "dbt", uniqueId: `model.shop.${name}`, dbt };
}

function dbtTest(name: string, about: string | null): DbtTest {
  return { name, uniqueId: `test.shop.${name}`, kind: "data", severity: "error", column: about, file: null };
}

function edge(from: string, to: string, kind: "input" | "dep" = "input") {
  return { from: key(from), to: key(to), kind };
}

function state(asset: AssetKey, name: AssetState["state"]): AssetState {
  return { ...missingState(asset), state: name };
}

function facts(some: Partial<AssetFacts>): AssetFacts {
  return { asset: key("a"), columns: null, checks: [], history: [], stalePath: [], ...some };
}

function column(name: string, type: string | null, description: string | null = null) {
  return { name, type, description };
}

function outcome(name: string, passed: boolean): RecordedOutcome {
  return {
    ...{ name, passed, severity: "error", failedRows: passed ? 0 : 2, message: null, runId: "9" },
    ...{ at: "2026-01-01T00:00:00.000Z", failedPartitions: 0 },
  };
}

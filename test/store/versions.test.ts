import { readFileSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { readStaleness } from "../../src/engine/staleness.ts";
import type { AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import { indexesOf } from "../../src/model/partitionSet.ts";
import { type Partitioning, partitionsAt } from "../../src/model/partitions.ts";
import { type PartitionsDefinition, partitionsId } from "../../src/model/partitionsDefinition.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { markMaterialized, reportDataVersion, wipe } from "../../src/store/handwork.ts";
import { migrate } from "../../src/store/migrate.ts";
import { partitionRanges } from "../../src/store/partitionRanges.ts";
import { OwnedByRun } from "../../src/store/sliceOwner.ts";
import { assetStates } from "../../src/store/states.ts";
import { stampVersions } from "../../src/store/versions.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { graphOf } from "../support/graphs.ts";
import { type Making, make } from "../support/versionedAssets.ts";

let created: TestDatabase;
let database: Database;
const now = Date.parse("2026-01-11T05:00:00Z");
const daily = definitionOf("daily", "2026-01-01T00:00");
const hourly = definitionOf("hourly", "2026-01-01T00:00");

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
  await migrate(database);
});

beforeEach(async () => {
  await database.query(
    "truncate millrace.asset, millrace.asset_partition, millrace.materialization, millrace.run cascade",
  );
});

afterAll(async () => {
  await database?.close();
  await created?.drop();
});

describe("what is loaded while it changes", () => {
  const graph = graphOf("a → b");

  test("a change between the look upstream and the publication makes stale, also when it may have been loaded", async () => {
    await makeAll(graph, { asset: "a" });
    await makeAll(graph, { asset: "b", meanwhile: () => makeAll(graph, { asset: "a" }) });
    expect(await stale(graph)).toEqual({ b: ["a is newer"] });
    await makeAll(graph, { asset: "b" });
    expect(await stale(graph)).toEqual({});
  });

  test("a version that comes back while something else was perhaps loaded is not taken for the one before", async () => {
    await makeAll(graph, { asset: "a", dataVersion: "1" });
    await makeAll(graph, {
      asset: "b",
      meanwhile: () => makeAll(graph, { asset: "a", dataVersion: "2" }),
    });
    await makeAll(graph, { asset: "a", dataVersion: "1" });
    expect(await stale(graph)).toEqual({ b: ["a is newer"] });
  });

  test("a version that comes back afterwards is the one that was loaded; who loaded the other one is stale", async () => {
    const both = graphOf("a → b\na → c");
    await makeAll(both, { asset: "a", dataVersion: "1" }, { asset: "b" });
    await makeAll(both, { asset: "a", dataVersion: "2" }, { asset: "c" });
    expect(await stale(both)).toEqual({ b: ["a is newer"] });
    await makeAll(both, { asset: "a", dataVersion: "1" });
    expect(await stale(both)).toEqual({ c: ["a is newer"] });
  });

  test("a publication that is still open when somebody stamps is newer than what was loaded meanwhile", async () => {
    await makeAll(graph, { asset: "a" });
    const open = await database.connect();
    try {
      await open.query("begin");
      await open.query("update millrace.asset_partition set changed_sequence = null, data_version = 'next'");
      await makeAll(graph, { asset: "b" });
      await open.query("commit");
    } finally {
      open.release();
    }
    expect(await stale(graph)).toEqual({ b: ["a is newer"] });
  });

  test("stampers side by side give numbers that only grow, and every publication before a stamp has one", async () => {
    for (let round = 0; round < 5; round++) {
      await makeAll(graph, { asset: "a" });
      const marks = await Promise.all(Array.from({ length: 6 }, () => stampVersions(database)));
      const { rows } = await database.query("select changed_sequence from millrace.asset_partition");
      expect(marks.every(mark => Number(mark) >= Number(rows[0].changed_sequence))).toBe(true);
    }
  });
});

describe("data versions", () => {
  test("follow from the code version and the inputs, partition by partition, also in a run over a range", async () => {
    const graph = graphOf("a → b → c", {
      a: { partitionsDefinition: daily },
      b: { partitionsDefinition: daily, codeVersion: "1" },
      c: { partitionsDefinition: daily },
    });
    const range: [string, string] = ["2026-01-01", "2026-01-05"];
    for (const asset of ["a", "b", "c"]) await makeAll(graph, { asset, partitions: range });
    await makeAll(graph, { asset: "a", partitions: ["2026-01-03", "2026-01-03"] });
    expect(await stale(graph)).toEqual({
      b: ["2026-01-03: a 2026-01-03 is newer"],
      c: ["2026-01-03: b 2026-01-03 is stale: a 2026-01-03 is newer"],
    });
    await makeAll(graph, { asset: "b", partitions: range });
    expect(await stale(graph)).toEqual({ c: ["2026-01-03: b 2026-01-03 is newer"] });
  });

  test("are the same when nothing upstream has changed: what is below stays fresh", async () => {
    const graph = graphOf("a → b → c", { b: { codeVersion: "1" } });
    await makeAll(graph, { asset: "a", dataVersion: "x" }, { asset: "b" }, { asset: "c" });
    await makeAll(graph, { asset: "a", dataVersion: "x" }, { asset: "b" });
    expect(await stale(graph)).toEqual({});
    await makeAll(graph, { asset: "a", dataVersion: "y" }, { asset: "b" });
    expect(await stale(graph)).toEqual({ c: ["b is newer"] });
  });

  test("of old days are known again, a few of them", async () => {
    const graph = graphOf("a → b");
    await makeAll(graph, { asset: "a", dataVersion: "0" }, { asset: "b" });
    for (let version = 1; version <= 40; version++) {
      await makeAll(graph, { asset: "a", dataVersion: `${version}` });
      await stampVersions(database);
    }
    const { rows } = await database.query(
      "select former_versions, former_since from millrace.asset_partition where asset = 'a'",
    );
    expect(rows[0].former_versions).toEqual(["32", "33", "34", "35", "36", "37", "38", "39"]);
    expect(rows[0].former_since.length).toBe(8);
  });
});

describe("partitions of different kinds", () => {
  test("a day needs its hours, a whole needs every day, each exactly", async () => {
    const graph = graphOf("hours → days → all", {
      hours: { partitionsDefinition: hourly },
      days: { partitionsDefinition: daily },
    });
    await makeAll(graph, { asset: "hours", partitions: ["2026-01-01-00:00", "2026-01-10-23:00"] });
    await makeAll(graph, { asset: "days", partitions: ["2026-01-01", "2026-01-10"] }, { asset: "all" });
    expect(await stale(graph)).toEqual({});
    await makeAll(graph, { asset: "hours", partitions: ["2026-01-04-23:00", "2026-01-04-23:00"] });
    expect(await stale(graph)).toEqual({
      days: ["2026-01-04: hours 2026-01-04-23:00 is newer"],
      all: ["days 2026-01-04 is stale: hours 2026-01-04-23:00 is newer"],
    });
  });

  test("a partition that comes into being upstream makes stale what needs it", async () => {
    const graph = graphOf("days → all", { days: { partitionsDefinition: daily } });
    await makeAll(graph, { asset: "days", partitions: ["2026-01-01", "2026-01-09"] }, { asset: "all" });
    await makeAll(graph, { asset: "days", partitions: ["2026-01-10", "2026-01-10"] });
    expect(await stale(graph)).toEqual({ all: ["days 2026-01-10 is newer"] });
  });

  test("what was made in another definition counts by its key", async () => {
    const facts = (definition: PartitionsDefinition) => ({
      a: { partitionsDefinition: definition },
      b: { partitionsDefinition: definition },
    });
    const before = graphOf("a → b", facts(daily));
    for (const asset of ["a", "b"]) {
      await makeAll(before, { asset, partitions: ["2026-01-01", "2026-01-05"] });
    }
    await makeAll(before, { asset: "a", partitions: ["2026-01-01", "2026-01-04"] });
    const later = graphOf("a → b", facts(definitionOf("daily", "2026-01-03T00:00")));
    expect(await stale(later)).toEqual({
      b: ["2026-01-03: a 2026-01-03 is newer", "2026-01-04: a 2026-01-04 is newer"],
    });
  });

  test("several dimensions, of which the second grows, count by their keys", async () => {
    const cities: PartitionsDefinition = {
      kind: "multi",
      dimensions: [
        { name: "city", partitions: { kind: "static", keys: ["oslo", "rome"] } },
        { name: "day", partitions: daily as never },
      ],
    };
    const graph = graphOf("a → b", {
      a: { partitionsDefinition: cities },
      b: { partitionsDefinition: cities },
    });
    for (const asset of ["a", "b"]) {
      await makeAll(graph, { asset, partitions: ["rome|2026-01-01", "rome|2026-01-03"] });
    }
    await makeAll(graph, { asset: "a", partitions: ["rome|2026-01-02", "rome|2026-01-02"] });
    const nextDay = now + 86_400_000;
    expect(await stale(graph, nextDay)).toEqual({ b: ["rome|2026-01-02: a rome|2026-01-02 is newer"] });
    const stand = await standOf(graph, "b", nextDay);
    expect(stand.materialized).toEqual(["rome|2026-01-01", "rome|2026-01-02", "rome|2026-01-03"]);
  });

  test("an asset that needs its own day before is stale from there on", async () => {
    const plain = graphOf("a → b", {
      a: { partitionsDefinition: daily },
      b: { partitionsDefinition: daily },
    });
    const mapping = { kind: "timeWindow", startOffset: -1, endOffset: -1, allowNonexistent: true } as const;
    const b = "b" as AssetKey;
    const graph: AssetGraph = {
      ...plain,
      edges: [...plain.edges, { from: b, to: b, kind: "input", mapping }],
    };
    await makeAll(graph, { asset: "a", partitions: ["2026-01-01", "2026-01-05"] });
    for (const day of ["01", "02", "03", "04", "05"]) {
      await makeAll(graph, { asset: "b", partitions: [`2026-01-${day}`, `2026-01-${day}`] });
    }
    expect(await stale(graph)).toEqual({});
    await makeAll(graph, { asset: "a", partitions: ["2026-01-03", "2026-01-03"] });
    expect((await stale(graph)).b?.map(it => it.slice(0, 10))).toEqual([
      "2026-01-03",
      "2026-01-04",
      "2026-01-05",
    ]);
  });
});

describe("by hand", () => {
  const graph = graphOf("a → b → c", { b: { codeVersion: "2" } });
  const old = graphOf("a → b → c", { b: { codeVersion: "1" } });
  const hand = { environment: "dev", slice: null, requestedBy: "test" };

  test("what is marked as materialized is fresh, and what is below it is no more stale than before", async () => {
    await makeAll(old, { asset: "a" }, { asset: "b" }, { asset: "c" });
    await makeAll(old, { asset: "a" });
    expect(Object.keys(await stale(graph))).toEqual(["b", "c"]);
    const made = { codeVersion: "2", inputs: ["a" as AssetKey] };
    expect(await markMaterialized(database, { ...hand, asset: "b" as AssetKey }, made)).toBe(1);
    expect(await stale(graph)).toEqual({});
    expect(await assetStates(database, "dev", ["b" as AssetKey])).toMatchObject([
      { state: "materialized", runId: null },
    ]);
  });

  test("partitions that were never made are there once they are marked", async () => {
    const days = graphOf("a → b", { a: { partitionsDefinition: daily }, b: { partitionsDefinition: daily } });
    const slice = {
      definition: partitionsId(daily),
      partitions: [2, 3].map(position => ({ key: `2026-01-0${position + 1}`, position })),
    };
    const asset = "a" as AssetKey;
    expect(
      await markMaterialized(database, { ...hand, asset, slice }, { codeVersion: null, inputs: [] }),
    ).toBe(2);
    expect((await standOf(days, "a")).materialized).toEqual(["2026-01-03", "2026-01-04"]);
    await makeAll(days, { asset: "b", partitions: ["2026-01-03", "2026-01-03"] });
    expect(await stale(days)).toEqual({});
  });

  test("what is wiped is missing; the history stays, and what was made from it is stale once it is made again", async () => {
    await makeAll(graph, { asset: "a", dataVersion: "1" }, { asset: "b" });
    expect(await wipe(database, { environment: "dev", asset: "a" as AssetKey, slice: null })).toBe(1);
    expect(await stale(graph)).toEqual({});
    expect(await assetStates(database, "dev", ["a" as AssetKey])).toMatchObject([{ state: "missing" }]);
    const { rows } = await database.query("select from millrace.materialization where asset = 'a'");
    expect(rows.length).toBe(1);
    await makeAll(graph, { asset: "a", dataVersion: "1" });
    expect(await stale(graph)).toEqual({ b: ["a is newer"] });
  });

  test("only the partitions that are named are wiped", async () => {
    const days = graphOf("a", { a: { partitionsDefinition: daily } });
    await makeAll(days, { asset: "a", partitions: ["2026-01-01", "2026-01-03"] });
    const slice = { definition: partitionsId(daily), partitions: [{ key: "2026-01-02", position: 1 }] };
    await wipe(database, { environment: "dev", asset: "a" as AssetKey, slice });
    expect((await standOf(days, "a")).materialized).toEqual(["2026-01-01", "2026-01-03"]);
  });

  test("nothing is changed under a run, which is named; neighbours of its slice may be", async () => {
    const days = graphOf("a", { a: { partitionsDefinition: daily } });
    const asset = "a" as AssetKey;
    await makeAll(days, { asset: "a", partitions: ["2026-01-01", "2026-01-04"] });
    const { rows } = await database.query("select id from millrace.run");
    const claim = "insert into millrace.slice_claim values ('dev', 'a', int4range(1, 3), $1, $2)";
    await database.query(claim, [partitionsId(daily), rows[0].id]);
    const at = (position: number) => ({
      definition: partitionsId(daily),
      partitions: [{ key: `2026-01-0${position + 1}`, position }],
    });
    const wipeAt = (slice: ReturnType<typeof at> | null) =>
      wipe(database, { environment: "dev", asset, slice });
    await expect(wipeAt(at(2))).rejects.toThrow(OwnedByRun);
    await expect(wipeAt(null)).rejects.toThrow(`Run ${rows[0].id} is writing a now`);
    expect(await wipeAt(at(3))).toBe(1);
    expect(await wipeAt(at(0))).toBe(1);
    expect((await standOf(days, "a")).materialized).toEqual(["2026-01-02", "2026-01-03"]);
  });

  test("a report of another version of a source makes stale, one without a version does not", async () => {
    const outside = graphOf("(s) → b");
    const report = (dataVersion: string | null) =>
      reportDataVersion(database, {
        environment: "dev",
        asset: "s" as AssetKey,
        partition: null,
        dataVersion,
        requestedBy: "test",
      });
    await makeAll(outside, { asset: "b" });
    await report(null);
    expect(await stale(outside)).toEqual({});
    await report("7");
    expect(await stale(outside)).toEqual({ b: ["s is newer"] });
    await makeAll(outside, { asset: "b" });
    await report("7");
    await report(null);
    expect(await stale(outside)).toEqual({});
  });
});

test("what was made before there were versions is judged by its time", async () => {
  const graph = graphOf("a → b\na → c");
  await makeAll(graph, { asset: "b" }, { asset: "a" }, { asset: "c" });
  await database.query(
    `update millrace.asset_partition set watermark = null, settled = null, inputs = null, data_version = null,
       changed_sequence = null`,
  );
  await database.query("drop table millrace.version_sequence");
  await database.query("drop function millrace.stamp_versions");
  await database.query(
    `alter table millrace.asset_partition drop column watermark, drop column settled, drop column inputs,
       drop column former_versions, drop column former_since, drop column former_until`,
  );
  await database.query("drop index millrace.asset_partition_unstamped");
  const migration = new URL("../../src/store/migrations/0003-versions.sql", import.meta.url);
  await database.query(readFileSync(migration, "utf8"));
  expect(await stale(graph)).toEqual({ b: ["a is newer"] });
});

function definitionOf(kind: "daily" | "hourly", start: string): PartitionsDefinition {
  const defined = defineTimePartitions(kind, { start });
  if ("faults" in defined) throw new Error(JSON.stringify(defined.faults));
  return defined.definition;
}

async function makeAll(graph: AssetGraph, ...makings: Making[]): Promise<void> {
  for (const making of makings) await make(database, graph, now, making);
}

/** Of each asset that has some: its stale partitions with the reason of each. */
async function stale(graph: AssetGraph, at = now): Promise<Record<string, string[]>> {
  const staleness = await readStaleness(database, "dev", graph, { now: at });
  return Object.fromEntries(
    graph.assets.flatMap(node => {
      const partitions = partitioning(node, at);
      const reasons = [...indexesOf(staleness.stale(node.key))].map(index => {
        const reason = staleness.reason(node.key, index) ?? "";
        return partitions.definition === null ? reason : `${partitions.keyAt(index)}: ${reason}`;
      });
      return reasons.length > 0 ? [[node.key, reasons]] : [];
    }),
  );
}

async function standOf(graph: AssetGraph, asset: string, at = now): Promise<{ materialized: string[] }> {
  const node = graph.assets.find(it => it.key === asset) as AssetNode;
  const partitions = partitioning(node, at);
  const { definition } = partitions;
  const isGrowing = definition?.kind === "multi";
  const stands = await partitionRanges(database, "dev", [
    {
      asset: node.key,
      definition: definition && (isGrowing ? "by key" : partitionsId(definition)),
      positionOf: key => partitions.indexOf(key),
    },
  ]);
  const set = stands.get(node.key)?.materialized;
  return { materialized: set ? [...indexesOf(set)].map(index => partitions.keyAt(index)) : [] };
}

function partitioning(node: AssetNode, at: number): Partitioning {
  return partitionsAt(node.partitionsDefinition ?? null, { now: at });
}

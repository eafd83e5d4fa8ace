import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { conditionLoop } from "../../src/engine/automation/conditions.ts";
import type { AutomationLoop } from "../../src/engine/automation/loop.ts";
import type { AutomationEdge } from "../../src/engine/automation/loops.ts";
import type { AssetNode, ScannedGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Condition } from "../../src/model/condition.ts";
import { eager, fact, sinceLastHandled } from "../../src/model/conditionForms.ts";
import { holdAutomationLease, releaseAutomationLease } from "../../src/store/automationLease.ts";
import { type Database, openDatabase } from "../../src/store/database.ts";
import { markMaterialized, wipe } from "../../src/store/handwork.ts";
import { migrate } from "../../src/store/migrate.ts";
import { createTestDatabase } from "../support/database.ts";

/** One look after another, with nobody who carries out what they request. */

const engine = "00000000-0000-4000-8000-000000000001";
let created: Awaited<ReturnType<typeof createTestDatabase>>;
let database: Database;
let now: number;

beforeAll(async () => {
  created = await createTestDatabase();
  database = openDatabase(created.url, { name: "test" });
  await migrate(database);
});

beforeEach(async () => {
  now = Date.now();
  await database.query(
    `truncate millrace.run, millrace.step, millrace.materialization, millrace.asset_partition, millrace.tick,
       millrace.condition_look, millrace.condition_memory, millrace.condition_form cascade`,
  );
});

afterAll(async () => {
  await database?.close();
  await created?.drop();
});

function loop(): AutomationLoop {
  return conditionLoop({
    database,
    environment: "dev",
    clock: () => now,
    queued() {},
  } as unknown as AutomationEdge);
}

async function look(graph: ScannedGraph, at: AutomationLoop = loop()): Promise<number | null> {
  await releaseAutomationLease(database, engine);
  const lease = await holdAutomationLease(database, engine, "dev", 60_000);
  if (lease === null) throw new Error("Somebody else holds the lease.");
  return at.look({ now, graph, digest: "d", lease }, new AbortController().signal);
}

function graphOf(condition: Condition): ScannedGraph {
  const node = (key: string, more: object) => ({ key, kind: "typescript", ...more }) as unknown as AssetNode;
  return {
    assets: [node("raw", {}), node("clean", { condition })],
    edges: [{ from: "raw" as AssetKey, to: "clean" as AssetKey, kind: "input" }],
    problems: [],
  };
}

const mark = (asset: string) =>
  markMaterialized(
    database,
    { environment: "dev", asset: asset as AssetKey, slice: null, requestedBy: "test" },
    { codeVersion: null, inputs: [] },
  );

async function runs(): Promise<number> {
  const { rows } = await database.query<{ count: number }>("select count(*)::int as count from millrace.run");
  return rows[0]?.count ?? 0;
}

async function beginRun() {
  await database.query(
    "update millrace.step set status = 'running', started_at = clock_timestamp() where status = 'queued'",
  );
  await database.query("update millrace.run set status = 'running' where status = 'queued'");
}

/** What the queued or running run was to make is made. */
async function endRun() {
  await database.query(
    `insert into millrace.materialization (environment, asset, run_id, step_id, at)
     select 'dev', asset, run_id, id, clock_timestamp() from millrace.step where status in ('queued', 'running')`,
  );
  await database.query(
    `insert into millrace.asset_partition as present (environment, asset, partition, materialization_id, at)
     select 'dev', asset, '', max(id), max(at) from millrace.materialization where asset = 'clean' group by asset
     on conflict (environment, asset, partition) do update set materialization_id = excluded.materialization_id`,
  );
  await database.query("update millrace.step set status = 'succeeded' where status in ('queued', 'running')");
  await database.query(
    "update millrace.run set status = 'succeeded', ended_at = now() where ended_at is null",
  );
}

test("what is updated while a run goes on came too late for it, and is a reason for another one", async () => {
  const graph = graphOf(eager());
  await mark("raw");
  await look(graph);
  await mark("raw");
  await look(graph);
  expect(await runs()).toBe(1);
  await beginRun();
  await mark("raw");
  await look(graph);
  expect(await runs()).toBe(1);
  await endRun();
  await look(graph);
  expect(await runs()).toBe(2);
  await beginRun();
  await endRun();
  await look(graph);
  await look(graph);
  expect(await runs()).toBe(2);
});

test("who comes after an engine goes on from what that one remembered", async () => {
  const graph = graphOf(eager());
  await mark("raw");
  await look(graph);
  await mark("raw");
  await look(graph, loop());
  await look(graph, loop());
  expect(await runs()).toBe(1);
});

describe("who comes after an engine", () => {
  const graph = graphOf(fact("missing"));
  const loseRows = () => database.query("delete from millrace.asset_partition");

  beforeEach(async () => {
    await mark("raw");
    await mark("clean");
    await look(graph);
    expect(await runs()).toBe(0);
  });

  test("does not read again what that one knew, however much it is", async () => {
    await loseRows();
    await look(graph);
    expect(await runs()).toBe(0);
  });

  test("knows what was made and what was wiped meanwhile", async () => {
    await wipe(database, { environment: "dev", asset: "clean" as AssetKey, slice: null });
    await look(graph);
    expect(await runs()).toBe(1);
    await mark("clean");
    await loseRows();
    await database.query("update millrace.run set status = 'canceled'");
    await database.query("update millrace.step set status = 'canceled'");
    await look(graph);
    expect(await runs()).toBe(1);
  });

  test("reads all of it when another version of Millrace has looked in between", async () => {
    await loseRows();
    await mark("raw");
    await database.query("update millrace.condition_look set number = number + 1");
    await look(graph);
    expect(await runs()).toBe(1);
  });

  test("reads again what is cut otherwise now", async () => {
    await loseRows();
    const cut = { kind: "static", keys: ["a"] } as const;
    const [raw, clean] = graph.assets;
    await look({ ...graph, assets: [raw, { ...clean, partitionsDefinition: cut }] as AssetNode[] });
    // It needs all of what is upstream, which is still known.
    expect(await runs()).toBe(1);
  });
});

test("a condition that is always true does not fill the queue", async () => {
  const graph = graphOf(fact("missing"));
  await mark("raw");
  for (let count = 0; count < 4; count++) await look(graph);
  expect(await runs()).toBe(1);
  const { rows } = await database.query(
    "select status, error ->> 'message' as error from millrace.tick order by id desc limit 1",
  );
  expect(rows).toEqual([{ status: "failed", error: "it waits in the queue already" }]);
});

test("a clock that is set back lets no cron tick twice, and one that was far ahead is not waited for", async () => {
  const graph = graphOf(sinceLastHandled({ kind: "cronTickPassed", cron: "0 * * * *", timezone: "UTC" }));
  const at = loop();
  now = Date.parse("2026-02-03T10:30Z");
  await mark("raw");
  expect(await look(graph, at)).toBe(Date.parse("2026-02-03T11:00Z"));
  now = Date.parse("2026-02-03T11:01Z");
  await look(graph);
  expect(await runs()).toBe(1);
  now = Date.parse("2026-02-03T10:59Z");
  await look(graph);
  now = Date.parse("2026-02-03T11:02Z");
  await look(graph);
  expect(await runs()).toBe(1);
  await endRun();
  await look(graph);
  now = Date.parse("2099-01-01T00:00Z");
  await look(graph);
  expect(await runs()).toBe(2);
  await endRun();
  await look(graph);
  now = Date.parse("2026-02-03T12:30Z");
  await look(graph);
  now = Date.parse("2026-02-03T13:01Z");
  await look(graph);
  expect(await runs()).toBe(3);
});

test("however many looks leave no more than a few rows, of a few hundred bytes", async () => {
  const graph = graphOf(eager());
  await mark("raw");
  for (let count = 0; count < 100; count++) await look(graph);
  const { rows } = await database.query(
    `select (select count(*)::int from millrace.tick) as ticks, (select count(*)::int from millrace.condition_form) as forms,
            (select max(pg_column_size(tick.*)) from millrace.tick) as bytes,
            (select sum(pg_column_size(it.*))::int from millrace.condition_memory as it) as memory`,
  );
  expect(rows[0].ticks).toBeLessThanOrEqual(3);
  expect(rows[0].forms).toBeLessThanOrEqual(3);
  expect(rows[0].bytes).toBeLessThan(600);
  expect(rows[0].memory).toBeLessThan(2_000);
});

test("looks in a row that are told by the same words say what is another thing", async () => {
  const of = (key: string, kind: "missing" | "newlyUpdated") =>
    ({ kind: "asset", key, partitions: { kind: "some" }, of: fact(kind) }) as Condition;
  const isThere = { kind: "not", of: of("raw", "missing") } as Condition;
  const graph = graphOf({
    kind: "and",
    of: [{ kind: "or", of: [of("other", "missing"), isThere] }, of("other", "newlyUpdated")],
  });
  const other = { ...graph.assets[0], key: "other" } as AssetNode;
  const wide = { ...graph, assets: [other, ...graph.assets] };
  await look(wide);
  await mark("raw");
  await look(wide);
  const { rows } = await database.query<{ reason: string; difference: string | null }>(
    "select reason, details ->> 'difference' as difference from millrace.tick order by id",
  );
  expect(rows).toEqual([
    { reason: "waits for an update of other", difference: null },
    { reason: "waits for an update of other", difference: "missing (raw): not true any more" },
  ]);
});

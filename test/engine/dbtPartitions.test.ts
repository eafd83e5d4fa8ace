import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;
const logged: string[] = [];

const daily = { millrace: { partitions: { daily: { start: "2026-01-01" } }, partitionColumn: "day" } };
const window = (column: string) => `
where ${column} >= coalesce(nullif(current_setting('millrace.partition_start', true), '')::timestamptz, '-infinity')
  and ${column} < coalesce(nullif(current_setting('millrace.partition_end', true), '')::timestamptz, 'infinity')`;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "assets.ts": `
import { asset, dailyPartitions, dbtModel } from "millrace";
import { postgresTable } from "millrace/postgres";
const daily = dailyPartitions({ start: "2026-01-01" });
export const readings = asset("readings", {
  partitions: daily,
  io: postgresTable({ partitionColumn: "at" }),
  materialize: (_, { partition }) => [{ at: partition.window.start, celsius: partition.window.start.getUTCDate() }],
});
export const alerts = asset("alerts", {
  partitions: daily,
  inputs: { mart: dbtModel<{ day: string; celsius: number }>("mart") },
  materialize: ({ mart }, { partition }) => mart.map(it => ({ key: partition.key, rows: mart.length, celsius: it.celsius })),
});
`,
    "dbt/models/seen.sql": "select at, at::date as day, celsius from {{ source('assets', 'readings') }}",
    "dbt/models/mart.sql": `{{ config(materialized='incremental', unique_key='day', incremental_strategy='delete+insert') }}
select day, avg(celsius)::float8 as celsius from {{ ref('seen') }} ${window("at")} group by day`,
    "dbt/models/batches.sql": `{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='at', event_time='at', batch_size='day', begin='2026-01-01') }}
select at, 1 / (case when extract(day from at) = 3 then 0 else 1 end) as one from {{ ref('seen') }}`,
    "dbt/models/models.yml": yaml({
      sources: [{ name: "assets", tables: [{ name: "readings" }] }],
      models: [
        { name: "seen", config: { meta: daily, event_time: "at" } },
        {
          name: "mart",
          config: { meta: daily },
          columns: [{ name: "day", data_tests: ["not_null", "unique"] }],
        },
      ],
    }),
  });
  engine = await workspace.engine({
    client: { logged: (_, lines) => logged.push(...lines.map(it => it.message)) },
  });
}, 600_000);
afterAll(() => workspace?.remove());

const invocations = async () =>
  (await workspace.query("select count(*)::int as count from millrace.dbt_invocation"))[0]?.count as number;

test("thirty days go through TypeScript, dbt and TypeScript by one backfill, dbt's days by one invocation", {
  timeout: 240_000,
}, async () => {
  const { backfillId } = await engine.launchBackfill({
    selection: "readings+ and not batches",
    partitions: "2026-01-01...2026-01-30",
    only: [],
    maxParallel: null,
    requestedBy: "test",
  });
  const ended = await engine.waitForBackfill(backfillId);
  expect(ended.status).toBe("succeeded");
  expect(
    await workspace.query("select count(*)::int as days, sum(celsius)::int as sum from dbt.mart"),
  ).toEqual([{ days: 30, sum: 465 }]);
  expect(
    await workspace.query(
      "select count(*)::int as rows, sum(celsius)::int as sum, max(rows)::int as most from assets.alerts",
    ),
  ).toEqual([{ rows: 30, sum: 465, most: 1 }]);
  expect(await invocations()).toBe(1);
  const states = await workspace.query(
    `select asset, count(*)::int as days from millrace.asset_partition where materialization_id is not null group by 1 order by 1`,
  );
  expect(states).toEqual(["alerts", "mart", "readings", "seen"].map(asset => ({ asset, days: 30 })));
});

test("a day made again makes stale that day downstream, through dbt, and no other", {
  timeout: 120_000,
}, async () => {
  const materialize = async (selection: string, partitions: string) => {
    const { runId } = await engine.materialize({ selection, partitions, requestedBy: "test" });
    return engine.waitForRun(runId);
  };
  const stale = async () => {
    const { rows } = await engine.partitionMatrix(["seen", "mart", "alerts"] as never);
    const staleIn = ({ ranges }: (typeof rows)[number]) =>
      ranges.filter(it => it.state === "stale").reduce((sum, { first, last }) => sum + last - first + 1, 0);
    return Object.fromEntries(rows.map(it => [it.asset, staleIn(it)]));
  };
  expect(await stale()).toEqual({ seen: 0, mart: 0, alerts: 0 });
  await materialize("readings", "2026-01-05");
  expect(await stale()).toEqual({ seen: 1, mart: 1, alerts: 1 });
  const run = await materialize("seen+ and not batches", "2026-01-05");
  expect(run.steps.map(it => [it.assets[0], it.partitions, it.status])).toEqual([
    ["seen", ["2026-01-05"], "succeeded"],
    ["mart", ["2026-01-05"], "succeeded"],
    ["alerts", ["2026-01-05"], "succeeded"],
  ]);
  expect(await stale()).toEqual({ seen: 0, mart: 0, alerts: 0 });
});

test("a microbatch model that fails in one batch leaves that day failed, and the others recorded", {
  timeout: 120_000,
}, async () => {
  const { runId } = await engine.materialize({
    selection: "batches",
    partitions: "2026-01-01...2026-01-05",
    requestedBy: "test",
  });
  const run = await engine.waitForRun(runId);
  expect(run.steps.map(it => [it.partitions?.[0], it.status])).toEqual([
    ["2026-01-01", "succeeded"],
    ["2026-01-02", "succeeded"],
    ["2026-01-03", "failed"],
    ["2026-01-04", "succeeded"],
    ["2026-01-05", "succeeded"],
  ]);
  expect(run.steps[2]?.error?.message).toMatch(/^PARTIAL SUCCESS \(4\/5\): .*division by zero/s);
  expect(
    await workspace.query(
      "select partition, failed_step is not null as failed from millrace.asset_partition where asset = 'batches' and materialization_id is null",
    ),
  ).toEqual([{ partition: "2026-01-03", failed: true }]);
});

test("a full refresh of a partitioned model is refused, for it would drop the other partitions", async () => {
  const request = { selection: "mart", partitions: "2026-01-05", dbt: { fullRefresh: true } };
  await expect(engine.plan(request)).rejects.toThrow(
    /mart is made partition by partition.*Leave --full-refresh out/,
  );
});

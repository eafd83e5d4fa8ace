import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

test("what somebody has dbt run by hand is recorded once, and may be built upon", {
  timeout: 240_000,
}, async () => {
  workspace = await dbtWorkspace({
    "assets.ts": `
import { asset, dbtModel } from "millrace";
export const top = asset("top", { inputs: { it: dbtModel("below") }, materialize: ({ it }) => it });
`,
    "dbt/models/first.sql": "{{ config(materialized='table') }} select 1 as id",
    "dbt/models/below.sql": "select * from {{ ref('first') }}",
    "dbt/models/broken.sql": "select nowhere",
    "dbt/models/daily.sql": "select 1 as id",
    "dbt/models/models.yml": yaml({
      models: [
        { name: "daily", config: { meta: { millrace: { partitions: { daily: { start: "2026-01-01" } } } } } },
      ],
    }),
  });
  const { code } = await workspace.millrace("dbt", "--", "run");
  expect(code).toBe(1);
  const engine = await workspace.engine();
  await engine.definitions();
  await engine.definitions();
  const made = async () =>
    await workspace.query(
      "select asset, rows::int, run_id, metadata->'dbt'->'calledByHand' as hand from millrace.materialization order by asset",
    );
  expect(await made()).toEqual([
    { asset: "below", rows: null, run_id: null, hand: true },
    // Of which days it was, nobody knows: no partition is another.
    { asset: "daily", rows: null, run_id: null, hand: true },
    { asset: "first", rows: 1, run_id: null, hand: true },
  ]);
  expect(await workspace.query("select from millrace.asset_partition where asset = 'daily'")).toEqual([]);
  await expect(engine.plan({ selection: "below or first", only: ["stale"] })).rejects.toThrow(
    /Nothing to run/,
  );
  const { runId } = await engine.materialize({ selection: "top", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");

  // A run without rows is no materialization.
  await workspace.query("delete from millrace.materialization; delete from millrace.asset_partition");
  await workspace.millrace("dbt", "--", "run", "--select", "first", "--empty");
  await engine.definitions();
  expect(await made()).toEqual([]);
});

test("of a partitioned model the days that dbt made by hand are recorded where its account tells them", {
  timeout: 240_000,
}, async () => {
  const daily = { millrace: { partitions: { daily: { start: "2026-01-01" } } } };
  workspace = await dbtWorkspace({
    "dbt/models/events.sql":
      "{{ config(materialized='table', event_time='at') }} select at::timestamp as at from generate_series('2026-01-01'::timestamp, '2026-01-09', '1 day') as at",
    "dbt/models/batches.sql": `{{ config(materialized='incremental', incremental_strategy='microbatch', unique_key='at', event_time='at', batch_size='day', begin='2026-01-01') }}
select at, 1 / (case when extract(day from at) = 4 then 0 else 1 end) as one from {{ ref('events') }}`,
    "dbt/models/daily.sql": "{{ config(materialized='incremental') }} select 1 as id",
    "dbt/models/models.yml": yaml({ models: [{ name: "daily", config: { meta: daily } }] }),
  });
  await workspace.millrace(
    ...["dbt", "--", "run", "--event-time-start", "2026-01-02", "--event-time-end", "2026-01-06"],
  );
  const logged: string[] = [];
  const engine = await workspace.engine({
    client: { logged: (_, lines) => logged.push(...lines.map(it => it.message)) },
  });
  await engine.definitions();
  await engine.definitions();
  const made = () =>
    workspace.query(
      `select asset, array_to_string(partitions, '...') as partitions, partition_count as count,
              metadata->'dbt'->>'partitions' as said
       from millrace.materialization where asset <> 'events' order by 1, 2`,
    );
  expect(await made()).toEqual([
    { asset: "batches", partitions: "2026-01-02...2026-01-03", count: 2, said: null },
    { asset: "batches", partitions: "2026-01-05", count: 1, said: null },
    { asset: "daily", partitions: null, count: 0, said: "unknown" },
  ]);
  expect(
    await workspace.query(
      "select asset, partition, run_id from millrace.asset_partition where partition <> '' order by 2",
    ),
  ).toEqual(["02", "03", "05"].map(day => ({ asset: "batches", partition: `2026-01-${day}`, run_id: null })));
  expect(logged.filter(it => /Somebody had dbt make daily/.test(it))).toHaveLength(1);
  const unsure = async () =>
    (await engine.assetStates()).flatMap(it => (it.unsureSince === undefined ? [] : [it.asset]));
  expect(await unsure()).toEqual(["daily"]);
  expect((await workspace.millrace("list")).stdout).toMatch(
    /daily .*made by hand since, in unknown partitions/,
  );
  expect((await engine.assetFacts("daily" as AssetKey)).history).toMatchObject([
    { isUnsure: true, runId: null },
  ]);
  await engine.changeByHand({ action: "mark", selection: "daily", partitions: null, requestedBy: "test" });
  expect(await unsure()).toEqual([]);

  // What was made since is newer, and stays.
  const { runId } = await engine.materialize({
    selection: "batches",
    partitions: "2026-01-05",
    requestedBy: "test",
  });
  await engine.waitForRun(runId);
  await engine.definitions();
  expect(
    await workspace.query(
      "select run_id::text from millrace.asset_partition where asset = 'batches' and partition = '2026-01-05'",
    ),
  ).toEqual([{ run_id: runId }]);
});

test("what dbt test found by hand is recorded once, and what was found since stays", {
  timeout: 240_000,
}, async () => {
  workspace = await dbtWorkspace({
    "assets.ts": `
import { asset } from "millrace";
export const raw = asset("raw/places", { materialize: () => [{ id: 1 }] });
`,
    "dbt/models/orders.sql":
      "{{ config(materialized='table') }} select id from {{ source('raw', 'places') }} union all select null",
    "dbt/models/models.yml": yaml({
      sources: [
        { name: "raw", tables: [{ name: "places", columns: [{ name: "id", data_tests: ["not_null"] }] }] },
      ],
      models: [{ name: "orders", columns: [{ name: "id", data_tests: ["not_null", "unique"] }] }],
    }),
  });
  const engine = await workspace.engine();
  const { runId } = await engine.materialize({ selection: "raw/places", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
  await workspace.query("delete from millrace.check_result");
  await workspace.millrace("dbt", "--", "run");
  await engine.definitions();
  const found = () =>
    workspace.query(
      `select asset, name, passed, failed_rows::int as rows, run_id is not null as "isOfRun"
       from millrace.check_result order by 1, 2`,
    );
  expect(await found()).toEqual([]);
  const { code } = await workspace.millrace("dbt", "--", "test");
  expect(code).toBe(1);
  await engine.definitions();
  const ofRaw = {
    asset: "raw/places",
    name: "source_not_null_raw_places_id",
    passed: true,
    rows: 0,
    isOfRun: false,
  };
  const notNull = { asset: "orders", name: "not_null_orders_id", passed: false, rows: 1 };
  const unique = { asset: "orders", name: "unique_orders_id", passed: true, rows: 0 };
  expect(await found()).toEqual([{ ...notNull, isOfRun: false }, { ...unique, isOfRun: false }, ofRaw]);
  const states = await engine.assetStates();
  expect(states.find(it => it.asset === "orders")?.failedChecks).toMatchObject([
    { name: "not_null_orders_id" },
  ]);

  // What a run found since is newer, and whoever reads the account again leaves it alone.
  const again = await engine.materialize({ selection: "orders", requestedBy: "test" });
  await engine.waitForRun(again.runId);
  await (await workspace.engine()).definitions();
  expect(await found()).toEqual([{ ...notNull, isOfRun: true }, { ...unique, isOfRun: true }, ofRaw]);

  // By another target, or of what is read elsewhere, it says nothing of ours.
  await workspace.query("delete from millrace.check_result");
  const account = join(workspace.root, "dbt/target/run_results.json");
  const text = await readFile(account, "utf8");
  await writeFile(account, text.replaceAll('\\"orders\\"', '\\"others\\"'));
  await (await workspace.engine()).definitions();
  expect(await found()).toEqual([ofRaw]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { testDbt } from "../support/dbt.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import { until } from "../support/until.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

const slow = "{{ config(materialized='table') }} select pg_sleep(2)::text as slept";

beforeAll(async () => {
  const { command } = await testDbt();
  workspace = await dbtWorkspace({
    "millrace.json": JSON.stringify({ dbt: { project: "dbt", command }, pools: { warehouse: 2, one: 1 } }),
    "assets.ts": `
import { asset, dbtModel } from "millrace";
export const named = dbtModel("named", { pool: "one" });
export const own = asset("own", { pool: "one", materialize: () => new Promise(done => setTimeout(() => done([{ n: 1 }]), 4000)) });
`,
    ...Object.fromEntries([1, 2, 3, 4].map(at => [`dbt/models/heavy_${at}.sql`, slow])),
    "dbt/models/named.sql": slow,
    "dbt/models/before.sql":
      "{{ config(materialized='table', meta={'millrace': {'pool': 'warehouse'}}) }} select 1 as n",
    "dbt/models/behind.sql":
      "{{ config(materialized='table') }} select pg_sleep(5)::text as slept from {{ ref('before') }}",
    "dbt/models/moment.sql": "{{ config(materialized='table') }} select clock_timestamp() as at",
    "dbt/models/copied.sql":
      "{{ config(materialized='table', meta={'millrace': {'pool': 'one'}}) }} select at from {{ ref('moment') }}",
    "dbt/tests/moment_is_copied.sql":
      "select at from {{ ref('moment') }} where at not in (select at from {{ ref('copied') }})",
    "dbt/models/models.yml": yaml({
      models: [1, 2, 3, 4].map(at => ({
        name: `heavy_${at}`,
        config: { meta: { millrace: { pool: "warehouse" } } },
      })),
    }),
  });
  engine = await workspace.engine();
}, 600_000);
afterAll(() => workspace?.remove());

/** How many steps of these assets ran at one time at the most. */
const mostAtOnce = async (like: string) => {
  const [found] = await workspace.query<{ most: number }>(
    `select max(others)::int as most from (
       select count(*) as others from millrace.step as a join millrace.step as b
         on b.asset like $1 and b.started_at <= a.started_at and b.ended_at > a.started_at
       where a.asset like $1 group by a.id) as counts`,
    [like],
  );
  return found?.most;
};

test("dbt works on as many models of a pool at once as there are slots, and the others say what they wait for", {
  timeout: 200_000,
}, async () => {
  const { runId } = await engine.materialize({ selection: "key:heavy_*", requestedBy: "test" });
  const reasons = new Set<string>();
  await until(async () => {
    const run = await engine.run(runId);
    for (const { reason } of run?.steps ?? []) if (reason) reasons.add(reason);
    return run?.endedAt != null;
  }, 120_000);
  expect((await engine.run(runId))?.status).toBe("succeeded");
  expect([...reasons]).toEqual(["waits for pool warehouse (2 of 2 in use)"]);
  expect(await mostAtOnce("heavy%")).toBe(2);
  expect(await workspace.query("select from millrace.pool_slot")).toEqual([]);
});

test("a slot is free again when its models are made, whatever else their invocation still makes", {
  timeout: 200_000,
}, async () => {
  const { runId } = await engine.materialize({ selection: "before or behind", requestedBy: "test" });
  const statuses = async () =>
    Object.fromEntries((await engine.run(runId))?.steps.map(it => [it.assets[0], it.status]) ?? []);
  const slots = async () => (await workspace.query("select from millrace.pool_slot")).length;
  await until(async () => (await slots()) === 1, 120_000);
  await until(async () => (await slots()) === 0, 120_000);
  // It begins when dbt says so, a moment after the one before has ended.
  expect(await statuses()).toEqual({
    before: "succeeded",
    behind: expect.stringMatching(/^(queued|running)$/),
  });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
});

test("TypeScript and dbt share a pool", { timeout: 200_000 }, async () => {
  const { runId } = await engine.materialize({ selection: "own or named", requestedBy: "test" });
  const reasons = new Set<string>();
  await until(async () => {
    const run = await engine.run(runId);
    for (const { reason } of run?.steps ?? []) if (reason) reasons.add(reason);
    return run?.endedAt != null;
  }, 120_000);
  expect((await engine.run(runId))?.status).toBe("succeeded");
  expect([...reasons]).toEqual(["waits for pool one (1 of 1 in use)"]);
  const [overlap] = await workspace.query(
    `select exists (select from millrace.step as a join millrace.step as b on a.asset = 'own' and b.asset = 'named'
       and a.started_at < b.ended_at and b.started_at < a.ended_at) as overlaps`,
  );
  expect(overlap).toEqual({ overlaps: false });
});

test("a test of two models waits for the one that waits for its pool", { timeout: 200_000 }, async () => {
  const both = { selection: "moment or copied", requestedBy: "test" };
  const first = await engine.materialize(both);
  expect((await engine.waitForRun(first.runId)).status).toBe("succeeded");

  const holder = await engine.materialize({ selection: "own", requestedBy: "test" });
  await until(async () => (await workspace.query("select from millrace.pool_slot")).length === 1);
  const { runId } = await engine.materialize(both);
  const { status, steps } = await engine.waitForRun(runId);
  expect({ status, statuses: steps.map(it => it.status) }).toEqual({
    status: "succeeded",
    statuses: ["succeeded", "succeeded"],
  });
  // The two were made by two invocations: one before the slot was free, one after.
  const heldUntil = (await engine.waitForRun(holder.runId)).endedAt ?? "";
  const [moment, copied] = ["moment", "copied"].map(key => steps.find(it => it.assets[0] === key));
  expect((moment?.startedAt ?? "") < heldUntil).toBe(true);
  expect((copied?.startedAt ?? "") < heldUntil).toBe(false);
  const [check] = await workspace.query(
    "select count(*)::int as times from millrace.check_result where name = 'moment_is_copied' and passed",
  );
  expect(check).toEqual({ times: 2 });
});

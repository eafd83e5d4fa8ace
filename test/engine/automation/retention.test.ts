import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset } from "millrace";
      export const good = asset("good", { materialize: () => [{ id: 1 }] });
      export const bad = asset("bad", { materialize: () => { throw new Error("no luck"); } });`,
  });
});

afterAll(() => workspace?.remove());

test("ticks and runs are dropped when they are old; how assets stand, and why one failed, stays", async () => {
  const first = await workspace.engine();
  for (const selection of ["good", "good", "bad"]) {
    const { runId } = await first.materialize({ selection, requestedBy: "test" });
    await first.waitForRun(runId);
  }
  await workspace.query(
    "update millrace.run set ended_at = now() - interval '31 days', created_at = now() - interval '31 days'",
  );
  const { runId: young } = await first.materialize({ selection: "good", requestedBy: "test" });
  await first.waitForRun(young);
  await workspace.query(
    `insert into millrace.tick (environment, kind, automation, at, started_at, ended_at, status)
     select 'dev', 'sensor', 'old', at, at, at, 'skipped'
     from generate_series(now() - interval '35 days', now() - interval '25 days', interval '1 minute') as at`,
  );
  await workspace.query(
    `insert into millrace.run_key (environment, kind, automation, key, run_id, at)
     select 'dev', kind, 'x', 'k', 1, now() - interval '40 days' from unnest(array['sensor', 'schedule']) as kind`,
  );

  const second = await workspace.engine({ automation: true });
  await second.definitions();
  const oldTicks = async () =>
    (await workspace.query("select from millrace.tick where started_at < now() - interval '30 days'")).length;
  expect(await until(async () => (await oldTicks()) === 0)).toBe(true);
  const runs = () => workspace.query("select selection from millrace.run order by id");
  expect(await until(async () => (await runs()).length === 2)).toBe(true);
  expect(await runs()).toEqual([{ selection: "bad" }, { selection: "good" }]);
  expect((await workspace.query("select from millrace.tick")).length).toBeGreaterThan(7_000);
  expect((await workspace.query("select from millrace.materialization")).length).toBe(3);
  expect(
    await until(async () => (await workspace.query("select kind from millrace.run_key")).length === 1),
  ).toBe(true);
  expect(await workspace.query("select kind from millrace.run_key")).toEqual([{ kind: "sensor" }]);
  const states = await second.assetStates();
  expect(states.map(it => [it.asset, it.state]).sort()).toEqual([
    ["bad", "failed"],
    ["good", "materialized"],
  ]);
});

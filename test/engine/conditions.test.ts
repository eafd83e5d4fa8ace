import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;
let now = Date.parse("2026-02-03T10:00Z");

const assets = (more = "") => `
  import { asset, dailyPartitions, eager, onCron } from "millrace";
  const daily = dailyPartitions({ start: "2026-02-01" });
  export const raw = asset("raw", { partitions: daily, materialize: () => [{ n: 1 }] });
  export const clean = asset("clean", {
    inputs: { raw }, partitions: daily, automation: eager(), materialize: ({ raw }) => raw,
  });
  export const report = asset("report", {
    inputs: { clean: clean.last() }, automation: eager(), materialize: ({ clean }) => clean,
  });
  export const orphan = asset("orphan", {
    inputs: { raw }, automation: onCron("0 12 * * *"), materialize: ({ raw }) => raw,
  });${more}`;

beforeAll(async () => {
  workspace = await testWorkspace({ "assets.ts": assets() });
  engine = await workspace.engine({ automation: true, clock: () => now });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const requests = () =>
  workspace.query<{ asset: string; reason: string; runs: number }>(
    `select automation as asset, reason, cardinality(run_ids) as runs from millrace.tick
     where kind = 'condition' and status = 'requested' order by id`,
  );

const lastReason = async (asset: string) =>
  (
    await workspace.query<{ reason: string }>(
      "select reason from millrace.tick where kind = 'condition' and automation = $1 order by id desc limit 1",
      [asset],
    )
  )[0]?.reason;

const made = () =>
  workspace.query<{ asset: string; partition: string }>(
    `select asset, partition from millrace.asset_partition where materialization_id is not null
     order by asset, partition`,
  );

async function materialize(selection: string, partitions?: string) {
  const { runId } = await engine.materialize({
    selection,
    requestedBy: "test",
    ...(partitions ? { partitions } : {}),
  });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
}

test("what was missing before the first look is let be, with the reason", async () => {
  expect(await until(async () => (await lastReason("report")) !== undefined)).toBe(true);
  expect(await lastReason("clean")).toBe(
    "what was there before the daemon first looked at its rule does not count",
  );
  expect(await requests()).toEqual([]);
});

test("an update runs down the graph, from condition to condition", async () => {
  await materialize("raw", "2026-02-02");
  expect(await until(async () => (await requests()).length >= 2)).toBe(true);
  expect(await requests()).toEqual([
    { asset: "clean", reason: "raw 2026-02-02 was updated", runs: 1 },
    { asset: "report", reason: "clean 2026-02-02 was updated", runs: 1 },
  ]);
  expect(await until(async () => (await made()).length === 3)).toBe(true);
  const runs = await workspace.query("select selection, requested_by from millrace.run order by id");
  expect(runs).toEqual([
    { selection: "raw", requested_by: "test" },
    { selection: "clean", requested_by: "condition clean" },
    { selection: "report", requested_by: "condition report" },
  ]);
});

test("it comes to rest: nothing is requested again, and what it waits for is said", async () => {
  expect(await until(async () => (await lastReason("report"))?.startsWith("waits for") === true)).toBe(true);
  expect(await lastReason("report")).toBe("waits for an update of clean 2026-02-02");
  expect(await requests()).toHaveLength(2);
});

test("an old partition is not the latest, so it is left alone", async () => {
  await materialize("raw", "2026-02-01");
  await new Promise(resolve => setTimeout(resolve, 300));
  expect(await requests()).toHaveLength(2);
});

test("a new day is a new partition; it waits for what it needs", async () => {
  now = Date.parse("2026-02-04T00:01Z");
  await materialize("orphan");
  expect(await until(async () => (await lastReason("clean")) === "waits for raw 2026-02-03")).toBe(true);
  await materialize("raw", "2026-02-03");
  // The cron of this one has ticked meanwhile; it may be requested before it is made by hand.
  const others = async () => (await requests()).filter(it => it.asset !== "orphan");
  expect(await until(async () => (await others()).length >= 4)).toBe(true);
  expect((await others()).slice(2)).toEqual([
    { asset: "clean", reason: "raw 2026-02-03 was updated", runs: 1 },
    { asset: "report", reason: "clean 2026-02-03 was updated", runs: 1 },
  ]);
});

test("what could not succeed is refused with the reason, and holds up nothing", async () => {
  await workspace.write(
    "assets.ts",
    assets(`
      export const never = asset("never", { materialize: () => [{ n: 1 }] });
      export const needy = asset("needy", { inputs: { never }, automation: initial(), materialize: () => [] });
      export const free = asset("free", { automation: initial(), materialize: () => [{ n: 1 }] });
      import { initialEvaluation as initial } from "millrace";`),
  );
  await engine.definitions();
  expect(await until(async () => (await requests()).some(it => it.asset === "free"))).toBe(true);
  expect(
    await workspace.query(
      `select status, error ->> 'message' as error from millrace.tick
       where automation = 'needy' and status <> 'skipped'`,
    ),
  ).toEqual([
    {
      status: "failed",
      error: 'needy needs never, which was never materialized. Materialize it first, or run "+needy".',
    },
  ]);
  const failing = () => engine.automationState()?.loops.flatMap(it => it.failing) ?? [];
  expect(await until(() => failing().length > 0)).toBe(true);
  expect(failing()).toEqual([expect.stringMatching(/^The condition needy fails: needy needs never, /)]);
  const corrected = `
    export const needy = asset("needy", { automation: initial(), materialize: () => [] });
    import { initialEvaluation as initial } from "millrace";`;
  await workspace.write("assets.ts", assets(corrected));
  await engine.definitions();
  expect(await until(() => failing().length === 0)).toBe(true);
  await workspace.write("assets.ts", assets());
  await engine.definitions();
});

test("a condition that is off requests nothing; when it is on again, what happened meanwhile is let be", async () => {
  const switchTo = (switched: boolean | null) =>
    workspace.query(
      `with changed as (
         insert into millrace.automation (environment, kind, name, switched) values ('dev', 'condition', 'clean', $1)
         on conflict (environment, kind, name) do update set switched = excluded.switched)
       select pg_notify('millrace', 'automation clean')`,
      [switched],
    );
  const before = (await requests()).length;
  await switchTo(false);
  await materialize("raw", "2026-02-03");
  expect(
    await until(async () => {
      const remembered = await workspace.query("select asset from millrace.condition_memory");
      return !remembered.some(it => it.asset === "clean");
    }),
  ).toBe(true);
  await switchTo(null);
  expect(
    await until(async () => {
      const remembered = await workspace.query("select asset from millrace.condition_memory");
      return remembered.some(it => it.asset === "clean");
    }),
  ).toBe(true);
  expect(await requests()).toHaveLength(before);
});

test("a run that fails is not tried again and again", async () => {
  await workspace.write(
    "assets.ts",
    assets(`
      import { initialEvaluation } from "millrace";
      export const bad = asset("bad", {
        automation: initialEvaluation(),
        materialize: () => { throw new Error("no"); },
      });
      export const worse = asset("worse", { inputs: { raw }, automation: eager(), materialize: () => { throw new Error("no"); } });`),
  );
  await engine.definitions();
  expect(await until(async () => (await requests()).some(it => it.asset === "bad"))).toBe(true);
  await materialize("raw", "2026-02-03");
  const failures = () =>
    workspace.query("select selection from millrace.run where status = 'failed' order by 1");
  expect(await until(async () => (await failures()).length === 2)).toBe(true);
  await new Promise(resolve => setTimeout(resolve, 300));
  expect(await failures()).toEqual([{ selection: "bad" }, { selection: "worse" }]);
});

import { afterEach, beforeEach, expect, test } from "vitest";
import { startEngineProcess } from "../support/engineProcess.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let id: string;

/** A backfill whose only engine was killed in the middle: some runs were going on, others were queued. */
beforeEach(async () => {
  workspace = await testWorkspace({
    "slow.ts": `
      import { asset, dailyPartitions } from "millrace";
      export const slow = asset("slow", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-02-01" }),
        materialize: async (_, { partition }) => {
          await new Promise(resolve => setTimeout(resolve, 100));
          return [{ day: partition.key }];
        },
      });`,
  });
  const victim = await startEngineProcess(workspace, { timing: { lease: 5_000 } });
  const request = { selection: "slow", partitions: null, only: [], maxParallel: 3, requestedBy: "test" };
  id = await victim.launch(request);
  expect(await until(async () => (await count("succeeded")) > 2 && (await count("queued")) > 0)).toBe(true);
  victim.kill();
  await victim.ended;
}, 60_000);

afterEach(() => workspace?.remove());

const count = async (status: string) =>
  (await workspace.query("select from millrace.run where status = $1", [status])).length;

test("is canceled from the command line, which does not have to make anything of it", async () => {
  expect(await workspace.millrace("backfill", "cancel", id)).toMatchObject({
    code: 0,
    stdout: `Backfill ${id} is canceled.\n`,
  });
  expect(await workspace.query("select from millrace.run where ended_at is null")).toEqual([]);
  expect(await workspace.query("select from millrace.slice_claim")).toEqual([]);
}, 60_000);

test("ends when whoever canceled it died before its runs were canceled", async () => {
  await workspace.query("update millrace.backfill set status = 'canceling'");
  const engine = await workspace.engine({ timing: { lease: 1_000, cancelGrace: 200 } });
  await engine.definitions();
  expect((await engine.waitForBackfill(id)).status).toBe("canceled");
  expect(await workspace.query("select from millrace.run where ended_at is null")).toEqual([]);
}, 60_000);

test("goes on where it is resumed, and says until then what its runs wait for", async () => {
  const engine = await workspace.engine({ background: false });
  await engine.definitions();
  await workspace.query("update millrace.engine set beat_at = now() - interval '15 s' where name = 'victim'");
  const nobody = `no living engine carries out backfills; start millrace daemon, or call millrace backfill resume ${id}`;
  const waiting = async () =>
    (await engine.runs(100, { statuses: ["queued", "dispatched"] })).map(it => it.reason);
  expect(await until(async () => (await waiting()).every(it => it === nobody), 10_000)).toBe(true);
  expect(await waiting()).toContain(nobody);
  const resumed = await workspace.millrace("backfill", "resume", id);
  expect(resumed).toMatchObject({ code: 0, stdout: expect.stringMatching(/31\/31\n\d+ materialized in /) });
  const [made] = await workspace.query(
    "select count(*)::int as rows, count(distinct day)::int as days from assets.slow",
  );
  expect(made).toEqual({ rows: 31, days: 31 });
}, 90_000);

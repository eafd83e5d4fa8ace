import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillRequest } from "../../src/protocol/partitions.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

const definitions = (end: string) => `
  import { existsSync } from "node:fs";
  import { asset, columns, dailyPartitions, self } from "millrace";
  const daily = dailyPartitions({ start: "2026-01-01", end: "${end}" });
  const isBad = day => existsSync(import.meta.dirname + "/bad-" + day);
  export const readings = asset("readings", {
    partitions: daily,
    materialize: (_, { partition }) => {
      if (isBad(partition.key)) throw new Error("the file of " + partition.key + " is empty");
      return [{ day: partition.key }];
    },
  });
  export const totals = asset("totals", {
    inputs: { readings },
    partitions: daily,
    materialize: ({ readings }, { partition }) => [{ day: partition.key, total: readings.length }],
  });
  export const ranged = asset("ranged", {
    partitions: daily,
    backfill: { partitionsPerRun: 31 },
    materialize: (_, { partition }) => {
      const bad = partition.keys.filter(isBad);
      if (bad.length > 0) throw new Error("somewhere in " + partition.keys.length + " files one is empty");
      return partition.keys.map(day => ({ day, _partition: day }));
    },
  });
  export const running = asset("running_sum", {
    partitions: daily,
    inputs: { before: self.window(-1, -1) },
    columns: columns({ day: "text", sum: "integer" }),
    materialize: ({ before }, { partition }) => {
      if (isBad(partition.key)) throw new Error("the file of " + partition.key + " is empty");
      return [{ day: partition.key, sum: (before[0]?.sum ?? 0) + 1 }];
    },
  });
  export const slow = asset("slow", {
    partitions: daily,
    materialize: async (_, { partition, signal }) => {
      await new Promise(resolve => setTimeout(resolve, 60));
      return [{ day: partition.key }];
    },
  });
  export const endless = asset("endless", {
    partitions: daily,
    materialize: async (_, { signal }) => {
      while (!signal.aborted) await new Promise(resolve => setTimeout(resolve, 30));
      return [];
    },
  });
  export const quick = asset("quick", { materialize: () => [{ n: 1 }] });`;

beforeAll(async () => {
  workspace = await testWorkspace({ "daily.ts": definitions("2026-02-01") });
  engine = await workspace.engine();
});

afterAll(() => workspace?.remove());

const request = (selection: string, more: Partial<BackfillRequest> = {}): BackfillRequest => ({
  selection,
  partitions: null,
  only: [],
  maxParallel: null,
  requestedBy: "test",
  ...more,
});

async function run(selection: string, more: Partial<BackfillRequest> = {}) {
  const { backfillId } = await engine.launchBackfill(request(selection, more));
  return engine.waitForBackfill(backfillId);
}

const days = async (table: string) =>
  (await workspace.query<{ day: string }>(`select day from assets.${table} order by day`)).map(it => it.day);
const bad = (day: string) => writeFile(join(workspace.root, `bad-${day}`), "");

test("a range becomes one run for each partition, downstream in the run of what it needs", async () => {
  const ended = await run("readings+", { partitions: "2026-01-01...2026-01-10" });
  expect(ended).toMatchObject({
    status: "succeeded",
    partitions: "2026-01-01 … 2026-01-10 (10)",
    progress: [
      { asset: "readings", targeted: 10, materialized: 10, failed: 0, skipped: 0 },
      { asset: "totals", targeted: 10, materialized: 10 },
    ],
  });
  expect(await days("totals")).toHaveLength(10);
  expect(await engine.runsOfBackfill(ended.id)).toHaveLength(10);
  expect(await engine.partitionDetails("readings" as AssetKey, "2026-01-03")).toMatchObject({
    ...{ rows: 1, runId: expect.any(String), materializedAt: expect.any(String), error: null },
  });
});

test("the plan tells how everything stands and how many runs it takes", async () => {
  const plan = await engine.planBackfill(
    request("readings", { partitions: "2026-01-06...2026-01-15", only: ["missing"] }),
  );
  expect(plan).toMatchObject({
    targets: [{ asset: "readings", missing: 5, done: 5, failed: 0, ranges: [{ first: 10, last: 14 }] }],
    runs: 5,
  });
  expect(plan.estimatedMs).toBeGreaterThan(0);
});

test("an asset without partitions is given up when one that it reads fails, and counts as such", async () => {
  await workspace.write(
    "count.ts",
    `import { asset } from "millrace";
     import { slow } from "./daily.ts";
     export const broken = asset("broken", {
       partitions: slow.partitions,
       inputs: { slow },
       materialize: (_, { partition }) => { if (partition.key === "2026-01-02") throw new Error("no"); return []; },
     });
     export const count = asset("count", { inputs: { broken }, materialize: ({ broken }) => [{ n: broken.length }] });`,
  );
  const ended = await run("broken or count or slow", { partitions: "2026-01-01...2026-01-03" });
  expect(ended).toMatchObject({
    status: "failed",
    progress: [
      { asset: "broken", targeted: 3, materialized: 2, failed: 1, skipped: 0 },
      { asset: "count", targeted: 1, materialized: 0, failed: 0, skipped: 1 },
      { asset: "slow", targeted: 3, materialized: 3, failed: 0, skipped: 0 },
    ],
  });
  await workspace.write("count.ts", "");
});

test("what fails gives up only what needs it, and a retry makes just that", async () => {
  await bad("2026-01-12");
  const failed = await run("readings+", { partitions: "2026-01-11...2026-01-14" });
  expect(failed).toMatchObject({
    status: "failed",
    progress: [
      { asset: "readings", targeted: 4, materialized: 3, failed: 1, skipped: 0 },
      { asset: "totals", targeted: 4, materialized: 3, failed: 0, skipped: 1 },
    ],
    failures: [
      {
        asset: "readings",
        partitions: ["2026-01-12"],
        error: { message: "the file of 2026-01-12 is empty" },
      },
    ],
  });
  expect(await engine.partitionDetails("readings" as AssetKey, "2026-01-12")).toMatchObject({
    rows: null,
    runId: expect.any(String),
    error: { message: "the file of 2026-01-12 is empty", file: "daily.ts", line: expect.any(Number) },
  });
  const { rm } = await import("node:fs/promises");
  await rm(join(workspace.root, "bad-2026-01-12"));
  await engine.actOnBackfill(failed.id, "retry");
  const retried = await engine.waitForBackfill(failed.id);
  expect(retried.status).toBe("succeeded");
  expect(retried.progress.map(it => it.materialized)).toEqual([4, 4]);
  expect(await engine.runsOfBackfill(failed.id)).toHaveLength(5);
});

test("a range that fails is halved until the bad partitions stand alone; all others are published", async () => {
  await bad("2026-01-07");
  await bad("2026-01-20");
  const ended = await run("ranged");
  expect(ended.status).toBe("failed");
  expect(ended.failures.map(it => it.partitions)).toEqual([["2026-01-07"], ["2026-01-20"]]);
  const made = await days("ranged");
  expect(made).toHaveLength(29);
  expect(made).not.toContain("2026-01-07");
});

test("what a backfill needs and does not make must be there, or it is not launched", async () => {
  await expect(run("totals", { partitions: "2026-01-20...2026-01-22" })).rejects.toThrow(
    'totals needs readings 2026-01-20 and 2 more, never materialized. Materialize that first, or run "+totals".',
  );
});

test("where each day needs the one before, a bad day in a range gives up those after it, and it ends", async () => {
  await bad("2026-01-07");
  const ended = await run("running_sum");
  expect(ended).toMatchObject({
    status: "failed",
    progress: [{ asset: "running_sum", targeted: 31, materialized: 6, failed: 1, skipped: 24 }],
  });
  expect(await days("running_sum")).toHaveLength(6);
});

test("a paused backfill requests no more until it is resumed", async () => {
  const { backfillId } = await engine.launchBackfill(request("slow", { maxParallel: 2 }));
  await until(async () => ((await engine.backfill(backfillId))?.progress[0]?.materialized ?? 0) > 2, 10_000);
  const reasons = async () =>
    (await engine.runs(9, { backfillId, statuses: ["queued"] })).map(it => it.reason);
  const full = `waits until fewer than 2 runs of backfill ${backfillId} go on`;
  expect(await until(async () => (await reasons()).includes(full), 5_000)).toBe(true);
  await engine.actOnBackfill(backfillId, "pause");
  expect(await until(async () => (await reasons()).includes(`backfill ${backfillId} is paused`))).toBe(true);
  const settled = async () => {
    const runs = await engine.runsOfBackfill(backfillId);
    return runs.every(it => it.status === "queued" || it.endedAt !== null);
  };
  expect(await until(settled, 10_000)).toBe(true);
  const before = await days("slow");
  await new Promise(resolve => setTimeout(resolve, 400));
  expect(await days("slow")).toEqual(before);
  expect(before.length).toBeLessThan(31);
  await engine.actOnBackfill(backfillId, "resume");
  expect((await engine.waitForBackfill(backfillId)).status).toBe("succeeded");
  expect(await days("slow")).toHaveLength(31);
});

test("what a person asks for does not wait for a backfill that takes every place it gets", async () => {
  const { backfillId } = await engine.launchBackfill(request("endless"));
  const running = async () => (await engine.backfill(backfillId))?.progress[0]?.running ?? 0;
  await until(async () => (await running()) > 2, 10_000);
  const { runId } = await engine.materialize({ selection: "quick", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
  expect(await engine.backfill(backfillId)).toMatchObject({ endedAt: null, progress: [{ materialized: 0 }] });
  await engine.actOnBackfill(backfillId, "cancel");
  expect((await engine.waitForBackfill(backfillId)).status).toBe("canceled");
});

test("when the partitions are defined otherwise meanwhile, the backfill ends and says so", async () => {
  const { backfillId } = await engine.launchBackfill(request("slow", { maxParallel: 1 }));
  await writeFile(join(workspace.root, "daily.ts"), definitions("2026-01-20"));
  await engine.definitions();
  expect(await engine.waitForBackfill(backfillId)).toMatchObject({
    status: "failed",
    error: { message: expect.stringContaining("The partitions of slow are defined otherwise now") },
  });
});

test("when keys that it counts in are removed meanwhile, it ends and says so, and makes no other in their place", async () => {
  await workspace.write(
    "keys.ts",
    `import { asset, dynamicPartitions } from "millrace";
     export const byKey = asset("by_key", {
       partitions: dynamicPartitions("keys"),
       materialize: async (_, { partition }) => {
         await new Promise(resolve => setTimeout(resolve, 300));
         return [{ key: partition.key }];
       },
     });`,
  );
  const all = ["a", "b", "c", "d", "e", "f", "g", "h"];
  await engine.changeDynamicKeys("keys", { add: all });
  const { backfillId } = await engine.launchBackfill(request("by_key", { maxParallel: 1 }));
  const made = async () => (await engine.backfill(backfillId))?.progress[0]?.materialized ?? 0;
  expect(await until(async () => (await made()) > 0, 10_000)).toBe(true);
  await engine.changeDynamicKeys("keys", { add: ["later"] });
  expect(await until(async () => (await made()) > 1, 10_000)).toBe(true);
  await engine.changeDynamicKeys("keys", { remove: ["a"] });
  expect(await engine.waitForBackfill(backfillId)).toMatchObject({
    status: "failed",
    error: {
      message: 'Keys of "keys" were removed since this backfill was launched. Launch a new one.',
    },
  });
  const ended = async () => (await engine.runsOfBackfill(backfillId)).every(it => it.endedAt !== null);
  await until(ended, 10_000);
  const rows = await workspace.query<{ key: string; _partition: string }>("select * from assets.by_key");
  for (const { key, _partition } of rows) expect(key).toBe(_partition);
  const recorded = await workspace.query<{ partition: string }>(
    "select partition from millrace.asset_partition where asset = 'by_key' and materialization_id is not null",
  );
  expect(recorded.map(it => it.partition).sort()).toEqual(rows.map(it => it.key).sort());
});

test("code that is changed meanwhile makes what is left, when its partitions are the same", async () => {
  const code = (word: string) =>
    `import { asset, dailyPartitions } from "millrace";
     export const worded = asset("worded", {
       partitions: dailyPartitions({ start: "2026-01-01", end: "2026-02-10" }),
       materialize: async () => {
         await new Promise(resolve => setTimeout(resolve, 200));
         return [{ word: "${word}" }];
       },
     });`;
  await workspace.write("worded.ts", code("before"));
  const { backfillId } = await engine.launchBackfill(request("worded", { maxParallel: 1 }));
  await until(async () => ((await engine.backfill(backfillId))?.progress[0]?.materialized ?? 0) > 1, 10_000);
  await workspace.write("worded.ts", code("after"));
  await engine.definitions();
  expect(await engine.waitForBackfill(backfillId)).toMatchObject({
    status: "succeeded",
    progress: [{ targeted: 40, materialized: 40 }],
  });
  const rows = await workspace.query(
    "select word, count(*)::int from assets.worded group by 1 order by 1 desc",
  );
  expect(rows.map(it => it.word)).toEqual(["before", "after"]);
});

import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { startEngineProcess } from "../support/engineProcess.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const partitions = 500;
const timing = { lease: 1_000, cancelGrace: 500 };
let workspace: TestWorkspace;
let survivor: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "daily.ts": `
      import { asset, dailyPartitions } from "millrace";
      export const daily = asset("daily", {
        partitions: dailyPartitions({ start: "2024-01-01", end: "2026-01-01" }),
        materialize: async (_, { partition }) => {
          await new Promise(resolve => setTimeout(resolve, 40 * Math.random()));
          return [{ day: partition.key }];
        },
      });`,
  });
  survivor = await workspace.engine({ timing, name: "survivor" });
});

afterAll(() => workspace?.remove());

test("two engines share a backfill of 500 partitions, one is killed again and again: each is published once", async () => {
  let victim = await startEngineProcess(workspace, { timing });
  // The victim launches it and drives it first; when it dies, the other one has to go on.
  const backfillId = await victim.launch({
    selection: "daily",
    partitions: "2024-01-01...2025-05-14",
    only: [],
    maxParallel: null,
    requestedBy: "test",
  });
  await survivor.definitions();
  let kills = 0;
  const ended = survivor.waitForBackfill(backfillId);
  let isOver = false;
  void ended.finally(() => {
    isOver = true;
  });
  while (!isOver) {
    await new Promise(resolve => setTimeout(resolve, 300 + 900 * Math.random()));
    if (isOver) break;
    victim.kill();
    kills++;
    victim = await startEngineProcess(workspace, { timing });
  }
  victim.kill();

  expect(await ended).toMatchObject({
    status: "succeeded",
    progress: [{ targeted: partitions, materialized: partitions, failed: 0 }],
  });
  expect(kills).toBeGreaterThan(1);
  const [counts] = await workspace.query(`
    select count(*)::int as published, count(distinct partition)::int as partitions
    from millrace.materialization, unnest(partitions) as partition`);
  expect(counts).toEqual({ published: partitions, partitions });
  const [rows] = await workspace.query(
    "select count(*)::int as rows, count(distinct day)::int as days from assets.daily",
  );
  expect(rows).toEqual({ rows: partitions, days: partitions });
  const [shares] = await workspace.query(
    "select count(distinct worker)::int as workers from millrace.step where status = 'succeeded'",
  );
  expect(shares?.workers).toBeGreaterThan(1);
  expect(await workspace.query("select from millrace.slice_claim")).toEqual([]);
}, 180_000);

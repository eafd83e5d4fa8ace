import { afterAll, afterEach, beforeEach, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

const timing = { lease: 600, cancelGrace: 100 };
let workspace: TestWorkspace;
let now: number;

beforeEach(async () => {
  now = Date.parse("2026-02-01T00:30:00Z");
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, dailyPartitions, runRequest, schedule } from "millrace";
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      export const daily = asset("daily", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-03-01" }),
        materialize: ({}, { partition }) => [{ day: partition.key }],
      });
      export const hourly = schedule("hourly", { cron: "0 * * * *", assets: [report] });
      export const all = schedule("all", { cron: "0 * * * *", assets: [report], missed: "all" });
      export const none = schedule("none", { cron: "0 * * * *", assets: [report], missed: "skip" });
      export const nightly = schedule("nightly", { cron: "5 1 * * *", assets: [daily], partitions: 2 });
      export const said = schedule("said", {
        cron: "0 3 * * *",
        run: ({ at, lastTickAt }) => runRequest({ assets: [daily], key: "x", partition: at.toISOString().slice(0, 10) }),
      });
      export const throws = schedule("throws", { cron: "0 2 * * *", run: () => { throw new Error("not today"); } });`,
  });
});

afterEach(() => workspace.remove());
afterAll(() => workspace?.remove());

const start = async (): Promise<Engine> => {
  const engine = await workspace.engine({ automation: true, timing, clock: () => now });
  await engine.definitions();
  expect(
    await until(async () => (await workspace.query("select from millrace.automation")).length === 6),
  ).toBe(true);
  return engine;
};
const runsOf = (name: string) =>
  workspace.query("select id from millrace.run where requested_by = $1 order by id", [`schedule ${name}`]);
const partitionsOf = async (name: string) =>
  (
    await workspace.query(
      "select partitions from millrace.step join millrace.run on run_id = run.id where requested_by = $1 order by step.id",
      [`schedule ${name}`],
    )
  ).map(it => it.partitions);
const ticksOf = (name: string) =>
  workspace.query<{ at: Date; status: string; reason: string | null }>(
    "select at, status, reason from millrace.tick where automation = $1 order by id",
    [name],
  );
const moveTo = (text: string) => {
  now = Date.parse(text);
};
/** By now every loop has looked at the clock. */
const looked = () => new Promise(resolve => setTimeout(resolve, 700));

test("a tick requests its run once, and nothing comes of what was due before the schedule began", async () => {
  await start();
  await looked();
  expect(await runsOf("hourly")).toEqual([]);
  moveTo("2026-02-01T01:00:00.005Z");
  expect(await until(async () => (await runsOf("hourly")).length === 1)).toBe(true);
  await looked();
  expect((await runsOf("hourly")).length).toBe(1);
  expect((await ticksOf("hourly")).map(it => it.at.toISOString())).toEqual(["2026-02-01T01:00:00.000Z"]);
});

test("partitions are those that were the latest at the tick, and a function is told the tick's own instant", async () => {
  await start();
  moveTo("2026-02-01T03:40:00Z");
  expect(await until(async () => (await partitionsOf("nightly")).length === 2)).toBe(true);
  expect(await partitionsOf("nightly")).toEqual([["2026-01-30"], ["2026-01-31"]]);
  expect(await until(async () => (await ticksOf("said")).length === 1)).toBe(true);
});

test("ticks that nobody was there for are made up for as each schedule says", async () => {
  const engine = await start();
  await engine.stop();
  moveTo("2026-02-01T04:30:00Z");
  await start();
  expect(await until(async () => (await runsOf("all")).length === 4)).toBe(true);
  expect(await until(async () => (await runsOf("hourly")).length === 1)).toBe(true);
  await looked();
  expect((await runsOf("all")).length).toBe(4);
  expect((await runsOf("hourly")).length).toBe(1);
  expect((await ticksOf("hourly"))[0]?.reason).toBe(
    "3 ticks since 2026-02-01T01:00:00.000Z were missed and are left out",
  );
  expect(await runsOf("none")).toEqual([]);
  expect(await until(async () => (await ticksOf("none"))[0]?.status === "skipped")).toBe(true);
});

test("clocks that jump ahead and back fire nothing twice, and lose nothing that is still to come", async () => {
  await start();
  moveTo("2026-02-01T01:00:00.005Z");
  expect(await until(async () => (await runsOf("hourly")).length === 1)).toBe(true);
  moveTo("2026-02-01T00:45:00Z");
  await looked();
  moveTo("2026-02-01T01:00:01Z");
  await looked();
  expect((await runsOf("hourly")).length).toBe(1);
  moveTo("2029-02-01T01:00:01Z");
  expect(await until(async () => (await runsOf("hourly")).length === 2)).toBe(true);
  moveTo("2026-02-01T01:30:00Z");
  await looked();
  moveTo("2026-02-01T02:00:00.005Z");
  expect(await until(async () => (await runsOf("hourly")).length === 3)).toBe(true);
  await looked();
  expect((await runsOf("hourly")).length).toBe(3);
});

test("a schedule that fails says so and is over; the others go on", async () => {
  await start();
  moveTo("2026-02-01T02:00:00.005Z");
  expect(await until(async () => (await ticksOf("throws")).length === 1)).toBe(true);
  expect(await until(async () => (await runsOf("hourly")).length === 1)).toBe(true);
  await looked();
  expect((await ticksOf("throws")).map(it => it.status)).toEqual(["failed"]);
});

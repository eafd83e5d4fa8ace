import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, dailyPartitions, dynamicPartitions, staticPartitions } from "millrace";
      export const daily = asset("daily", {
        partitions: dailyPartitions({ start: "2026-01-01" }),
        materialize: ({}, { partition }) => [{ day: partition.key }],
      });
      export const customers = dynamicPartitions("customers");
      export const perCustomer = asset("per_customer", {
        partitions: customers,
        materialize: ({}, { partition }) => [{ customer: partition.key }],
      });
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      export const broken = asset("broken", { materialize: () => { throw new Error("no luck today"); } });
      export const follower = asset("follower", { materialize: () => [{ id: 1 }] });`,
    "sensors.ts": `
      import { assetSensor, fileSensor, postgresNotifySensor, runRequest, runStatusSensor, sensor, skip } from "millrace";
      import { broken, customers, daily, follower, perCustomer, report } from "./assets.ts";
      export const counter = sensor("counter", {
        assets: [daily],
        every: "1 s",
        run: ({ cursor, setCursor, log }) => {
          const next = Number(cursor ?? 0) + 1;
          if (next > 3) return skip("three are enough");
          setCursor(String(next));
          console.log("day", next);
          return runRequest({ key: "day " + Math.min(next, 2), partition: "2026-01-0" + next });
        },
      });
      export const newCustomers = sensor("new_customers", {
        assets: [perCustomer],
        every: "1 h",
        run: ({ partitions }) => {
          partitions.add(customers, ["ada", "a, b"]);
          return ["ada", "a, b"].map(key => runRequest({ key, partition: key }));
        },
      });
      export const drops = fileSensor("drops", {
        files: "incoming/**/*.csv",
        every: "1 h",
        run: ({ files, log }) => {
          log.info(files.map(file => file.change + " " + file.path).join(", "));
          return runRequest({ assets: [report] });
        },
      });
      export const afterReport = assetSensor("after_report", { asset: report, assets: [follower], every: "1 h" });
      export const told = postgresNotifySensor("told", {
        channel: "some channel",
        every: "1 h",
        run: ({ notifications }) => notifications.length > 0 ? runRequest({ assets: [broken], key: notifications[0] }) : skip("nobody"),
      });
      export const alarm = runStatusSensor("alarm", {
        status: "failed",
        every: "1 h",
        run: ({ runs, log }) => { for (const run of runs) log.warn(run.assets + ": " + run.error); },
      });
      export const off = sensor("off", { on: false, assets: [report], every: "1 s", run: () => runRequest() });`,
  });
  await mkdir(join(workspace.root, "incoming"));
  engine = await workspace.engine({ automation: true, timing: { lease: 3_000, cancelGrace: 500 } });
  const { problems } = await engine.definitions();
  expect(problems).toEqual([]);
});

afterAll(() => workspace?.remove());

const runsOf = (requester: string) =>
  workspace.query<{ id: string; status: string; partitions: string[] | null }>(
    `select run.id, run.status, partitions from millrace.run join millrace.step on run_id = run.id
     where requested_by = $1 order by run.id`,
    [requester],
  );
const ticksOf = (name: string) =>
  workspace.query(
    "select status, reason, log, error, cursor_after, evaluations from millrace.tick where automation = $1 order by id",
    [name],
  );

test("a sensor goes on from its cursor, and a run key has one run", async () => {
  expect(await until(async () => (await ticksOf("counter")).at(-1)?.reason === "three are enough")).toBe(
    true,
  );
  const runs = await runsOf("sensor counter");
  expect(runs.map(it => it.partitions)).toEqual([["2026-01-01"], ["2026-01-02"]]);
  const ticks = await ticksOf("counter");
  expect(ticks.map(it => [it.status, it.cursor_after])).toEqual([
    ["requested", "1"],
    ["requested", "2"],
    ["skipped", "3"],
    ["skipped", "3"],
  ]);
  expect(ticks[2]?.reason).toBe(`run ${runs[1]?.id} has had the key "day 2"`);
  expect(ticks[0]?.log).toMatchObject([{ message: "day 1" }]);
  const idle = async () => ((await ticksOf("counter"))[3]?.evaluations as number) > 1;
  expect(await until(idle)).toBe(true);
});

test("partitions that a tick adds are there for its own requests, whatever is in their keys", async () => {
  const done = async () =>
    (await runsOf("sensor new_customers")).filter(it => it.status === "succeeded").length === 2;
  expect(await until(done)).toBe(true);
  expect((await runsOf("sensor new_customers")).map(it => it.partitions)).toEqual([["ada"], ["a, b"]]);
});

test("a file that is dropped starts a run within moments, once for each version, however deep it lies", async () => {
  const file = join(workspace.root, "incoming", "one.csv");
  const since = Date.now();
  await writeFile(`${file}.tmp`, "a");
  await rename(`${file}.tmp`, file);
  expect(await until(async () => (await runsOf("sensor drops")).length === 1, 5_000)).toBe(true);
  const [run] = await workspace.query<{ created: Date }>(
    "select created_at as created from millrace.run where requested_by = 'sensor drops'",
  );
  expect((run?.created.getTime() ?? 0) - since).toBeLessThan(2_000);
  await mkdir(join(workspace.root, "incoming", "deep", "deeper"), { recursive: true });
  await writeFile(join(workspace.root, "incoming", "deep", "deeper", "two.csv"), "a");
  expect(await until(async () => (await runsOf("sensor drops")).length === 2, 5_000)).toBe(true);
  await writeFile(file, "more");
  expect(await until(async () => (await runsOf("sensor drops")).length === 3, 5_000)).toBe(true);
  const said = (await ticksOf("drops"))
    .flatMap(it => (it.log ?? []) as { message: string }[])
    .map(it => it.message);
  expect(said).toEqual([
    "new incoming/one.csv",
    "new incoming/deep/deeper/two.csv",
    "changed incoming/one.csv",
  ]);
  await rm(file);
});

test("a materialization is handed to its sensor once, and what follows is requested", async () => {
  const reports = async () => (await runsOf("sensor drops")).filter(it => it.status === "succeeded").length;
  expect(await until(async () => (await runsOf("sensor after_report")).length === (await reports()))).toBe(
    true,
  );
  await new Promise(resolve => setTimeout(resolve, 300));
  expect((await runsOf("sensor after_report")).length).toBe(await reports());
});

test("a notification makes its sensor look, and a run that fails is told to who asked for it", async () => {
  await workspace.query("select pg_notify('some channel', 'first')");
  expect(await until(async () => (await runsOf("sensor told"))[0]?.status === "failed")).toBe(true);
  expect(await until(async () => (await ticksOf("alarm")).some(it => it.log !== null))).toBe(true);
  const [tick] = (await ticksOf("alarm")).filter(it => it.log !== null);
  expect(tick?.log).toMatchObject([{ message: "broken: no luck today" }]);
});

test("what the code has off is not evaluated", async () => {
  expect(await ticksOf("off")).toEqual([]);
});

import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { MaterializeRequest } from "../../src/protocol/engine.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "daily.ts": `
      import { asset, dailyPartitions } from "millrace";
      const daily = dailyPartitions({ start: "2026-01-01", end: "2026-01-11" });
      export const readings = asset("readings", {
        partitions: daily,
        materialize: (_, { partition }) => {
          if (partition.key === "2026-01-05") throw new Error("the file of " + partition.key + " is empty");
          return [1, 2].map(n => ({ day: partition.key, n, from: partition.window.start }));
        },
      });
      export const totals = asset("totals", {
        inputs: { readings },
        partitions: daily,
        materialize: ({ readings }, { partition }) =>
          [{ day: partition.key, total: readings.reduce((sum, it) => sum + it.n, 0), days: new Set(readings.map(it => it.day)).size }],
      });
      export const all = asset("all_days", {
        inputs: { totals },
        materialize: ({ totals }) => [{ days: totals.length }],
      });`,
    "customers.ts": `
      import { asset, dynamicPartitions } from "millrace";
      const customers = dynamicPartitions("customers");
      export const listed = asset("listed", {
        materialize: async (_, { partitions }) => {
          await partitions.add(customers, ["ada", "eve", "grace"]);
          await partitions.remove(customers, "eve");
          return [];
        },
      });
      export const orders = asset("orders", {
        partitions: customers,
        materialize: (_, { partition }) => [{ customer: partition.key }],
      });`,
  });
  engine = await workspace.engine();
});

afterAll(() => workspace?.remove());

async function run(request: Omit<MaterializeRequest, "requestedBy">) {
  const { runId } = await engine.materialize({ ...request, requestedBy: "test" });
  const { status, steps } = await engine.waitForRun(runId);
  return {
    status,
    steps: steps.map(it => `${it.assets} ${it.partitions} ${it.status}${it.reason ? `: ${it.reason}` : ""}`),
  };
}

const days = async (table: string) =>
  (await workspace.query<{ day: string }>(`select distinct day from assets.${table} order by day`)).map(
    it => it.day,
  );

test("a partitioned asset asks which partitions are meant", async () => {
  await expect(run({ selection: "readings" })).rejects.toThrow(
    /readings has partitions: say which, by --partition 2026-01-10/,
  );
  await expect(run({ selection: "readings", partitions: "2026-01-31" })).rejects.toThrow(
    /There is no partition "2026-01-31": it is after the last one\. There are 2026-01-01 … 2026-01-10 \(10\)/,
  );
  await expect(run({ selection: "readings", partitions: "2026-01-05...2026-01-02" })).rejects.toThrow(
    /its end comes before/,
  );
});

test("a day whose input was never materialized stops before anything runs", async () => {
  await run({ selection: "readings", partitions: "2026-01-09" });
  await expect(run({ selection: "totals", partitions: "2026-01-07...2026-01-09" })).rejects.toThrow(
    /totals needs readings 2026-01-07 and 1 more, never materialized/,
  );
  await workspace.query("drop table assets.readings");
  await workspace.query("delete from millrace.asset_partition where asset = 'readings'");
  await workspace.query("delete from millrace.relation");
});

test("one day is materialized through the graph, and reads only its own slice upstream", async () => {
  expect(await run({ selection: "+totals", partitions: "2026-01-02" })).toEqual({
    status: "succeeded",
    steps: ["readings 2026-01-02 succeeded", "totals 2026-01-02 succeeded"],
  });
  expect(await run({ selection: "+totals", partitions: "2026-01-03" })).toMatchObject({
    status: "succeeded",
  });
  expect(await days("readings")).toEqual(["2026-01-02", "2026-01-03"]);
  expect(await workspace.query("select day, total, days from assets.totals order by day")).toEqual([
    { day: "2026-01-02", total: 3, days: 1 },
    { day: "2026-01-03", total: 3, days: 1 },
  ]);
});

test("a range runs day by day; a day that fails stops only what needs it", async () => {
  expect(await run({ selection: "+totals", partitions: "2026-01-04...2026-01-06" })).toEqual({
    status: "failed",
    steps: [
      "readings 2026-01-04 succeeded",
      "readings 2026-01-05 failed",
      "readings 2026-01-06 succeeded",
      "totals 2026-01-04 succeeded",
      "totals 2026-01-05 skipped: readings failed",
      "totals 2026-01-06 succeeded",
    ],
  });
  expect(await days("totals")).toEqual(["2026-01-02", "2026-01-03", "2026-01-04", "2026-01-06"]);
});

describe("repair", () => {
  test("finds what failed", async () => {
    const { steps } = await engine.plan({ selection: "readings", only: ["failed"] });
    expect(steps.map(it => it.partitions?.keys)).toEqual([["2026-01-05"]]);
  });

  test("finds what is missing, and does not touch what is there", async () => {
    const before = await workspace.query(
      "select partition, run_id from millrace.asset_partition where asset = 'readings' and materialization_id is not null",
    );
    const { steps } = await run({ selection: "readings", only: ["missing"] });
    expect(steps.map(it => it.split(" ")[1])).toEqual([
      "2026-01-01",
      "2026-01-05",
      "2026-01-07",
      "2026-01-08",
      "2026-01-09",
      "2026-01-10",
    ]);
    const after = await workspace.query(
      "select partition, run_id from millrace.asset_partition where asset = 'readings' and materialization_id is not null",
    );
    expect(after).toEqual(expect.arrayContaining(before));
  });
});

test("the state of an asset says how many of its partitions are there, and which failed", async () => {
  const state = (await engine.assetStates()).find(it => it.asset === "readings");
  expect(state?.state).toBe("partly");
  expect(state?.parts).toEqual([
    { state: "materialized", count: 4 },
    { state: "failed", count: 1 },
    { state: "materialized", count: 5 },
  ]);
});

test("an asset without partitions reads every partition of its input", async () => {
  expect(await run({ selection: "all_days" })).toMatchObject({ status: "succeeded" });
  expect(await workspace.query("select days from assets.all_days")).toEqual([{ days: 4 }]);
});

test("a range and a day of it are written one after the other, a neighbour meanwhile", async () => {
  await workspace.write(
    "ranged.ts",
    `import { asset, dailyPartitions } from "millrace";
     export const ranged = asset("ranged", {
       partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-11" }),
       backfill: { partitionsPerRun: 5 },
       materialize: async (_, { partition: { keys } }) => {
         await new Promise(resolve => setTimeout(resolve, 1_000));
         return keys.map(day => ({ _partition: day, of: keys.length }));
       },
     });`,
  );
  const { backfillId } = await engine.launchBackfill({
    ...{ selection: "ranged", partitions: "2026-01-02...2026-01-04", only: [], maxParallel: null },
    requestedBy: "test",
  });
  expect(await until(async () => (await engine.runsOfBackfill(backfillId))[0]?.status === "running")).toBe(
    true,
  );
  const [within, beside] = await Promise.all(
    ["2026-01-03", "2026-01-05"].map(partitions =>
      engine.materialize({ selection: "ranged", partitions, requestedBy: "test" }),
    ),
  );
  const [range] = await engine.runsOfBackfill(backfillId);
  expect((await engine.run(within?.runId ?? ""))?.reason).toBe(
    `waits for run ${range?.id}, which writes ranged`,
  );
  const [whole, day, neighbour] = await Promise.all(
    [range?.id, within?.runId, beside?.runId].map(it => engine.waitForRun(it ?? "")),
  );
  const at = (time: string | null | undefined) => Date.parse(time ?? "");
  expect(at(day?.startedAt)).toBeGreaterThanOrEqual(at(whole?.endedAt));
  expect(at(neighbour?.startedAt)).toBeLessThan(at(whole?.endedAt));
  expect(await workspace.query("select _partition as day, of from assets.ranged order by 1")).toEqual([
    { day: "2026-01-02", of: 3 },
    { day: "2026-01-03", of: 1 },
    { day: "2026-01-04", of: 3 },
    { day: "2026-01-05", of: 1 },
  ]);
});

test("the code of an asset adds and removes the keys of dynamic partitions, and they can be made at once", async () => {
  await run({ selection: "listed" });
  expect(await engine.dynamicKeys("customers")).toEqual(["ada", "grace"]);
  await expect(run({ selection: "orders", partitions: "eve" })).rejects.toThrow(
    /There is no partition "eve"/,
  );
  expect(await run({ selection: "orders", partitions: "ada,grace" })).toMatchObject({ status: "succeeded" });
  expect(await workspace.query("select customer from assets.orders order by 1")).toEqual([
    { customer: "ada" },
    { customer: "grace" },
  ]);
});

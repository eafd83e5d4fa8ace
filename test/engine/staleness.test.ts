import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { readStaleness } from "../../src/engine/staleness.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { AssetState } from "../../src/model/assetState.ts";
import { openDatabase } from "../../src/store/database.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;
const told = new Map<string, AssetState>();

const chain = (codeVersion: string, version: string) => `
    import { asset, dailyPartitions, hourlyPartitions } from "millrace";
    export const raw = asset("raw", {
      materialize: (_, { dataVersion }) => {
        dataVersion("${version}");
        return [{ n: 1 }];
      },
    });
    export const clean = asset("clean", {
      inputs: { raw },
      codeVersion: "${codeVersion}",
      materialize: ({ raw }) => raw,
    });
    export const report = asset("report", { inputs: { clean }, materialize: ({ clean }) => clean });
    export const hours = asset("hours", {
      partitions: hourlyPartitions({ start: "2026-01-01T00:00", end: "2026-01-03T00:00" }),
      materialize: (_, { partition }) => [{ at: partition.window.start }],
    });
    export const days = asset("days", {
      inputs: { hours },
      partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-03" }),
      materialize: ({ hours }) => [{ hours: hours.length }],
    });`;

beforeAll(async () => {
  workspace = await testWorkspace({ "chain.ts": chain("1", "v1") });
  engine = await workspace.engine({
    client: {
      assetStatesChanged: states => {
        for (const state of states) told.set(state.asset, state);
      },
    },
  });
});

afterAll(() => workspace?.remove());

async function run(selection: string, partitions?: string) {
  const { runId } = await engine.materialize({
    selection,
    requestedBy: "test",
    ...(partitions ? { partitions } : {}),
  });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
}

async function states() {
  const all = await engine.assetStates();
  return Object.fromEntries(
    ["raw", "clean", "report"].map(key => {
      const found = all.find(it => it.asset === key);
      return [key, found?.reason ? `${found.state}: ${found.reason}` : found?.state];
    }),
  );
}

test("what was just made is fresh, and so it stays when the same version is made again", async () => {
  await run("+report");
  await run("raw");
  expect(await states()).toEqual({ raw: "materialized", clean: "materialized", report: "materialized" });
});

test("another version of the data makes stale all that is below, which is told without being asked", async () => {
  await workspace.write("chain.ts", chain("1", "v2"));
  await engine.definitions();
  await run("raw");
  expect(await states()).toEqual({
    raw: "materialized",
    clean: "stale: raw is newer",
    report: "stale: clean is stale: raw is newer",
  });
  expect(await until(() => told.get("report")?.state === "stale")).toBe(true);
  await run("clean");
  expect(await states()).toMatchObject({ clean: "materialized", report: "stale: clean is newer" });
  await run("report");
});

test("a new code version makes stale what older code made, and what is below it", async () => {
  await workspace.write("chain.ts", chain("2", "v2"));
  await engine.definitions();
  expect(await states()).toEqual({
    raw: "materialized",
    clean: "stale: made by code version 1, which is now 2",
    report: "stale: clean is stale: made by code version 1, which is now 2",
  });
});

test("an hour that is made again makes its day stale, and no other", async () => {
  await run("hours", "2026-01-01-00:00...2026-01-02-23:00");
  await run("days", "2026-01-01...2026-01-02");
  await run("hours", "2026-01-02-07:00");
  const days = (await engine.assetStates()).find(it => it.asset === "days");
  expect(days?.parts).toEqual([
    { state: "materialized", count: 1 },
    { state: "stale", count: 1 },
  ]);
  expect(days?.staleReason).toBe("hours 2026-01-02-07:00 is newer");
  const database = openDatabase(workspace.url, { name: "test" });
  try {
    const graph = await engine.definitions();
    const staleness = await readStaleness(database, "dev", graph, { now: Date.now() }, ["days" as AssetKey]);
    expect(staleness.stale("days" as AssetKey).ranges).toEqual([{ from: 1, to: 2 }]);
  } finally {
    await database.close();
  }
});

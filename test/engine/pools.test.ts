import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engines: Engine[];

beforeAll(async () => {
  workspace = await testWorkspace({
    "millrace.json": JSON.stringify({ pools: { api: 2 }, limits: { allRuns: 3 } }),
    "pooled.ts": `
      import { asset } from "millrace";
      const pause = (ms, signal) => new Promise(resolve => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener("abort", () => { clearTimeout(timer); resolve(); });
      });
      const pooled = n => asset("pooled_" + n, {
        pool: "api",
        materialize: async (_, { signal }) => { await pause(400, signal); return [{ n }]; },
      });
      export const all = [1, 2, 3, 4, 5].map(pooled);
      export const free = [1, 2, 3, 4, 5].map(n => asset("free_" + n, {
        materialize: async (_, { signal }) => { await pause(400, signal); return [{ n }]; },
      }));`,
  });
  engines = [await workspace.engine(), await workspace.engine()];
  for (const engine of engines) await engine.definitions();
});

afterAll(() => workspace?.remove());

const overlapping = (like: string) =>
  workspace.query<{ most: number }>(
    `select max(others)::int as most from (
       select count(*) as others from millrace.step as a join millrace.step as b
         on b.asset like $1 and b.started_at <= a.started_at and b.ended_at > a.started_at
       where a.asset like $1 group by a.id) as counts`,
    [like],
  );

test("no more steps of a pool run at once than it has slots, and who waits says for what", async () => {
  const [engine] = engines as [Engine];
  const { runId } = await engine.materialize({ selection: "key:pooled_*", requestedBy: "test" });
  let reason: string | null = null;
  await until(async () => {
    const run = await engine.run(runId);
    reason = run?.steps.find(it => it.reason !== null)?.reason ?? reason;
    return reason !== null;
  });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
  expect(reason).toBe("waits for pool api (2 of 2 in use)");
  expect((await overlapping("pooled%"))[0]?.most).toBe(2);
  expect(await workspace.query("select from millrace.pool_slot")).toEqual([]);
});

test("a canceled run leaves no slot behind", async () => {
  const [engine] = engines as [Engine];
  const { runId } = await engine.materialize({ selection: "key:pooled_*", requestedBy: "test" });
  await until(async () => (await workspace.query("select from millrace.pool_slot")).length === 2, 10_000);
  await engine.cancelRun(runId);
  expect((await engine.waitForRun(runId)).status).toBe("canceled");
  expect(await workspace.query("select from millrace.pool_slot")).toEqual([]);
});

test("all engines together run no more runs than the limit, and who waits says so", async () => {
  const asked = await Promise.all(
    [1, 2, 3, 4, 5].map((n, at) =>
      (engines[at % 2] as Engine).materialize({ selection: `free_${n}`, requestedBy: "test" }),
    ),
  );
  const [engine] = engines as [Engine];
  let reason: string | null = null;
  await until(async () => {
    for (const { runId } of asked) {
      const run = await engine.run(runId);
      if (run?.status === "queued") reason = run.reason ?? reason;
    }
    return reason !== null;
  });
  for (const { runId } of asked) expect((await engine.waitForRun(runId)).status).toBe("succeeded");
  expect(reason).toBe("waits until fewer than 3 runs go on");
  expect((await overlapping("free%"))[0]?.most).toBeLessThanOrEqual(3);
});

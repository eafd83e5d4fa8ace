import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { and, asset, failed, inProgress, missing, not, staticPartitions } from "millrace";
      const parts = staticPartitions(Array.from({ length: 1_000 }, (_, i) => "p" + String(i).padStart(3, "0")));
      export const many = asset("many", {
        partitions: parts,
        automation: and(missing(), not(inProgress()), not(failed())),
        materialize: ({}, { partition }) => {
          if (partition.key === "p500") throw new Error("this one is bad");
          return [{ n: 1 }];
        },
      });
      export const small = asset("small", { materialize: () => [{ n: 1 }] });`,
    "millrace.json": JSON.stringify({ limits: { runs: 4, steps: 3 } }),
  });
  engine = await workspace.engine({ automation: true });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const count = async (what: string) =>
  (await workspace.query<{ count: number }>(`select count(*)::int as count from ${what}`))[0]?.count ?? 0;
const waiting = () => count("millrace.run where requested_by = 'condition many' and ended_at is null");

test("a thousand missing partitions are requested at once, by a hundred runs behind what people ask for", async () => {
  expect(await until(async () => (await count("millrace.run")) > 0)).toBe(true);
  expect(await count("millrace.run where requested_by = 'condition many' and priority < 0")).toBe(100);
  expect(await count("millrace.step where asset = 'many'")).toBe(1_000);
});

test("a click meanwhile does not wait for them", async () => {
  const { runId } = await engine.materialize({ selection: "small", requestedBy: "click" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
  expect(await waiting()).toBeGreaterThan(10);
});

test("all are made, each once; one that is bad fails alone, and is not tried again", async () => {
  expect(await until(async () => (await waiting()) === 0, 90_000)).toBe(true);
  expect(
    await count("millrace.asset_partition where asset = 'many' and materialization_id is not null"),
  ).toBe(999);
  expect(await count("millrace.materialization where asset = 'many'")).toBe(999);
  const failed = await workspace.query("select partitions from millrace.step where status = 'failed'");
  expect(failed).toEqual([{ partitions: ["p500"] }]);
  // A look after the last end finds nothing to request.
  await engine.materialize({ selection: "small", requestedBy: "test" });
  expect(await until(async () => (await engine.why("many" as never)).now?.requested === 0)).toBe(true);
  expect(await count("millrace.step where asset = 'many'")).toBe(1_000);
});

test("never were more steps at work than the limits say", async () => {
  const [most] = await workspace.query<{ most: number }>(
    `select max(together)::int as most from (
       select (select count(*) from millrace.step as other
               where other.started_at <= step.started_at and other.ended_at > step.started_at) as together
       from millrace.step where asset = 'many' and started_at is not null) as counted`,
  );
  // Four runs of three steps each; one place is kept for what people ask for.
  expect(most?.most).toBeLessThanOrEqual(12);
  expect(most?.most).toBeGreaterThan(1);
});

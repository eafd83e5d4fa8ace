import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "days.ts": `
      import { asset, dailyPartitions, notNull } from "millrace";
      export const days = asset("days", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-11" }),
        columns: { day: "date", n: "bigint" },
        checks: [notNull("n"), { name: "small", sql: "n < 3" }],
        materialize: (_, { partition }) => {
          if (partition.key === "2026-01-02") throw new Error("the second day is missing");
          return [{ day: partition.key, n: BigInt(partition.key.slice(-2)) }];
        },
      });
      export const last = asset("last", { deps: [days.last()], materialize: () => [{ a: 1 }] });`,
  });
  engine = await workspace.engine();
});

afterAll(() => workspace?.remove());

async function run(partitions: string, selection = "days") {
  const { runId } = await engine.materialize({ selection, partitions, requestedBy: "test" });
  return engine.waitForRun(runId);
}

const draw = ({ steps }: Awaited<ReturnType<typeof run>>) =>
  steps.map(it => `${it.assets} ${it.partitions ?? "-"} ${it.status}`);

describe("a run that is tried again", () => {
  test("makes what it left, in the same partitions, or everything", async () => {
    const failed = await run("2026-01-01...2026-01-03");
    const left = await engine.retryRun(failed.id, "left", "click");
    const whole = await engine.retryRun(failed.id, "all", "click");
    expect(draw(await engine.waitForRun(left.runId))).toEqual(
      draw(failed).filter(it => !it.endsWith("succeeded")),
    );
    const again = await engine.waitForRun(whole.runId);
    expect(draw(again)).toEqual(draw(failed));
    expect(again.requestedBy).toBe("click");
  });

  test("is refused when nothing is left, when there is no such run, and in another environment", async () => {
    const fine = await run("2026-01-05");
    await expect(engine.retryRun(fine.id, "left", "click")).rejects.toThrow("left nothing to retry");
    await expect(engine.retryRun("4711", "all", "click")).rejects.toThrow('There is no run "4711"');
    await workspace.query("update millrace.run set environment = 'prod' where id = $1", [fine.id]);
    await expect(engine.retryRun(fine.id, "all", "click")).rejects.toThrow("belongs to the environment prod");
  });
});

test("the details of a run name what each step waits for, its attempts and its checks", async () => {
  const { id, steps } = await run("2026-01-04...2026-01-10", "days or last");
  const details = await engine.runDetails(id);
  expect(details.map(it => it.id)).toEqual(steps.map(it => it.id));
  const last = details.at(-1);
  expect(last?.dependsOn).toEqual([steps.at(-2)?.id]);
  expect(details[0]).toMatchObject({
    attempt: 1,
    dependsOn: [],
    checks: [
      { name: "notNull(n)", passed: true, blocking: expect.any(Boolean), failedRows: 0 },
      { name: "small", passed: false, severity: "error" },
    ],
  });
  expect(await engine.runDetails("no number")).toEqual([]);
});

test("a list of runs ends before it has more steps than fit into one answer", async () => {
  const older = await run("2026-01-05");
  await workspace.query(
    `with huge as (insert into millrace.run (environment, digest, selection, requested_by, status)
                   values ('dev', '', 'huge', 'test', 'succeeded') returning id)
     insert into millrace.step (run_id, position, asset, status)
     select id, position, 'days', 'succeeded' from huge, generate_series(0, 50000) as position`,
  );
  const newer = await run("2026-01-05");
  const listed = await engine.runs(100);
  expect(listed.slice(0, 2).map(it => it.selection)).toEqual(["days", "huge"]);
  expect(listed[0]?.id).toBe(newer.id);
  expect(listed.map(it => it.id)).not.toContain(older.id);
});

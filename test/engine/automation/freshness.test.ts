import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, eager, freshWithin } from "millrace";
      export const raw = asset("raw", { materialize: () => [{ n: 1 }] });
      export const report = asset("report", {
        inputs: { raw },
        automation: eager(),
        freshness: freshWithin("3 h", { warn: "2 h" }),
        materialize: ({ raw }) => raw,
      });`,
  });
  engine = await workspace.engine({ automation: true });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const history = () => engine.ticks({ kind: "freshness", name: "report" }, 100);
const words = async () => (await history()).map(it => it.reason);
const make = async () => {
  const { runId } = await engine.materialize({ selection: "+report", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
};
/** As if it had been made so long ago. */
const age = (hours: number) =>
  workspace.query(
    `with aged as (update millrace.materialization set at = now() - make_interval(hours => ${hours}) where asset = 'report' returning 1)
     select pg_notify('millrace', 'handwork') from aged`,
  );

test("when it became fresh, due, overdue and fresh again is its history, each at the instant from which it was so", async () => {
  expect(await until(async () => (await words())[0]?.startsWith("never materialized") === true)).toBe(true);
  await make();
  expect(await until(async () => (await words())[0] === "fresh (within 3 h)")).toBe(true);
  await age(5);
  expect(await until(async () => (await words())[0] === "overdue (within 3 h)")).toBe(true);
  const [late] = await history();
  // It was late two hours before anybody looked.
  const noticed = Date.parse(late?.startedAt ?? "");
  expect(Math.abs(noticed - Date.parse(late?.at ?? "") - 2 * 3_600_000)).toBeLessThan(60_000);
  await make();
  expect(await until(async () => (await words())[0] === "fresh (within 3 h)")).toBe(true);
  expect((await history()).map(it => (it.details as { state: string }).state)).toEqual([
    "pass",
    "fail",
    "pass",
    "unknown",
  ]);
});

test("the command line prints it, beside the history of the asset's condition", async () => {
  const { code, stdout } = await workspace.millrace("automation", "ticks", "freshness:report");
  expect(code).toBe(0);
  expect(
    stdout
      .split("\n")
      .map(it =>
        it.replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d [A-Z]\S*/, "AT").replace(/ {2}(just now|\d.*ago).*$/, ""),
      ),
  ).toEqual([
    "✓ AT  fresh (within 3 h)",
    "‼ AT  overdue (within 3 h)",
    "✓ AT  fresh (within 3 h)",
    "? AT  never materialized, so not fresh (within 3 h)",
    "",
  ]);
  const condition = await workspace.millrace("automation", "ticks", "report");
  expect(condition.stdout).not.toContain("fresh");
  const unknown = await workspace.millrace("automation", "ticks", "freshness:raw");
  expect(unknown).toMatchObject({ code: 2 });
  expect(unknown.stderr).toContain('No asset "raw" has a freshness policy. Give it one');
});

test("it is told at once to whoever watches, and dropped when it is old; how fresh the asset is, stays", async () => {
  const heard: string[] = [];
  const watcher = await workspace.engine({
    client: { ticksEnded: ticks => void heard.push(...ticks.map(it => `${it.kind} ${it.reason}`)) },
  });
  await watcher.definitions();
  await age(4);
  expect(await until(() => heard.includes("freshness overdue (within 3 h)"))).toBe(true);
  await workspace.query(
    "update millrace.tick set started_at = now() - interval '40 days' where kind = 'freshness'",
  );
  // Whoever begins to lead cleans up.
  await engine.stop();
  engine = await workspace.engine({ automation: true });
  await engine.definitions();
  expect(await until(async () => (await history()).length === 0)).toBe(true);
  const [state] = (await engine.assetStates()).filter(it => it.asset === "report");
  expect(state?.freshness?.state).toBe("fail");
});

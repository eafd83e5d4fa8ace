import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "sensors.ts": `
      import { writeFileSync } from "node:fs";
      import { asset, runRequest, sensor } from "millrace";
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      export const good = sensor("good", { every: "1 s", run: ({ setCursor }) => setCursor(String(Date.now())) });
      export const loops = sensor("loops", { every: "1 s", run: () => { for (;;) {} } });
      export const hangs = sensor("hangs", { every: "1 s", run: () => new Promise(() => {}) });
      export const throws = sensor("throws", { every: "1 s", run: () => { throw new Error("no luck today"); } });
      export const exits = sensor("exits", { every: "1 s", run: () => process.exit(7) });
      export const eats = sensor("eats", {
        every: "1 s",
        run: () => { const all = []; for (;;) all.push(new Array(100_000).fill(Math.random())); },
      });
      export const talks = sensor("talks", {
        every: "1 s",
        run: () => { for (let i = 0; i < 20_000; i++) console.log("x".repeat(500)); },
      });
      export const prints = sensor("prints", {
        every: "1 s",
        run: async () => {
          for (let i = 0; i < 300; i++) {
            process.stdout.write("y".repeat(100_000));
            await new Promise(resolve => setTimeout(resolve, 1));
          }
        },
      });
      export const floods = sensor("floods", {
        every: "1 s",
        assets: [report],
        run: function* () { for (;;) yield runRequest(); },
      });
      export const swells = sensor("swells", { every: "1 s", run: ({ setCursor }) => setCursor("z".repeat(10_000_000)) });
      export const nonsense = sensor("nonsense", { every: "1 s", run: () => "run it all" });`,
  });
  const engine = await workspace.engine({
    automation: true,
    timing: { lease: 3_000, cancelGrace: 500 },
    automationLimits: { evaluationMs: 2_500 },
  });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const lastTick = async (name: string) => {
  const [tick] = await workspace.query<{
    status: string;
    error: { message: string } | null;
    log: unknown[] | null;
  }>("select status, error, log from millrace.tick where automation = $1 order by id desc limit 1", [name]);
  return tick;
};
const failedOf = async (name: string, words: RegExp) => {
  const seen = async () => words.test((await lastTick(name))?.error?.message ?? "");
  expect(await until(seen, 40_000), `${name}: ${JSON.stringify(await lastTick(name))}`).toBe(true);
};

test("a sensor that loops, hangs, throws, ends its process, eats memory or floods fails by itself", async () => {
  await failedOf("loops", /did not end within 2.5 s/);
  await failedOf("hangs", /did not end within 2.5 s/);
  await failedOf("throws", /^no luck today$/);
  await failedOf("exits", /process that evaluated it ended: exit code 7/);
  await failedOf("floods", /more than 1000 runs at one tick/);
  await failedOf("swells", /cursor has 10000000 characters/);
  await failedOf("nonsense", /answers the text "run it all"/);
  await failedOf("prints", /process that evaluated it ended/);
  await failedOf("eats", /process that evaluated it ended|did not end/);
  expect(await workspace.query("select id from millrace.run")).toEqual([]);
});

test("meanwhile the others go on, each more often than what loops is cut off", async () => {
  const ticksOf = async (name: string) =>
    (
      await workspace.query<{ count: number }>(
        "select coalesce(sum(evaluations), 0)::int as count from millrace.tick where automation = $1",
        [name],
      )
    )[0]?.count ?? 0;
  const [before, cutOff] = [await ticksOf("good"), await ticksOf("loops")];
  expect(await until(async () => (await ticksOf("loops")) >= cutOff + 2, 40_000)).toBe(true);
  expect((await ticksOf("good")) - before).toBeGreaterThan(2);
});

test("of what a sensor says the first lines are kept, and how many are not", async () => {
  expect(await until(async () => (await lastTick("talks"))?.log !== null)).toBe(true);
  const { log } = (await lastTick("talks")) ?? {};
  expect(JSON.stringify(log).length).toBeLessThan(120_000);
  expect(log?.at(-1)).toMatchObject({
    level: "warn",
    message: expect.stringMatching(/more lines were left out/),
  });
});

import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeProject } from "../support/project.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { existsSync } from "node:fs";
      import { asset, runRequest, sensor, webhook } from "millrace";
      export const moody = sensor("moody", {
        every: "1 s",
        run: () => {
          if (existsSync(new URL("./bad.txt", import.meta.url))) throw new Error("no luck today");
        },
      });
      export const quick = asset("quick", { materialize: () => [{ id: 1 }] });
      export const pushed = webhook("pushed", {
        token: { env: "PUSHED_TOKEN" },
        assets: [quick],
        run: ({ calls, log }) => calls.map(call => {
          log.info("day " + (call.json() as { day: number }).day);
          return runRequest({ key: call.id });
        }),
      });
      export const slow = asset("slow", {
        materialize: async () => {
          await new Promise(resolve => setTimeout(resolve, 1500));
          return [{ id: 1 }];
        },
      });`,
  });
});

afterAll(() => workspace?.remove());

test("a daemon says how it does, and lets a running run end when it is asked to stop", async () => {
  const daemon = workspace.start("daemon", "--health-port", "0");
  const lines = () =>
    daemon
      .stdout()
      .split("\n")
      .filter(Boolean)
      .map(line => JSON.parse(line));
  expect(await until(() => lines().some(line => line.message === "Definitions are loaded."), 30_000)).toBe(
    true,
  );
  const { health } = lines().find(line => line.health);

  expect(await until(async () => (await (await fetch(`${health}/healthz`)).json()).leads)).toBe(true);
  expect(await (await fetch(`${health}/healthz`)).json()).toEqual({
    status: "well",
    leads: true,
    problems: [],
  });
  const metrics = await (await fetch(`${health}/metrics`)).text();
  expect(metrics).toContain('millrace_open_runs{status="queued"} 0');
  expect(metrics).toContain("millrace_automation_leads 1");

  const submitted = workspace.start("materialize", "slow");
  expect(await until(() => lines().some(line => line.status === "running"))).toBe(true);
  daemon.kill("SIGTERM");
  expect((await daemon.ended).code).toBe(0);
  expect((await submitted.ended).code).toBe(0);
  expect(lines().at(-1)?.message).toBe("The daemon has stopped.");
  expect(await workspace.query("select status from millrace.run")).toEqual([{ status: "succeeded" }]);
  expect(await workspace.query("select engine from millrace.automation_lease")).toEqual([{ engine: null }]);
  expect(await workspace.query("select name from millrace.engine")).toEqual([]);
});

test("what fails is told when it begins and when it is well again, and makes no daemon ill", async () => {
  await writeFile(join(workspace.root, "bad.txt"), "");
  await writeFile(
    join(workspace.root, "broken.ts"),
    'import { schedule } from "millrace";\nexport const odd = schedule("odd", { cron: "0 99 * * *", assets: ["x"] });\n',
  );
  const daemon = workspace.start("daemon", "--health-port", "0");
  const lines = () =>
    daemon
      .stdout()
      .split("\n")
      .filter(Boolean)
      .map(line => JSON.parse(line));
  const told = () => lines().filter(line => /sensor moody/.test(line.message));
  const address = () => lines().find(line => line.health)?.health;
  const failures = async () => {
    const text = await (await fetch(`${address()}/metrics`)).text();
    return Number(/failures_total\{loop="sensors"\} (\d+)/.exec(text)?.[1]);
  };
  expect(await until(() => told().length > 0, 20_000)).toBe(true);
  expect(await until(async () => (await failures()) >= 2, 20_000)).toBe(true);
  const fails = "The sensor moody fails: assets.ts:7: no luck today";
  expect(told().map(it => [it.level, it.message])).toEqual([["warn", fails]]);
  const response = await fetch(`${address()}/healthz`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({
    status: "well",
    leads: true,
    problems: [expect.stringMatching(/^broken\.ts:2: .*0 99 \* \* \*/), fails],
  });

  await rm(join(workspace.root, "broken.ts"));
  await rm(join(workspace.root, "bad.txt"));
  expect(await until(() => told().length > 1, 20_000)).toBe(true);
  expect(told().at(-1)?.message).toBe("The sensor moody is well again.");
  const problems = async () => (await (await fetch(`${address()}/healthz`)).json()).problems;
  expect(await until(async () => (await problems()).length === 0)).toBe(true);

  // That definitions are loaded is told when they are other ones, each state of a run once.
  const loads = () => lines().filter(line => line.message === "Definitions are loaded.").length;
  const before = loads();
  await writeFile(join(workspace.root, "notes.json"), "{}");
  expect((await workspace.millrace("materialize", "quick")).code).toBe(0);
  expect(await until(() => lines().some(line => line.status === "succeeded"))).toBe(true);
  expect(loads()).toBe(before);
  const asset =
    'import { asset } from "millrace";\nexport const other = asset("other", { materialize: () => {} });\n';
  await writeFile(join(workspace.root, "other.ts"), asset);
  expect(await until(() => loads() > before, 30_000)).toBe(true);
  await rm(join(workspace.root, "other.ts"));

  // What millrace.json says counts from the start on; what becomes of it is told.
  const ofSettings = () => lines().flatMap(it => (/millrace\.json/.test(it.message) ? [it.message] : []));
  const broken = "millrace.json:2 is not valid JSON: ";
  await workspace.write("millrace.json", '{\n  "pools": { "db": 2 ');
  expect(await until(() => ofSettings().length > 0)).toBe(true);
  expect(await problems()).toEqual([expect.stringMatching(broken)]);
  await workspace.write("millrace.json", '{ "pools": { "db": 2 } }');
  expect(await until(() => ofSettings().length > 2)).toBe(true);
  await rm(join(workspace.root, "millrace.json"));
  expect(await until(() => ofSettings().length > 3)).toBe(true);
  expect(ofSettings()).toEqual([
    expect.stringMatching(`^${broken}.* What it said before stays in force\\.$`),
    "millrace.json can be read again.",
    "millrace.json has changed. Start this process again to have it in force.",
    "millrace.json says again what is in force.",
  ]);
  expect(await problems()).toEqual([]);
  // The line of a failed run says what failed, and where.
  await writeFile(
    join(workspace.root, "fails.ts"),
    'import { asset } from "millrace";\nexport const fails = asset("fails", { materialize: () => { throw new Error("out of luck"); } });\n',
  );
  expect((await workspace.millrace("materialize", "fails")).code).toBe(1);
  const failed = () => lines().find(line => line.status === "failed")?.message;
  expect(await until(() => failed() !== undefined)).toBe(true);
  expect(failed()).toMatch(/^Run \d+ failed\. fails: fails\.ts:2: out of luck$/);
  await rm(join(workspace.root, "fails.ts"));
  daemon.kill("SIGTERM");
  await daemon.ended;
  const ofRuns = lines().flatMap(line => (line.status ? [line.message] : []));
  expect(ofRuns).toContainEqual(expect.stringMatching(/^Run \d+ succeeded\.$/));
  expect(new Set(ofRuns).size).toBe(ofRuns.length);
});

test("a call of a webhook is written down before it is answered, and handed to its sensor once", async () => {
  process.env.PUSHED_TOKEN = "open sesame";
  const daemon = workspace.start("daemon", "--health-port", "0");
  expect(await until(() => daemon.stdout().includes("Definitions are loaded."), 30_000)).toBe(true);
  const { health } = JSON.parse(
    daemon
      .stdout()
      .split("\n")
      .find(line => line.includes('"health"')) ?? "",
  );
  const call = (headers: Record<string, string>, body = '{"day":1}') =>
    fetch(`${health}/webhooks/pushed`, { method: "POST", headers, body });
  const authorization = "Bearer open sesame";
  expect((await call({})).status).toBe(401);
  expect((await call({ authorization: "Bearer guess" })).status).toBe(401);
  expect((await fetch(`${health}/webhooks/other`, { method: "POST" })).status).toBe(404);
  expect((await call({ authorization }, "x".repeat(300_000))).status).toBe(413);

  const first = await call({ authorization, "idempotency-key": "one" });
  expect([first.status, await first.json()]).toEqual([202, { received: true }]);
  const again = await call({ authorization, "idempotency-key": "one" });
  expect([again.status, await again.json()]).toEqual([202, { received: false }]);
  const runs = () => workspace.query("select id from millrace.run where requested_by = 'sensor pushed'");
  expect(await until(async () => (await runs()).length === 1)).toBe(true);
  expect(
    await workspace.query(
      "select log -> 0 ->> 'message' as said from millrace.tick where status = 'requested'",
    ),
  ).toEqual([{ said: "day 1" }]);
  daemon.kill("SIGTERM");
  expect((await daemon.ended).code).toBe(0);
  expect((await runs()).length).toBe(1);
  expect(await workspace.query("select id from millrace.webhook_call")).toEqual([]);
});

test("a worker takes what is dispatched and evaluates nothing", async () => {
  const worker = workspace.start("worker", "--health-port", "0");
  expect(await until(() => worker.stdout().includes("Definitions are loaded."), 30_000)).toBe(true);
  const { health } = JSON.parse(
    worker
      .stdout()
      .split("\n")
      .find(line => line.includes('"health"')) ?? "",
  );
  expect((await (await fetch(`${health}/healthz`)).json()).leads).toBe(false);
  expect((await workspace.millrace("materialize", "slow")).code).toBe(0);
  worker.kill("SIGINT");
  expect((await worker.ended).code).toBe(0);
});

test("a model that is saved in a dbt project beside the workspace is noticed at once", async () => {
  const shop = await writeProject({
    "dbt_project.yml": 'name: shop\nversion: "1.0"\nprofile: shop\n',
    "models/clean.sql": "select 1 as id",
  });
  await workspace.write("millrace.json", JSON.stringify({ dbt: { project: shop.root } }));
  const daemon = workspace.start("daemon");
  const loads = () =>
    daemon
      .stdout()
      .split("\n")
      .filter(line => line.includes("Definitions are loaded."))
      .map(line => JSON.parse(line).assets as number);
  expect(await until(() => loads().length === 1)).toBe(true);
  await shop.write("models/mart.sql", "select * from {{ ref('clean') }}");
  expect(await until(() => loads().length === 2, 20_000)).toBe(true);
  expect(loads()[1]).toBe((loads()[0] ?? 0) + 1);
  daemon.kill("SIGTERM");
  await daemon.ended;
  await shop.remove();
});

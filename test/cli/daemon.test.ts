import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, runRequest, webhook } from "millrace";
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
  expect(await until(() => lines().some(line => line.message === "Definitions are loaded."))).toBe(true);
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
}, 60_000);

test("a call of a webhook is written down before it is answered, and handed to its sensor once", async () => {
  process.env.PUSHED_TOKEN = "open sesame";
  const daemon = workspace.start("daemon", "--health-port", "0");
  expect(await until(() => daemon.stdout().includes("Definitions are loaded."))).toBe(true);
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
}, 60_000);

test("a worker takes what is dispatched and evaluates nothing", async () => {
  const worker = workspace.start("worker", "--health-port", "0");
  expect(await until(() => worker.stdout().includes("Definitions are loaded."))).toBe(true);
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
}, 60_000);

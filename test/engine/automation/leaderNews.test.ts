import { afterAll, beforeAll, expect, test } from "vitest";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, schedule } from "millrace";
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      export const nightly = schedule("nightly", { cron: "0 3 * * *", assets: [report] });`,
  });
});

afterAll(() => workspace?.remove());

test("whoever watches hears at once that a daemon leads, that something was switched, and that it left", async () => {
  let news = 0;
  const heard = async (what: () => Promise<unknown>) => {
    const before = news;
    await what();
    expect(await until(async () => news > before)).toBe(true);
  };
  const watcher = await workspace.engine({ client: { automationsChanged: () => void news++ } });
  expect((await watcher.daemonStatus()).leader).toBeNull();

  let daemon = await workspace.engine({ automation: true, name: "daemon" });
  await heard(() => daemon.definitions());
  expect((await watcher.daemonStatus()).leader).toMatchObject({ name: "daemon", pid: process.pid });

  await heard(() => watcher.switchAutomation({ kind: "schedule", name: "nightly" }, "off"));
  await heard(() => daemon.stop());
  expect((await watcher.daemonStatus()).leader).toBeNull();

  // Renewing the lease is no news.
  daemon = await workspace.engine({ automation: true, name: "daemon", timing: { lease: 300 } });
  await heard(() => daemon.definitions());
  const before = news;
  await new Promise(resolve => setTimeout(resolve, 600));
  expect(news).toBe(before);
  await daemon.stop();
});

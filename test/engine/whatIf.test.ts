import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const hour = 3_600_000;
const report = "report" as AssetKey;

const rules = `
  import { eager, onCron } from "millrace";
  export const ruleOfReport = eager();
  export const another = onCron("0 12 * * *");`;

const assets = (rule: string) => `
  import { asset, eager, onCron } from "millrace";
  import { ruleOfReport, another } from "./rules.ts";
  export const raw = asset("raw", { materialize: () => [{ n: 1 }] });
  export const report = asset("report", {
    inputs: { raw },
    automation: ${rule},
    materialize: ({ raw }) => raw,
  });`;

let workspace: TestWorkspace;
let engine: Engine;
let now = Date.now() - 4 * hour;

beforeAll(async () => {
  workspace = await testWorkspace({ "rules.ts": rules, "assets.ts": assets("ruleOfReport") });
  engine = await workspace.engine({ automation: true, clock: () => now });
  await engine.definitions();
  await until(async () => (await engine.why(report)).isWatched);
  for (let made = 1; made <= 3; made++) {
    const { runId } = await engine.materialize({ selection: "raw", requestedBy: "test" });
    await engine.waitForRun(runId);
    await until(async () => (await launched()) === made);
  }
  now = Date.now() + 60_000;
});

afterAll(() => workspace?.remove());

async function launched() {
  const rows = await workspace.query(
    "select from millrace.run where requested_by = 'condition report' and status = 'succeeded'",
  );
  return rows.length;
}

const simulate = (unsaved: Record<string, string> = {}, file: string | null = null) =>
  engine.simulateCondition(report, { days: 1, unsaved, file });

test("the rule that is saved is played beside what it launched", async () => {
  const played = await simulate();
  expect(played).toMatchObject({ launched: 3, isUnsaved: false, automation: "eager" });
  // The updates came within moments; a look may see several of them.
  expect(played.wouldLaunch).toBeGreaterThan(0);
});

test("a rule that is typed and not saved is played as it is typed, and nothing of it counts", async () => {
  const typed = assets(`onCron("0 0 1 1 *")`);
  expect(await simulate({ "assets.ts": typed })).toMatchObject({
    wouldLaunch: 0,
    launched: 3,
    isUnsaved: true,
    automation: 'on cron "0 0 1 1 *"',
  });
  expect(await readFile(join(workspace.root, "assets.ts"), "utf8")).toBe(assets("ruleOfReport"));
  expect((await engine.why(report)).automation).toBe("eager");
  expect((await simulate()).isUnsaved).toBe(false);
});

test("a rule that is typed in another file than its asset is played too", async () => {
  const typed = rules.replace("ruleOfReport = eager()", 'ruleOfReport = onCron("0 0 1 1 *")');
  expect(await simulate({ "rules.ts": typed })).toMatchObject({ wouldLaunch: 0, isUnsaved: true });
});

test("the inputs of an asset are played as they are typed, also those that come with the same edit", async () => {
  const typed = assets("eager()")
    .replace(
      "export const report",
      'export const quiet = asset("quiet", { materialize: () => [] });\nexport const report',
    )
    .replace("inputs: { raw }", "inputs: { quiet }")
    .replace("({ raw }) => raw", "({ quiet }) => quiet");
  expect(await simulate({ "assets.ts": typed })).toMatchObject({ wouldLaunch: 0, isUnsaved: true });
  const both = typed.replace("inputs: { quiet }", "inputs: { quiet }, deps: [raw]");
  const missing = await simulate({
    "assets.ts": both.replace("eager()", "anyDepsUpdated()").replace("onCron }", "onCron, anyDepsUpdated }"),
  });
  expect(missing.wouldLaunch).toBeGreaterThan(0);
  expect((await simulate()).wouldLaunch).toBeGreaterThan(0);
});

test("half a rule is refused with its line; so is a text in which the asset or its rule is gone", async () => {
  await expect(simulate({ "assets.ts": assets("onCron(") })).rejects.toThrow(/^assets\.ts:7: Unexpected/);
  await expect(simulate({ "assets.ts": assets('onCron("61 0 * * *")') })).rejects.toThrow(
    /^assets\.ts:7: .*minute/s,
  );
  await expect(
    simulate({ "assets.ts": assets("eager()").replace('asset("report"', 'asset("other"') }),
  ).rejects.toThrow('assets.ts gives no condition to "report".');
});

test("what is typed leaves no more than a few files behind, however long somebody types", async () => {
  for (let at = 1; at <= 8; at++) await simulate({ "assets.ts": assets(`onCron("${at} 0 1 1 *")`) });
  const left = await readdir(join(workspace.root, ".millrace", "other-definitions"));
  expect(left.length).toBeLessThanOrEqual(7);
});

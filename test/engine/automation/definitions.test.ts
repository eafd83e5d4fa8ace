import { afterAll, beforeAll, expect, test } from "vitest";
import type { ScannedGraph } from "../../../src/model/assetGraph.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let graph: ScannedGraph;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `
      import { asset, assetMatches, eager, missing } from "millrace";
      const name = "raw/" + "oders";
      export const orders = asset("raw/orders", { materialize: () => [] });
      export const report = asset("report", { automation: assetMatches(name, missing()), materialize: () => [] });
      export const other = asset("other", { automation: eager().ignore("raw/oders"), materialize: () => [] });`,
    "good.ts": `
      import { schedule, sensor } from "millrace";
      import { orders } from "./assets.ts";
      const at = () => "0 " + "6 * * *";
      export const nightly = schedule("nightly", { cron: at(), assets: [orders] });
      export const poll = sensor("poll", { run: () => {} });`,
    "badCron.ts": `
      import { schedule } from "millrace";
      const at = () => "0 " + "25 * * *";
      export const never = schedule("never", { cron: at(), selection: "*" });`,
    "badRule.ts": `
      import { asset, onCron } from "millrace";
      const zone = "Mars/" + "Olympus";
      export const x = asset("x", { automation: onCron("0 6 * * *", { timezone: zone }), materialize: () => [] });`,
    "badFreshness.ts": `
      import { asset, freshWithin } from "millrace";
      const time = () => "3 " + "s";
      export const y = asset("y", { freshness: freshWithin(time()), materialize: () => [] });`,
    "twice.ts": `
      import { sensor } from "millrace";
      const name = "po" + "ll";
      export const again = sensor(name, { run: () => {} });`,
    "unknown.ts": `
      import { assetSensor, schedule, sensor } from "millrace";
      const name = "raw/" + "oders";
      export const a = schedule("a", { cron: "0 6 * * *", assets: [name] });
      export const b = assetSensor("b", { asset: name, assets: ["report"] });
      export const c = sensor("c", { selection: "group:" + "nowhere", run: () => {} });`,
  });
  const engine = await workspace.engine();
  graph = await engine.definitions();
});

afterAll(() => workspace?.remove());

const problemsIn = (file: string) =>
  graph.problems.filter(it => it.file === file).map(it => `${it.severity} ${it.line} ${it.message}`);

test("what only shows when it is loaded is told with its line, and disables its own file only", () => {
  expect(problemsIn("badCron.ts")).toEqual([
    expect.stringMatching(/^error 4 .*The schedule "never" is never due.*"25" is no hour/s),
  ]);
  expect(problemsIn("badRule.ts")).toEqual([
    expect.stringMatching(/^error 4 .*no time zone "Mars\/Olympus"/s),
  ]);
  expect(problemsIn("badFreshness.ts")).toEqual([expect.stringMatching(/^error 4 .*is 3\b.*60 seconds/s)]);
  expect(graph.assets.map(it => it.key).sort()).toEqual(["other", "raw/orders", "report"]);
});

test("of two with one name the first counts, and the second is told of it", () => {
  expect(problemsIn("twice.ts")).toEqual([
    'error 4 The name "poll" is already used at good.ts:6. Sensors and schedules have names of their own: rename one of the two.',
  ]);
  expect(graph.automations?.map(it => it.name).sort()).toEqual(["a", "b", "c", "nightly", "poll"]);
});

test("what nothing has is told of whoever names it, with what was meant", () => {
  expect(problemsIn("unknown.ts")).toEqual([
    'warning 4 The schedule "a" makes what is not there. There is no asset "raw/oders". Did you mean "raw/orders"?',
    'warning 5 The sensor "b" waits for "raw/oders", which nothing declares. Did you mean "raw/orders"?',
    expect.stringMatching(/^warning 6 The sensor "c" makes nothing by it\. .*nowhere/),
  ]);
  expect(problemsIn("assets.ts").sort()).toEqual([
    'warning 5 The condition of "report" asks about "raw/oders", which nothing declares. Did you mean "raw/orders"?',
    'warning 6 The condition of "other" chooses what is not there. There is no asset "raw/oders". Did you mean "raw/orders"?',
  ]);
});

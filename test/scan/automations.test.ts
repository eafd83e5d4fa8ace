import { expect, test } from "vitest";
import type { AutomationNode } from "../../src/model/automationNode.ts";
import { triggerInWords } from "../../src/model/automationWords.ts";
import { graphOf } from "./drawGraph.ts";

const draw = ({ kind, name, file, line, trigger, on, selection }: AutomationNode) =>
  `${file}:${line} ${kind} ${name}: ${triggerInWords(trigger)}${on ? "" : ", off"} → ${selection}`;

test("sensors and schedules are listed from text, with their places, triggers and assets", () => {
  const graph = graphOf({
    "assets.ts": `
      import { asset } from "millrace";
      export const orders = asset("raw/orders", { materialize: () => [] });`,
    "sensors.ts": `
      import { assetSensor, fileSensor, postgresNotifySensor, runStatusSensor, schedule, sensor, webhook } from "millrace";
      import { orders } from "./assets.ts";
      const seconds = "90 s";
      export const poll = sensor("poll", { assets: [orders], every: seconds, run: () => {} });
      export const drops = fileSensor("drops", { files: ["in/*.csv", "in/*.json"], assets: ["raw/orders"] });
      export const told = postgresNotifySensor("told", { channel: "orders", selection: "group:x", on: false });
      export const alarm = runStatusSensor("alarm", { status: "failed", run: () => {} });
      export const pushed = webhook("pushed", { token: { env: "TOKEN" }, assets: [orders] });
      export const morning = schedule("morning", { cron: ["0 6 * * *", "0 18 * * *"], timezone: "Europe/Berlin", assets: [orders] });
      export const computed = schedule("computed", { cron: process.env.CRON, assets: [orders] });`,
  });
  expect(graph.problems).toEqual([]);
  expect(graph.automations?.map(draw)).toEqual([
    "sensors.ts:5 sensor poll: every 1 min 30 s → raw/orders",
    "sensors.ts:6 sensor drops: files in/*.csv, in/*.json → raw/orders",
    "sensors.ts:7 sensor told: NOTIFY orders, off → group:x",
    "sensors.ts:8 sensor alarm: after runs that are failed → null",
    "sensors.ts:9 sensor pushed: calls of /webhooks → raw/orders",
    "sensors.ts:10 schedule morning: 0 6 * * * | 0 18 * * * (Europe/Berlin) → raw/orders",
    "sensors.ts:11 schedule computed: known when the code is loaded → raw/orders",
  ]);
});

test("two with one name are a problem at the second; a computed name is left to the loaded definitions", () => {
  const { problems, automations } = graphOf({
    "a.ts": `import { sensor } from "millrace";\nexport const a = sensor("poll", { run: () => {} });`,
    "b.ts": `import { sensor } from "millrace";\nexport const b = sensor("poll", { run: () => {} });\nexport const c = sensor("x" + 1, { run: () => {} });`,
  });
  expect(automations?.map(it => it.name)).toEqual(["poll"]);
  expect(problems.map(it => `${it.severity} ${it.file}:${it.line}:${it.column} ${it.message}`)).toEqual([
    'error b.ts:2:25 The name "poll" is already used at a.ts:2. Sensors and schedules have names of their own: rename one of the two.',
    "info b.ts:3:25 The name of this sensor is computed, so the scan leaves it out. The loaded definitions will decide; write it as a literal to see it here.",
  ]);
});

const told = (files: Record<string, string>) =>
  graphOf(files).problems.map(it => `${it.severity} ${it.file}:${it.line}:${it.column} ${it.message}`);

test("a literal that can only be wrong is an error where it is written", () => {
  const sensors = `import { assetSensor, fileSensor, postgresNotifySensor, runStatusSensor, schedule, sensor, webhook } from "millrace";
export const a = sensor("new orders", { every: "often", run: () => {} });
export const b = sensor("b", { every: "0.5 s", selection: "group:", run: () => {} });
export const c = schedule("c", { cron: ["0 6 * * *", "0 25 * * *"], timezone: "Mars/Olympus", selection: "*" });
export const d = fileSensor("d", { files: ["../in/*.csv"], settle: "soon", selection: "*" });
export const e = runStatusSensor("e", { status: ["failed", "broken"], run: () => {} });
export const f = webhook("f", { token: "s3cret", selection: "*" });
export const g = postgresNotifySensor("g", { channel: "x", database: "postgres://me:s3cret@db/x", selection: "*" });
export const h = assetSensor("h", { asset: "raw//orders", selection: "*" });
export const i = sensor("i", { assets: ["raw//orders"], run: () => {} });`;
  const problems = told({ "sensors.ts": sensors });
  expect(problems.map(it => it.replace(/^error sensors.ts:/, ""))).toEqual([
    '2:25 "new orders" is no name. Write letters, digits, "_", "-" and ".", such as "new_orders".',
    '2:48 "every" of sensor "new orders" is "often". Write a time such as "30 s" or "24 h".',
    '3:39 "every" of sensor "b" is "0.5 s". Write 1 s or more.',
    expect.stringMatching(/^3:59 .*group/),
    expect.stringMatching(/^4:54 In the cron "0 25 \* \* \*" .*hour/),
    expect.stringMatching(/^4:79 There is no time zone "Mars\/Olympus"/),
    '5:44 "files" of sensor "d" leads out of the workspace. Write it relative to the root: "incoming/*.csv".',
    '5:68 "settle" of sensor "d" is "soon". Write a time such as "30 s" or "24 h".',
    '6:60 "status" of sensor "e" is "broken". Write "succeeded", "failed", "canceled", or several of them.',
    '7:40 "token" of sensor "f" names no environment variable. Write { env: "PUSHED_TOKEN" }.',
    '8:70 "database" of sensor "g" names no environment variable. Write { env: "ORDERS_URL" }.',
    expect.stringMatching(/^9:44 .*empty component/),
    expect.stringMatching(/^10:41 .*empty component/),
  ]);
  expect(problems.join()).not.toContain("s3cret");
});

test("so is a literal of a condition or of a policy of freshness", () => {
  const rules = `import { and, asset, assetMatches, cronTickPassed, freshBy, freshWithin, inLatestTimeWindow, missing, onCron } from "millrace";
export const a = asset("a", { automation: onCron("0 6 * *"), freshness: freshWithin("30 s") });
export const b = asset("b", { automation: cronTickPassed("0 6 * * *", { timezone: "Berlin" }), freshness: freshWithin("1 day", { warn: "never" }) });
export const c = asset("c", { automation: inLatestTimeWindow("seven days"), freshness: freshBy("9 o'clock", { lowerBound: "1 s" }) });
const wrong = "0 6 31 2 *";
export const d = asset("d", { automation: and(missing(), onCron(wrong), onCron(process.env.CRON), assetMatches("b", missing())) });`;
  expect(told({ "rules.ts": rules }).map(it => it.replace(/^error rules.ts:/, ""))).toEqual([
    expect.stringMatching(/^2:50 The cron "0 6 \* \*" has 4 fields/),
    '2:85 The time of freshWithin() is "30 s". Write 60 s or more.',
    expect.stringMatching(/^3:83 There is no time zone "Berlin"/),
    '3:136 "warn" of freshWithin() is "never". Write a time such as "30 s" or "24 h".',
    '4:62 The lookback of inLatestTimeWindow() is "seven days". Write a time such as "30 s" or "24 h".',
    expect.stringMatching(/^4:96 The cron "9 o'clock"/),
    '4:123 "lowerBound" of freshBy() is "1 s". Write 60 s or more.',
    expect.stringMatching(/^6:65 .*"0 6 31 2 \*"/),
  ]);
});

test("an asset that no file declares is a warning at its key, with the one that was meant", () => {
  const files = {
    "assets.ts": `import { asset } from "millrace";
export const orders = asset("raw/orders", {});`,
    "sensors.ts": `import { and, asset, assetMatches, assetSensor, missing, schedule } from "millrace";
export const a = schedule("a", { cron: "0 6 * * *", assets: ["raw/orders", "raw/oders"] });
export const b = assetSensor("b", { asset: "raw/order", assets: ["raw/orders"] });
export const c = asset("c", { automation: assetMatches("stations", missing()) });`,
  };
  expect(told(files)).toEqual([
    'warning sensors.ts:2:76 An asset of schedule "a" is "raw/oders", which no file declares. Did you mean "raw/orders"?',
    'warning sensors.ts:3:44 The asset that sensor "b" waits for is "raw/order", which no file declares. Did you mean "raw/orders"?',
    'warning sensors.ts:4:56 The asset that assetMatches() asks about is "stations", which no file declares. Correct the key, or declare it.',
  ]);
});

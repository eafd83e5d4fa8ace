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

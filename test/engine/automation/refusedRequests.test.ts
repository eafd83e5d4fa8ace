import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;
const told: string[] = [];

beforeAll(async () => {
  workspace = await testWorkspace({
    "days.txt": "2026-01-02 2025-12-31 2026-01-40",
    "assets.ts": `
      import { readFileSync } from "node:fs";
      import { asset, dailyPartitions, runRequest, sensor } from "millrace";
      export const visits = asset("visits", {
        partitions: dailyPartitions({ start: "2026-01-01", end: "2026-02-01" }),
        materialize: () => [{ n: 1 }],
      });
      export const days = sensor("days", {
        every: "1 s",
        assets: [visits],
        run: ({ cursor, setCursor }) => {
          const text = readFileSync(new URL("./days.txt", import.meta.url), "utf8");
          if (text === cursor) return;
          setCursor(text);
          return text.split(" ").map(day => runRequest({ key: day, partition: day }));
        },
      });`,
  });
  engine = await workspace.engine({
    automation: true,
    client: { logged: (_, lines) => void told.push(...lines.map(it => it.message)) },
  });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const cursors = () => workspace.query("select cursor from millrace.automation");
const runs = () => workspace.query("select selection from millrace.run");

test("of a tick all requests are named that cannot be run, with what there is; nothing of it happens", async () => {
  expect(await until(() => told.length > 0)).toBe(true);
  expect(told[0]?.split("\n")).toEqual([
    "The sensor days fails: 2 of 3 requests cannot be run, and nothing else of this tick is until they are left out or corrected:",
    'with the key "2025-12-31": visits: There is no partition "2025-12-31": it is before the first one. There are 2026-01-01 … 2026-01-31 (31).',
    'with the key "2026-01-40": visits: There is no partition "2026-01-40". There are 2026-01-01 … 2026-01-31 (31).',
  ]);
  expect(await until(async () => (engine.automationState()?.loops[1]?.failures ?? 0) >= 2)).toBe(true);
  expect(await cursors()).toEqual([{ cursor: null }]);
  expect(await runs()).toEqual([]);
});

test("when they are corrected, all of it is run at once", async () => {
  await workspace.write("days.txt", "2026-01-02 2026-01-03");
  expect(await until(async () => (await runs()).length === 2)).toBe(true);
  expect(await cursors()).toEqual([{ cursor: "2026-01-02 2026-01-03" }]);
  expect(await until(() => told.length === 2)).toBe(true);
  expect(told[1]).toBe("The sensor days is well again.");
});

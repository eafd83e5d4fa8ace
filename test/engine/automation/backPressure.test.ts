import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "sensors.ts": `
      import { appendFileSync, existsSync } from "node:fs";
      import { asset, runRequest, sensor } from "millrace";
      const file = (name: string) => new URL("./" + name, import.meta.url);
      export const slow = asset("slow", {
        materialize: async ({}, { signal }) => {
          while (!existsSync(file("open"))) {
            signal.throwIfAborted();
            await new Promise(resolve => setTimeout(resolve, 50));
          }
          return [{ n: 1 }];
        },
      });
      export const quick = asset("quick", { materialize: () => [{ n: 1 }] });
      export const pushes = sensor("pushes", {
        every: "1 s",
        assets: [slow],
        run: ({ cursor, setCursor }) => {
          appendFileSync(file("evaluated.txt"), "x");
          const count = Number(cursor ?? 0) + 1;
          setCursor(String(count));
          return runRequest({ key: String(count) });
        },
      });
      export const other = sensor("other", { every: "1 s", assets: [quick], run: () => runRequest() });`,
  });
  engine = await workspace.engine({ automation: true, automationLimits: { queuedRuns: 3 } });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const evaluated = async () =>
  (await readFile(join(workspace.root, "evaluated.txt"), "utf8").catch(() => "")).length;
const lastTick = async (name: string) => (await engine.ticks({ kind: "sensor", name }, 1))[0];
const runs = (status: string) =>
  workspace.query<{ run_key: string }>(
    "select from millrace.run where requested_by = 'sensor pushes' and status = $1",
    [status],
  );
const waits = "waits until fewer than 3 of its runs are queued";

test("a sensor with too many runs that nobody has begun is not evaluated, and its history says why", async () => {
  expect(await until(async () => (await lastTick("pushes"))?.reason === waits)).toBe(true);
  expect(await runs("queued")).toHaveLength(3);
  const [before, since] = [await evaluated(), await lastTick("pushes")];
  expect(since).toMatchObject({ status: "skipped", runIds: [], error: null });
  expect(since?.cursorAfter).toBe(String(before));
  // It is looked at again and again meanwhile, and the one row of its history counts that.
  expect(await until(async () => ((await lastTick("pushes"))?.evaluations ?? 0) > 3)).toBe(true);
  expect((await lastTick("pushes"))?.id).toBe(since?.id);
  expect(await evaluated()).toBe(before);
  expect(await runs("queued")).toHaveLength(3);
});

test("the others go on meanwhile", async () => {
  const count = async () => (await engine.ticks({ kind: "sensor", name: "other" }, 100)).length;
  const before = await count();
  expect(await until(async () => (await count()) > before + 1)).toBe(true);
});

test("as soon as there is room it goes on from its cursor: nothing is lost and nothing comes twice", async () => {
  const before = await evaluated();
  await writeFile(join(workspace.root, "open"), "");
  expect(await until(async () => (await evaluated()) > before)).toBe(true);
  expect(await until(async () => (await runs("succeeded")).length > before)).toBe(true);
  const keys = await workspace.query<{ key: string }>(
    "select key from millrace.run_key where automation = 'pushes' order by key::int",
  );
  expect(keys.map(it => it.key)).toEqual(keys.map((_, i) => String(i + 1)));
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../../src/engine/engine.ts";
import { until } from "../../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await testWorkspace({
    "resources.ts": `
      import { appendFileSync } from "node:fs";
      import { resource } from "millrace";
      export const tell = (line: string) => appendFileSync(new URL("./told.txt", import.meta.url), line + "\\n");
      export const api = resource("api", {
        open: async () => ({ newest: async () => "7" }),
        close: () => tell("api closed"),
      });
      export const socket = resource("socket", {
        open: () => { tell("socket opened"); return { port: 80 }; },
        close: ({ port }) => tell("socket " + port + " closed"),
      });
      export const locked = resource("locked", { open: () => { throw new Error("the door is locked"); } });
      export const sticky = resource("sticky", { open: () => 1, close: () => { throw new Error("it sticks"); } });`,
    "sensors.ts": `
      import { asset, runRequest, schedule, sensor } from "millrace";
      import { api, locked, socket, sticky, tell } from "./resources.ts";
      export const report = asset("report", { materialize: () => [{ id: 1 }] });
      export const reads = sensor("reads", {
        every: "1 s",
        assets: [report],
        resources: { api, socket, again: socket },
        run: async function* ({ resources: { api, socket, again }, cursor, setCursor }) {
          const newest = await api.newest();
          if (newest === cursor) return;
          setCursor(newest);
          tell("asked " + newest + ", " + socket.port + ", " + (again === socket));
          yield runRequest({ key: newest });
        },
      });
      export const throws = sensor("throws", {
        every: "1 min",
        resources: { api },
        run: () => { throw new Error("no luck"); },
      });
      export const refused = sensor("refused", { every: "1 min", resources: { api, locked }, run: () => {} });
      export const sticks = sensor("sticks", {
        every: "1 min",
        assets: [report],
        resources: { sticky },
        run: () => runRequest({ key: "sticks" }),
      });
      export const hangs = sensor("hangs", {
        every: "1 s",
        resources: { socket },
        run: async ({ signal }) => {
          tell("hangs");
          await new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("told to stop"))));
        },
      });
      export const yearly = schedule("yearly", {
        cron: "0 0 1 1 *",
        assets: [report],
        resources: { api },
        run: async ({ resources }) => runRequest({ key: await resources.api.newest() }),
      });`,
  });
  engine = await workspace.engine({ automation: true, automationLimits: { evaluationMs: 2_500 } });
  await engine.definitions();
});

afterAll(() => workspace?.remove());

const told = async () =>
  (await readFile(join(workspace.root, "told.txt"), "utf8").catch(() => "")).split("\n");

async function lastTick(name: string) {
  const [tick] = await engine.ticks({ kind: "sensor", name }, 1);
  return tick;
}

test("a sensor works with its resources, each opened once for a tick and closed after it in reverse", async () => {
  expect(await until(async () => (await told()).includes("asked 7, 80, true"))).toBe(true);
  const lines = await told();
  const at = lines.indexOf("asked 7, 80, true");
  expect(await until(async () => (await told()).length > at + 3)).toBe(true);
  const around = (await told()).filter(it => !it.includes("hangs")).slice(0, -1);
  expect(around).toContain("socket opened");
  expect(around.slice(around.indexOf("asked 7, 80, true") + 1)).toContain("socket 80 closed");
  expect(await until(async () => (await lastTick("reads"))?.cursorAfter === "7")).toBe(true);
});

test("they are closed when the function throws or is stopped, and the tick says what failed", async () => {
  expect(await until(async () => (await lastTick("throws"))?.error?.message === "no luck")).toBe(true);
  expect(await until(async () => (await lastTick("hangs"))?.status === "failed")).toBe(true);
  expect((await lastTick("hangs"))?.error?.message).toMatch(/^It did not end within 2.5 s/);
  const opened = () => told().then(it => it.filter(line => line === "socket opened").length);
  const closed = () => told().then(it => it.filter(line => line === "socket 80 closed").length);
  // Both sensors go on, so each may have one open just now.
  expect((await opened()) - (await closed())).toBeLessThanOrEqual(2);
  expect(await closed()).toBeGreaterThan(2);
});

test("a resource that cannot be opened is named, with its place; those before it are closed", async () => {
  expect(await until(async () => (await lastTick("refused"))?.status === "failed")).toBe(true);
  expect((await lastTick("refused"))?.error).toMatchObject({
    message: 'The resource "locked" could not be opened: the door is locked',
    file: "resources.ts",
    line: 13,
  });
});

test("one that cannot be closed takes nothing back: the run is requested, and the log says it", async () => {
  expect(await until(async () => (await lastTick("sticks"))?.status === "requested")).toBe(true);
  expect((await lastTick("sticks"))?.log.map(it => it.message)).toEqual([
    'The resource "sticky" could not be closed: it sticks',
  ]);
});

test("a test tick opens them too, and a schedule has them", async () => {
  const tested = await engine.testTick({ kind: "schedule", name: "yearly" });
  expect(tested).toMatchObject({ status: "requested", error: null });
  expect(tested.requests.map(it => it.key?.split(" ")[1])).toEqual(["7"]);
});

test("a daemon that is stopped lets a sensor that goes on close what it opened", async () => {
  const hanging = async () => (await told()).filter(it => it === "hangs").length;
  const before = await hanging();
  expect(await until(async () => (await hanging()) > before, 30_000)).toBe(true);
  await engine.stop();
  const lines = await told();
  expect(lines.filter(it => it === "socket opened").length).toBe(
    lines.filter(it => it === "socket 80 closed").length,
  );
});

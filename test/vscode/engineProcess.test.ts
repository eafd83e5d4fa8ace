import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import type { EngineClient } from "../../src/protocol/engine.ts";
import {
  createEngineProcess,
  type EngineProcess,
  type EngineStatus,
} from "../../src/vscode/engineProcess.ts";

const program = fileURLToPath(new URL("fixtures/engine.ts", import.meta.url));

let engine: EngineProcess | undefined;
afterEach(() => engine?.stop());

describe("the engine's process", () => {
  test("is started by the first question, and by that only", async () => {
    const { statuses, started } = watch("answers");
    expect(started()).toBe(0);
    await Promise.all([engine?.ask(host => host.runs(5)), engine?.ask(host => host.runs(5))]);
    expect(await engine?.ask(host => host.runs(5))).toEqual([]);
    expect(started()).toBe(1);
    expect(statuses).toEqual(["starting", "running"]);
  });

  test("tells its news unasked, and what it prints goes to the log", async () => {
    const { log, news } = watch("answers");
    await engine?.ask(host => host.runs(5));
    await until(() => news.length > 0);
    expect(news).toEqual(["assetStatesChanged"]);
    expect(log).toContain("behaves: answers");
  });

  test("is started again after it died, and the question it left open is answered by a sentence", async () => {
    const { statuses, started, log } = watch("answers", { restartDelaysMs: [10] });
    const open = engine?.ask(host => host.doctor());
    open?.catch(() => {});
    await expect(engine?.ask(host => host.cancelRun("1"))).rejects.toThrow(/ended before it answered/);
    await expect(open).rejects.toThrow(/ended before it answered/);
    await until(() => engine?.status() === "running");
    expect(started()).toBe(2);
    expect(statuses).toEqual(["starting", "running", "crashed", "starting", "running"]);
    expect(log).toContain("The engine ended unexpectedly: exit code 7.");
  });

  test("is not started again and again when it keeps dying", async () => {
    const { started } = watch("answers", { restartDelaysMs: [10] });
    await engine?.ask(host => host.cancelRun("1")).catch(() => {});
    await until(() => engine?.status() === "running");
    await engine?.ask(host => host.cancelRun("1")).catch(() => {});
    await until(() => engine?.status() === "crashed");
    await new Promise(resolve => setTimeout(resolve, 100));
    expect(started()).toBe(2);
    await engine?.ask(host => host.runs(5));
    expect(started()).toBe(3);
  });

  test("says its last words when it cannot start", async () => {
    watch("cannot start");
    await expect(engine?.ask(host => host.runs(5))).rejects.toThrow(/exit code 3.*behaves: cannot start/s);
    expect(engine?.status()).toBe("crashed");
  });

  test("that speaks another version is refused, and the sentence says what to update", async () => {
    watch("speaks the future");
    await expect(engine?.ask(host => host.runs(5))).rejects.toThrow(
      /speaks version 99.*Update the extension/s,
    );
  });

  test("is not there when nothing may be started", async () => {
    const { statuses } = watch("answers", {
      launch: () => Promise.reject(new Error("This workspace is in Restricted Mode.")),
    });
    await expect(engine?.ask(host => host.runs(5))).rejects.toThrow("Restricted Mode");
    expect(statuses).toEqual(["crashed"]);
  });

  test("ends when told to, by force when it does not listen", async () => {
    const pids: number[] = [];
    for (const behaviour of ["answers", "does not stop"]) {
      watch(behaviour);
      pids.push((await engine?.ask(host => host.hello({ protocol: 1, name: "test" })))?.pid ?? 0);
      await engine?.stop();
    }
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow();
  });
});

function watch(behaviour: string, options: Partial<Parameters<typeof createEngineProcess>[0]> = {}) {
  const statuses: EngineStatus[] = [];
  const log: string[] = [];
  const news: string[] = [];
  const client: EngineClient = {
    runChanged: () => news.push("runChanged"),
    logged: () => news.push("logged"),
    assetStatesChanged: () => news.push("assetStatesChanged"),
    definitionsChanged: () => news.push("definitionsChanged"),
    backfillChanged: () => news.push("backfillChanged"),
    partitionsChanged: () => news.push("partitionsChanged"),
    ticksEnded: () => news.push("ticksEnded"),
    automationsChanged: () => news.push("automationsChanged"),
  };
  engine = createEngineProcess({
    launch: async () => ({
      command: process.execPath,
      args: [program, behaviour],
      cwd: process.cwd(),
      env: process.env,
    }),
    client,
    log: line => log.push(line),
    onStatus: status => statuses.push(status),
    restartDelaysMs: [],
    ...options,
  });
  return { statuses, log, news, started: () => statuses.filter(it => it === "starting").length };
}

async function until(condition: () => boolean) {
  while (!condition()) await new Promise(resolve => setTimeout(resolve, 5));
}

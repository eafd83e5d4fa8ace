import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { connect } from "../../src/protocol/channel.ts";
import type { EngineClient, EngineHost } from "../../src/protocol/engine.ts";
import { streamPort } from "../../src/protocol/streamPort.ts";
import { embeddedStatus } from "../../src/store/embedded/embedded.ts";
import { type RunningCommand, startCommand } from "../support/command.ts";
import { deafClient } from "../support/deafClient.ts";
import { type Project, writeProject } from "../support/project.ts";
import { until } from "../support/until.ts";

let project: Project;
let daemon: RunningCommand;

beforeAll(async () => {
  project = await writeProject({
    "assets.ts": `
      import { asset } from "millrace";
      export const quick = asset("quick", { materialize: () => [{ id: 1 }] });`,
  });
  daemon = start("daemon");
  expect(await until(() => told().includes("Definitions are loaded."), 60_000)).toBe(true);
}, 90_000);

afterAll(async () => {
  daemon?.kill("SIGKILL");
  await start("db", "stop").ended;
  await project?.remove();
});

/** With the workspace's own database, whatever the environment of the tests names. */
const start = (...args: string[]) => startCommand(project.root, args, { MILLRACE_DATABASE_URL: "" });

function told(): string[] {
  const lines = daemon.stdout().split("\n").filter(Boolean);
  return lines.map(it => JSON.parse(it).message as string);
}

const ofTheDatabase = () => told().filter(it => /database|looked after/.test(it));

const state = () => embeddedStatus(join(project.root, ".millrace"));

test("an embedded database that is killed is started again by whoever uses it, and both are told once", async () => {
  const { pid } = await state();
  process.kill(pid ?? Number.NaN, "SIGKILL");
  expect(await until(() => ofTheDatabase().length >= 2, 40_000), ofTheDatabase().join("\n")).toBe(true);
  expect(ofTheDatabase()).toEqual([
    expect.stringMatching(/^The embedded database is away: .+\. It is started again\.$/),
    expect.stringMatching(/^The database is back, after .+ m?s\.$/),
  ]);
  expect((await state()).pid).not.toBe(pid);
  expect((await start("materialize", "quick").ended).code).toBe(0);
  expect(await until(() => told().some(it => /^Run \d+ succeeded\.$/.test(it)))).toBe(true);
});

test("one that is stopped on purpose stays so until somebody starts it, and who waits for it is named", async () => {
  const before = ofTheDatabase().length;
  const { stdout } = await start("db", "stop").ended;
  expect(stdout).toContain(`The daemon ${daemon.pid} waits until it is started again.`);
  expect(await until(() => ofTheDatabase().length > before, 20_000)).toBe(true);
  await new Promise(resolve => setTimeout(resolve, 2_000));
  expect((await state()).state).toBe("stopped");
  expect((await start("db", "start").ended).code).toBe(0);
  expect(await until(() => ofTheDatabase().length >= before + 2, 20_000)).toBe(true);
  expect(ofTheDatabase().slice(before)).toEqual([
    'The embedded database was stopped by "millrace db stop". Nothing is begun until somebody starts it: "millrace db start".',
    expect.stringMatching(/^The database is back, after \d+(\.\d)? s\.$/),
  ]);
});

test("what somebody asks for in the editor starts it, too", async () => {
  const editor = spawn(process.execPath, [commandLine, "serve", "--root", project.root], {
    env: { ...process.env, MILLRACE_DATABASE_URL: "" },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const engine = connect<EngineClient, EngineHost>(streamPort(editor.stdout, editor.stdin), deafClient);
  await engine.definitions();
  await start("db", "stop").ended;
  const { runId } = await engine.materialize({ selection: "quick", requestedBy: "editor" });
  const status = async () => (await engine.run(runId))?.status;
  expect(await until(async () => (await status()) === "succeeded", 20_000)).toBe(true);
  editor.stdin.end();
  await once(editor, "exit");
});

const commandLine = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

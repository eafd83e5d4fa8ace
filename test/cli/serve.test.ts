import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { RunSummary } from "../../src/model/run.ts";
import { connect, type Remote } from "../../src/protocol/channel.ts";
import { type EngineClient, type EngineHost, engineProtocolVersion } from "../../src/protocol/engine.ts";
import { streamPort } from "../../src/protocol/streamPort.ts";
import { deafClient } from "../support/deafClient.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const commandLine = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
let workspace: TestWorkspace;
let child: ChildProcess;

beforeAll(async () => {
  workspace = await testWorkspace({
    "assets.ts": `import { asset } from "millrace";
      export const noisy = asset("noisy", { materialize: () => { console.log("to the log, not to the channel"); return [{ a: 1 }]; } });`,
  });
});

afterEach(async () => {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill("SIGKILL");
    await once(child, "exit");
  }
});

afterAll(() => workspace?.remove());

function serve(env: NodeJS.ProcessEnv = {}): {
  engine: Remote<EngineHost>;
  told: RunSummary[];
  logged: string[];
} {
  child = spawn(process.execPath, [commandLine, "serve", "--root", workspace.root], {
    env: { ...process.env, MILLRACE_DATABASE_URL: workspace.url, ...env },
    stdio: ["pipe", "pipe", "ignore"],
  });
  const told: RunSummary[] = [];
  const logged: string[] = [];
  const client: EngineClient = {
    ...deafClient,
    runChanged: run => void told.push(run),
    logged: (_, lines) => void logged.push(...lines.map(it => it.message)),
  };
  if (!child.stdout || !child.stdin) throw new Error("The engine has no streams.");
  return {
    engine: connect<EngineClient, EngineHost>(streamPort(child.stdout, child.stdin), client),
    told,
    logged,
  };
}

test("editor and engine of different versions refuse each other by name", async () => {
  const { engine } = serve();
  await expect(engine.hello({ protocol: engineProtocolVersion + 1, name: "old editor" })).rejects.toThrow(
    /The editor \(old editor\) speaks version \d+.*Update the older/,
  );
  expect(await engine.hello({ protocol: engineProtocolVersion, name: "editor" })).toMatchObject({
    root: workspace.root,
  });
});

test("a run is told from its beginning to its end, and what user code prints never breaks the channel", async () => {
  const { engine, told, logged } = serve();
  const { runId } = await engine.materialize({ selection: "noisy", requestedBy: "click" });
  expect(await until(() => told.some(run => run.id === runId && run.status === "succeeded"))).toBe(true);
  expect(logged).toContain("to the log, not to the channel");
  expect(await engine.assetStates()).toEqual([
    expect.objectContaining({ asset: "noisy", state: "materialized", rows: 1 }),
  ]);
});

test("a refused request says why, and the next one is answered", async () => {
  const { engine } = serve();
  await expect(engine.materialize({ selection: "nosy", requestedBy: "click" })).rejects.toThrow(
    /Did you mean/,
  );
  expect((await engine.runs(1))[0]?.status).toBe("succeeded");
});

test("without a database the engine still answers, and says what to do", async () => {
  const { engine } = serve({ MILLRACE_DATABASE_URL: "postgres://nobody@127.0.0.1:1/none" });
  await engine.hello({ protocol: engineProtocolVersion, name: "editor" });
  await expect(engine.assetStates()).rejects.toThrow(/Nothing answers there\. Start it/);
  expect(await engine.database("status")).toMatchObject({ kind: "url", state: "unreachable" });
});

test("when the editor goes away, the engine ends by itself, and its worker with it", async () => {
  const { engine } = serve();
  await engine.materialize({ selection: "noisy", requestedBy: "click" });
  const ended = once(child, "exit");
  child.stdin?.end();
  const [code] = await ended;
  expect(code).toBe(0);
  const sessions = () =>
    workspace.query(
      "select 1 from pg_stat_activity where datname = current_database() and application_name like 'millrace%'",
    );
  expect(await until(async () => (await sessions()).length === 0)).toBe(true);
});

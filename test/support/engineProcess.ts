import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { EngineTiming } from "../../src/engine/engine.ts";
import type { BackfillRequest } from "../../src/protocol/partitions.ts";
import type { NetworkHost } from "./network.ts";
import type { TestWorkspace } from "./workspace.ts";

const program = fileURLToPath(new URL("./engineProgram.ts", import.meta.url));

/** An engine in a process of its own, with the definitions loaded and a warm worker. */
export interface EngineProcess {
  readonly pid: number;
  submit(selection: string): Promise<string>;
  launch(backfill: BackfillRequest): Promise<string>;
  kill(signal?: NodeJS.Signals): void;
  signalWorker(signal: NodeJS.Signals): void;
  readonly ended: Promise<unknown>;
}

export async function startEngineProcess(
  workspace: Pick<TestWorkspace, "root" | "url">,
  options: {
    timing?: Partial<EngineTiming>;
    env?: NodeJS.ProcessEnv;
    host?: NetworkHost;
    automation?: boolean;
  } = {},
): Promise<EngineProcess> {
  const called = [
    program,
    workspace.root,
    JSON.stringify(options.timing ?? {}),
    String(options.automation ?? false),
  ];
  const { command, args } = options.host?.program(process.execPath, called) ?? {
    command: process.execPath,
    args: called,
  };
  const child = spawn(command, args, {
    env: { ...process.env, ...options.env, MILLRACE_DATABASE_URL: workspace.url },
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ended = once(child, "exit");
  await Promise.race([
    once(child, "message"),
    ended.then(() => Promise.reject(new Error("The engine did not start."))),
  ]);
  return {
    pid: child.pid ?? 0,
    async submit(selection) {
      child.send(selection);
      const [runId] = await once(child, "message");
      return runId;
    },
    async launch(backfill) {
      child.send(backfill);
      const [backfillId] = await once(child, "message");
      return backfillId;
    },
    ended,
    kill: (signal = "SIGKILL") => void child.kill(signal),
    signalWorker(signal) {
      const pids = execFileSync("ps", ["-o", "pid=,args=", "--ppid", String(child.pid)], { encoding: "utf8" })
        .split("\n")
        .filter(line => line.includes("worker/main"))
        .map(line => Number.parseInt(line, 10));
      for (const pid of pids) process.kill(pid, signal);
    },
  };
}

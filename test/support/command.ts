import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
  /** Standard output as the one JSON document of `--json`. */
  json<T = Record<string, never>>(): T;
}

export interface RunningCommand {
  pid: number;
  /** What it has printed so far. */
  stdout(): string;
  /** As `head` does when it has seen enough. */
  stopReading(): void;
  kill(signal: NodeJS.Signals): void;
  /** The same to all processes that it started. */
  killGroup(signal: NodeJS.Signals): void;
  ended: Promise<CommandResult>;
}

const commandLine = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** Starts the real command line in a folder, with these variables beside those of the test. */
export function startCommand(
  folder: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): RunningCommand {
  const child = spawn(process.execPath, [commandLine, ...args], {
    cwd: folder,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr += text;
  });
  const ended = new Promise<CommandResult>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", code => resolve({ code, stdout, stderr, json: () => JSON.parse(stdout) }));
  });
  return {
    stopReading: () => child.stdout.destroy(),
    pid: child.pid ?? 0,
    stdout: () => stdout,
    kill: signal => void child.kill(signal),
    killGroup,
    ended,
  };
  function killGroup(signal: NodeJS.Signals) {
    if (child.pid) process.kill(-child.pid, signal);
  }
}

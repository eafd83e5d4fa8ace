import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

/** Notes in the folder of an invocation which process runs it, for who may have to look after it. */
export function recordProcess(folder: string, pid: number): void {
  writeFileSync(join(folder, "pid"), String(pid));
}

/** Whether dbt was ever told to run this invocation. */
export function hasBegun(folder: string): boolean {
  return existsSync(join(folder, "pid"));
}

/** Waits until the process of an invocation has ended; it is interrupted, and killed when it does not listen. */
export async function endedProcess(folder: string, patienceMs: number): Promise<void> {
  const pid = pidIn(folder);
  const end = performance.now() + patienceMs;
  if (pid === null || !(await isOurs(pid))) return;
  kill(pid, "SIGINT");
  while (performance.now() < end) {
    await sleep(100);
    if (!(await isOurs(pid))) return;
  }
  kill(pid, "SIGKILL");
}

function pidIn(folder: string): number | null {
  try {
    const pid = Number(readFileSync(join(folder, "pid"), "utf8"));
    return Number.isInteger(pid) && pid > 1 ? pid : null;
  } catch {
    return null;
  }
}

/** Numbers of processes are given again: only one that looks like dbt is meant. */
async function isOurs(pid: number): Promise<boolean> {
  if (process.platform === "win32") return false;
  try {
    const { stdout } = await promisify(execFile)("ps", ["-o", "stat=,command=", "-p", String(pid)]);
    return /dbt|warm\.py/.test(stdout) && !stdout.trimStart().startsWith("Z");
  } catch {
    return false;
  }
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {}
}

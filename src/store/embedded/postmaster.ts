import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join, win32 } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { commandOf, folderOf, isAlive } from "./process.ts";

/** What a running server says about itself in `postmaster.pid`. */
export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly isReady: boolean;
}

/**
 * The server that runs on a data directory, or null.
 * The file of a dead server counts for nothing, also when another process has got its pid since.
 */
export async function runningPostmaster(data: string): Promise<Postmaster | null> {
  const text = await readFile(pidFile(data), "utf8").catch(() => "");
  const lines = text.split("\n").map(line => line.trim());
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0 || !(await isPostgresOn(pid, data))) return null;
  return { pid, port: Number(lines[3] ?? 0), isReady: lines[7] === "ready" };
}

/** Where a server keeps its pid while it runs. */
export function pidFile(data: string): string {
  return join(data, "postmaster.pid");
}

/** Asks a server to end its connections and stop, insists when it does not, and waits until it is gone. */
export async function stopPostmaster({ pid }: Pick<Postmaster, "pid">, data: string): Promise<void> {
  for (const [signal, patience] of stops) {
    if (await isPostgresOn(pid, data)) await send(signal, pid, data);
    for (const end = Date.now() + patience; Date.now() < end; await sleep(10)) {
      if (!(await isPostgresOn(pid, data))) return;
    }
  }
}

/** Ends what a killed server has left: a busy query notices only at its end that its server is gone. */
export async function endOrphans(data: string): Promise<void> {
  const pids = (await readdir("/proc").catch(() => [])).map(Number).filter(pid => pid > 0);
  for (const pid of pids) {
    if ((await folderOf(pid)) !== data || !(await isPostgresOn(pid, data))) continue;
    await send("SIGQUIT", pid, data);
  }
}

const stops = [
  ["SIGINT", 60_000],
  ["SIGQUIT", 10_000],
  ["SIGKILL", 5_000],
] as const;

/** Windows has no signals; there `pg_ctl`, which lies beside the running program, delivers PostgreSQL's own. */
async function send(signal: "SIGINT" | "SIGQUIT" | "SIGKILL", pid: number, data: string) {
  try {
    if (process.platform !== "win32" || signal === "SIGKILL") return process.kill(pid, signal);
    const options = await readFile(join(data, "postmaster.opts"), "utf8");
    await promisify(execFile)(pgCtlOf(options), ["kill", signal.slice(3), String(pid)], {
      windowsHide: true,
    });
  } catch {
    // It is gone already, or the next signal is tried.
  }
}

/** The `pg_ctl` beside the server whose command line PostgreSQL has written down. */
export function pgCtlOf(postmasterOptions: string): string {
  const program = /^"([^"]+)"|^\S+/.exec(postmasterOptions);
  return win32.join(win32.dirname(program?.[1] ?? program?.[0] ?? ""), "pg_ctl.exe");
}

async function isPostgresOn(pid: number, data: string) {
  if (!isAlive(pid)) return false;
  const command = await commandOf(pid);
  if (!/postgres/i.test(command)) return false;
  const folder = await folderOf(pid);
  if (folder !== null) return folder === data;
  return process.platform === "win32" || command.includes(data);
}

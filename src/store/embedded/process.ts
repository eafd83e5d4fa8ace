import { execFile } from "node:child_process";
import { readFile, readlink } from "node:fs/promises";
import { promisify } from "node:util";

/** A process beyond its pid, which another process may get later. `started` is null where nobody tells. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly started: string | null;
}

/** What is needed to recognise a process later. */
export async function identify(pid: number): Promise<ProcessIdentity> {
  return { pid, started: await startOf(pid) };
}

/** Whether that very process is still alive. */
export async function isSameProcess({ pid, started }: ProcessIdentity): Promise<boolean> {
  if (!isAlive(pid)) return false;
  const now = await startOf(pid);
  return now === started || now === null || started === null;
}

/** Whether any process has this pid; one of another user counts, too. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** The command line of a process, as far as the system tells; empty when it has ended. */
export async function commandOf(pid: number): Promise<string> {
  if (process.platform === "linux") {
    const text = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    return text.replaceAll("\0", " ");
  }
  if (process.platform === "win32")
    return await run("tasklist", ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"]);
  return await run("ps", ["-o", "command=", "-p", String(pid)]);
}

/** The working folder of a process, or null where that is not told. */
export async function folderOf(pid: number): Promise<string | null> {
  return await readlink(`/proc/${pid}/cwd`).catch(() => null);
}

/** The moment a process started, in whatever form the system tells it. */
async function startOf(pid: number): Promise<string | null> {
  if (process.platform === "win32") return null;
  if (process.platform !== "linux")
    return (await run("ps", ["-o", "lstart=", "-p", String(pid)])).trim() || null;
  const text = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => null);
  if (text === null) return null;
  // The second field is the program's name in brackets and may hold anything; the 22nd is the start time.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  // A zombie is over, though its parent has not looked yet.
  return fields[0] === "Z" ? "ended" : (fields[19] ?? null);
}

async function run(command: string, args: string[]) {
  return await promisify(execFile)(command, args, { windowsHide: true }).then(
    ({ stdout }) => stdout,
    () => "",
  );
}

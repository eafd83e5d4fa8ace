import { spawn } from "node:child_process";
import { existsSync, readlinkSync } from "node:fs";
import { readFile, rm, stat, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import type { Cluster } from "./cluster.ts";
import { serverEnvironment } from "./environment.ts";
import { identify, isSameProcess, type ProcessIdentity } from "./process.ts";

/** The longest pause between two looks of a watcher, and so between two signs of life. */
export const longestPause = 30_000;

interface Watcher extends ProcessIdentity {
  readonly machine: string;
}

/** Makes sure that somebody stops the server when nobody needs it any more. The caller holds the start lock. */
export async function ensureWatcher(cluster: Cluster, directory: string, idleMinutes: number): Promise<void> {
  if (!Number.isFinite(idleMinutes)) return;
  const current = await watcherOf(cluster);
  if (current?.machine === thisMachine() && (await isSameProcess(current))) return;
  const child = spawn(process.execPath, [watcherEntry(), directory, String(idleMinutes * 60_000)], {
    cwd: tmpdir(),
    detached: true,
    windowsHide: true,
    stdio: "ignore",
    // An editor's executable is a Node only when told so.
    env: { ...serverEnvironment(), ELECTRON_RUN_AS_NODE: "1" },
  });
  await new Promise((resolve, reject) => child.once("spawn", resolve).once("error", reject));
  child.unref();
  const watcher: Watcher = { ...(await identify(child.pid ?? 0)), machine: thisMachine() };
  await writeFile(cluster.watcherFile, JSON.stringify(watcher));
}

/** Ends the watcher of a server that was stopped by somebody else. The caller holds the start lock. */
export async function endWatcher(cluster: Cluster): Promise<void> {
  const watcher = await watcherOf(cluster);
  if (watcher?.machine !== thisMachine() || !(await isSameProcess(watcher))) return;
  process.kill(watcher.pid);
  await rm(cluster.watcherFile, { force: true });
}

/**
 * Fails when a container and its host, say, share the folder, and the other one has the server.
 * PostgreSQL itself does not see processes across that border and would start a second server on the same data.
 */
export async function refuseOtherMachine(cluster: Cluster): Promise<void> {
  const watcher = await watcherOf(cluster);
  if (watcher === null || watcher.machine === thisMachine()) return;
  const silence = Date.now() - (await stat(cluster.watcherFile)).mtimeMs;
  if (silence > 3 * longestPause) return;
  throw new Error(
    `The embedded database in ${cluster.folder} runs on another machine or in another container ` +
      `(${watcher.machine}, seen ${Math.round(silence / 1000)} s ago). ` +
      "Stop it there by millrace db stop, or give each side a database of its own by MILLRACE_DATABASE_URL.",
  );
}

async function watcherOf({ watcherFile }: Cluster): Promise<Watcher | null> {
  return await readFile(watcherFile, "utf8")
    .then(text => JSON.parse(text) as Watcher)
    .catch(() => null);
}

/** Where pids mean the same processes. */
function thisMachine() {
  try {
    return `${hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
  } catch {
    return hostname();
  }
}

/** A bundle has the watcher beside it, or one folder up from its chunks; the sources have it as TypeScript. */
function watcherEntry() {
  const places = ["watcher.js", "../watcher.js", "watcher.ts"].map(it =>
    fileURLToPath(new URL(it, import.meta.url)),
  );
  const entry = places.find(it => existsSync(it));
  if (entry === undefined)
    throw new Error(`None of ${places.join(", ")} exists; this build of Millrace is incomplete.`);
  return entry;
}

import { existsSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { serverAccount } from "./account.ts";
import { addressOf } from "./address.ts";
import { findBinaries } from "./binaries.ts";
import { ask, codeOf } from "./client.ts";
import { type Cluster, findCluster, placeWithinReach, prepareCluster } from "./cluster.ts";
import { initialize } from "./initialize.ts";
import { majorVersion } from "./platform.ts";
import { pidFile, runningPostmaster, stopPostmaster } from "./postmaster.ts";
import { startServer } from "./server.ts";
import { acquireStartLock } from "./startLock.ts";
import { endWatcher, ensureWatcher, refuseOtherMachine } from "./watcherProcess.ts";

export interface StartOptions {
  /** The folder that holds what Millrace keeps for a workspace: `<root>/.millrace`. */
  readonly directory: string;
  readonly signal?: AbortSignal;
  /** The server stops after that long without connections; `Infinity`: never. A running server keeps its own. */
  readonly idleMinutes?: number;
  /** Settings of PostgreSQL that differ from ours, for a server that has yet to start. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onProgress?: (message: string) => void;
}

export interface EmbeddedDatabase {
  /** Holds the password; `withoutPassword` makes it fit for a screen. */
  readonly url: string;
  readonly version: string;
  /** False: it was running, and was adopted. */
  readonly started: boolean;
}

export interface EmbeddedStatus {
  readonly state: "running" | "stopped";
  readonly url: string | null;
  readonly version: string | null;
  readonly pid: number | null;
}

/** Starts the embedded PostgreSQL of a workspace, or adopts the one that runs. Many may call it at once. */
export async function startEmbedded(options: StartOptions): Promise<EmbeddedDatabase> {
  options.signal?.throwIfAborted();
  const directory = resolve(options.directory);
  try {
    return await startOrAdopt(await prepareCluster(directory), { ...options, directory });
  } catch (error) {
    const advice = adviceFor[codeOf(error) ?? ""];
    if (advice === undefined) throw error;
    throw new Error(
      `The embedded database in ${directory} did not start: ${(error as Error).message}. ${advice}`,
      {
        cause: error,
      },
    );
  }
}

/** Stops the embedded PostgreSQL of a workspace, and ends its connections; false when it was not running. */
export async function stopEmbedded(directory: string): Promise<boolean> {
  const cluster = await findCluster(directory);
  if (!existsSync(cluster.locks)) return false;
  const lock = await acquireStartLock(cluster.locks);
  try {
    const running = await runningPostmaster(cluster.data);
    // Before it ends: whoever misses it then must not take it for killed.
    await writeFile(cluster.stoppedFile, "");
    if (running !== null) await stopPostmaster(running, cluster.data);
    await endWatcher(cluster);
    return running !== null;
  } finally {
    await lock.release();
  }
}

/** Whether the embedded PostgreSQL of a workspace runs, without starting it. */
export async function embeddedStatus(directory: string): Promise<EmbeddedStatus> {
  const cluster = await findCluster(directory);
  const running = await runningPostmaster(cluster.data);
  if (running === null) return { state: "stopped", url: null, version: null, pid: null };
  // Only to look is not to use: sessions of this database do not keep the server from stopping.
  const version = await versionAt(await addressOf(cluster, running.port, "postgres")).catch(() => null);
  return { state: "running", url: await addressOf(cluster, running.port), version, pid: running.pid };
}

/** Why a server does not run that somebody still needs. */
export async function whyEmbeddedIsAway(
  directory: string,
): Promise<"ended" | "stopped on purpose" | "removed"> {
  const cluster = await findCluster(directory);
  if (!existsSync(cluster.data)) return "removed";
  return existsSync(cluster.stoppedFile) ? "stopped on purpose" : "ended";
}

/** What to do when the folder cannot be used. */
const adviceFor: Readonly<Record<string, string>> = {
  ENOSPC: "Make room on that disk.",
  EDQUOT: "Make room in your quota of that disk.",
  EROFS: "Give the workspace a place that can be written, or set MILLRACE_DATABASE_URL.",
  EACCES:
    "The folder may belong to another user: make it yours, or remove it to begin with an empty database.",
  EPERM:
    "The folder may belong to another user: make it yours, or remove it to begin with an empty database.",
};

async function startOrAdopt(cluster: Cluster, options: StartOptions): Promise<EmbeddedDatabase> {
  const { directory, signal, idleMinutes = 15, onProgress = () => {} } = options;
  const patience = setTimeout(
    () => onProgress("Waiting for another process that starts the embedded PostgreSQL"),
    1_000,
  );
  const lock = await acquireStartLock(cluster.locks, signal).finally(() => clearTimeout(patience));
  try {
    await writeFile(cluster.usedFile, "");
    const adopted = await adopt(cluster, signal);
    const database = adopted ?? (await start(cluster, options));
    await rm(cluster.stoppedFile, { force: true });
    await ensureWatcher(cluster, directory, idleMinutes);
    return { ...database, started: adopted === null };
  } finally {
    await lock.release();
  }
}

/** The running server, once it answers; null when there is none. */
async function adopt(cluster: Cluster, signal?: AbortSignal) {
  for (;;) {
    const running = await runningPostmaster(cluster.data);
    if (running === null) return null;
    try {
      if (running.isReady) return await reach(cluster, running.port);
    } catch (error) {
      if (!passing.includes(codeOf(error) ?? "")) throw unreachable(cluster, running.pid, error);
    }
    await sleep(20, undefined, { signal });
  }
}

/** What a server answers while it starts or stops: it will either answer properly or be gone. */
const passing = ["57P03", "57P01", "ECONNREFUSED", "ECONNRESET"];

function unreachable({ folder }: Cluster, pid: number, cause: unknown) {
  return new Error(
    `The embedded PostgreSQL of ${folder} runs as process ${pid}, but does not let us in: ` +
      `${(cause as Error).message}. Stop it by millrace db stop, and start again.`,
    { cause },
  );
}

async function start(
  found: Cluster,
  { directory, signal, settings = {}, onProgress = () => {} }: StartOptions,
) {
  if (existsSync(pidFile(found.data))) await refuseOtherMachine(found);
  const account = await serverAccount(found.data);
  const native = await findBinaries([import.meta.url, join(dirname(directory), "package.json")], account);
  const cluster = await placeWithinReach(found, account);
  if (!existsSync(cluster.data)) onProgress("Creating the embedded database");
  await initialize(cluster, native, account, signal);
  onProgress("Starting the embedded PostgreSQL");
  const { port } = await startServer({ cluster, native, account, settings, signal });
  return await reach(cluster, port);
}

async function reach(cluster: Cluster, port: number) {
  const url = await addressOf(cluster, port);
  try {
    return { url, version: await versionAt(url) };
  } catch (error) {
    // All its connections are in use: it runs, and whoever wants one has to wait.
    if (codeOf(error) === "53300") return { url, version: majorVersion };
    // Whoever created the data died before this last step.
    if (codeOf(error) !== "3D000") throw error;
    await ask(await addressOf(cluster, port, "postgres"), "create database millrace");
    return { url, version: await versionAt(url) };
  }
}

async function versionAt(url: string) {
  const [row] = await ask<{ server_version: string }>(url, "show server_version");
  return row?.server_version ?? majorVersion;
}

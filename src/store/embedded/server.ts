import { spawn } from "node:child_process";
import { open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type Account, giveTo, runAs } from "./account.ts";
import type { Cluster } from "./cluster.ts";
import { serverEnvironment } from "./environment.ts";
import { configuration, serverCommand } from "./platform.ts";
import { endOrphans, type Postmaster, pidFile, runningPostmaster, stopPostmaster } from "./postmaster.ts";

export interface ServerOptions {
  readonly cluster: Cluster;
  /** The folder of the PostgreSQL package's files. */
  readonly native: string;
  readonly account: Account;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal | undefined;
}

/** The server ended before it was ready; the message holds the end of its log. */
export class ServerNotStarted extends Error {
  override name = "ServerNotStarted";
}

/** Starts the server of an initialized cluster in a session of its own, and returns when it accepts connections. */
export async function startServer(options: ServerOptions): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await tryToStart(options);
    } catch (error) {
      if (!(error instanceof ServerNotStarted) || attempt > 20) throw error;
      if (error.message.includes("pre-existing shared memory block")) {
        // Its predecessor was killed, and some of that one's processes are still at work.
        if (attempt > 4) await endOrphans(options.cluster.data);
        await sleep(200, undefined, { signal: options.signal });
      } else if (!/could not (bind|create any TCP)/.test(error.message)) throw error;
    }
  }
}

async function tryToStart({
  cluster,
  native,
  account,
  settings,
  signal,
}: ServerOptions): Promise<Postmaster> {
  const port = await choosePort(cluster);
  await writeConfiguration(cluster, account, configuration(port, settings));
  // The caller has made sure that no server runs; one left behind could name a stranger's process.
  await rm(pidFile(cluster.data), { force: true });
  const server = await launch(cluster, native, account);
  for (;;) {
    const postmaster = await runningPostmaster(cluster.data);
    if (postmaster?.isReady) return postmaster;
    const failure = server.failure();
    if (failure !== null) throw new ServerNotStarted(await explain(failure, cluster));
    if (signal?.aborted) {
      server.kill();
      if (postmaster !== null) await stopPostmaster(postmaster, cluster.data);
      signal.throwIfAborted();
    }
    await sleep(5);
  }
}

/** Nothing ties the server to this process: neither its session, nor its folder, nor an open file. */
async function launch(cluster: Cluster, native: string, account: Account) {
  const { command, args } = serverCommand(native, cluster.data, process);
  const server = runAs(account, command, args);
  await rename(cluster.log, `${cluster.log}.previous`).catch(() => {});
  const log = await open(cluster.log, "a", 0o600);
  let failure: string | null = null;
  const child = spawn(server.command, server.args, {
    ...server.options,
    cwd: cluster.data,
    env: serverEnvironment(),
    detached: true,
    windowsHide: true,
    stdio: ["ignore", log.fd, log.fd],
  });
  child.once("error", error => {
    failure = error.message;
  });
  child.once("exit", (code, signal) => {
    // On Windows it is `pg_ctl` that ends, and well when the server is ready.
    if (process.platform !== "win32" || code !== 0) failure ??= `it ended with ${signal ?? `code ${code}`}`;
  });
  child.unref();
  await log.close();
  return { failure: () => failure, kill: () => child.kill("SIGINT") };
}

async function explain(failure: string, { log }: Cluster) {
  const lines = (await readFile(log, "utf8").catch(() => "")).trim().split("\n").slice(-10);
  return [`The embedded PostgreSQL did not start: ${failure}. The end of ${log}:`, ...lines].join("\n");
}

async function choosePort({ portFile }: Cluster) {
  const remembered = Number(await readFile(portFile, "utf8").catch(() => "0"));
  const port = (await freePortSoon(remembered)) ?? (await freePort(0));
  if (port === null) throw new Error("No port of 127.0.0.1 is free for the embedded PostgreSQL.");
  if (port !== remembered) await writeFile(portFile, String(port));
  return port;
}

/**
 * Processes of a server that was killed hold its port a moment longer. Whoever knows its URL still looks for it
 * there, so another port is taken only when this one stays occupied.
 */
async function freePortSoon(port: number) {
  for (const end = Date.now() + portPatienceMs; ; await sleep(50)) {
    const free = await freePort(port);
    if (free !== null || Date.now() > end) return free;
  }
}

const portPatienceMs = 3_000;

/** That port, or any when it is 0; null when it is taken. */
function freePort(port: number) {
  return new Promise<number | null>(resolve => {
    const server = createServer();
    server.once("error", () => resolve(null));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? null) : null));
    });
  });
}

async function writeConfiguration({ data }: Cluster, account: Account, text: string) {
  const file = `${data}/postgresql.conf`;
  await writeFile(`${file}.draft`, text, { mode: 0o600 });
  await giveTo(account, `${file}.draft`);
  await rename(`${file}.draft`, file);
}

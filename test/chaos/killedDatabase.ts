import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../src/store/database.ts";
import { findCluster } from "../../src/store/embedded/cluster.ts";
import { startEmbedded, stopEmbedded } from "../../src/store/embedded/embedded.ts";
import { endOrphans, runningPostmaster } from "../../src/store/embedded/postmaster.ts";
import { migrate } from "../../src/store/migrate.ts";
import { startEngineProcess } from "../support/engineProcess.ts";
import { writeProject } from "../support/project.ts";
import { until } from "../support/until.ts";
import { accountOfDays, dailyFiles, daysFromStart } from "./dailyWork.ts";
import type { Scenario } from "./scenario.ts";
import { settled } from "./settled.ts";

const timing = { lease: 1_500, cancelGrace: 500 };

/** PostgreSQL dies with everything it has in memory, and comes back a moment later. */
export const killedDatabase: Scenario = {
  fault: "kill -9 of PostgreSQL",
  async run({ targets, strikes }) {
    const directory = await mkdtemp(join(tmpdir(), "millrace-chaos-"));
    const project = await writeProject(dailyFiles);
    const { url } = await startEmbedded({ directory });
    const { data } = await findCluster(directory);
    const database = openDatabase(url, { name: "chaos" });
    await migrate(database);
    const engines = await Promise.all([1, 2].map(() => startEngineProcess({ ...project, url }, { timing })));
    try {
      const backfill = await engines[0]?.launch(daysFromStart(targets));
      let struck = 0;
      for (; struck < strikes && !(await hasEnded(backfill)); struck++) {
        await sleep(400 + 600 * Math.random());
        const server = await runningPostmaster(data);
        if (server === null) break;
        process.kill(server.pid, "SIGKILL");
        await endOrphans(data);
        await startEmbedded({ directory });
      }
      const isOver = (await settled(made, targets)) && (await until(() => hasEnded(backfill), 90_000));
      const account = await accountOfDays(url, targets);
      const faults = isOver ? account.faults : [...account.faults, "the backfill did not end"];
      return { ...account, faults, strikes: struck };
    } finally {
      for (const engine of engines) engine.kill();
      await database.close();
      await stopEmbedded(directory);
      await project.remove();
      await rm(directory, { recursive: true, force: true });
    }

    async function made(): Promise<number> {
      const sql = "select count(*) as n from millrace.asset_partition where materialization_id is not null";
      return database.query(sql).then(
        ({ rows }) => Number(rows[0]?.n),
        () => 0,
      );
    }

    async function hasEnded(id: string | undefined): Promise<boolean> {
      try {
        const { rows } = await database.query("select ended_at from millrace.backfill where id = $1", [id]);
        return rows[0]?.ended_at !== null;
      } catch {
        return false;
      }
    }
  },
};

import { setTimeout as sleep } from "node:timers/promises";
import { openDatabase } from "../../src/store/database.ts";
import { migrate } from "../../src/store/migrate.ts";
import { startEngineProcess } from "../support/engineProcess.ts";
import { canMakeNetworks, createNetwork } from "../support/network.ts";
import { startNetworkDatabase } from "../support/networkDatabase.ts";
import { writeProject } from "../support/project.ts";
import { until } from "../support/until.ts";
import { accountOfDays, dailyFiles, daysFromStart } from "./dailyWork.ts";
import type { Scenario } from "./scenario.ts";
import { settled } from "./settled.ts";

const timing = { lease: 1_500, cancelGrace: 500 };

/** The wire between an engine and the database is cut for longer than its lease, and mended. */
export const cutNetwork: Scenario = {
  fault: "network cut between worker and database",
  hindrance: () =>
    canMakeNetworks() ? null : "this machine makes no network namespaces; it takes root on Linux",
  async run({ targets, strikes }) {
    const network = await createNetwork();
    const server = await startNetworkDatabase(network.address);
    const project = await writeProject(dailyFiles);
    const database = openDatabase(server.localUrl, { name: "chaos" });
    await migrate(database);
    const host = await network.host();
    const near = await startEngineProcess({ ...project, url: server.localUrl }, { timing });
    const far = await startEngineProcess({ ...project, url: server.url }, { timing, host });
    try {
      const backfill = await near.launch(daysFromStart(targets));
      let struck = 0;
      for (; struck < strikes && !(await hasEnded(backfill)); struck++) {
        await sleep(300 + 500 * Math.random());
        await host.cut();
        await sleep(timing.lease * (0.5 + 1.5 * Math.random()));
        await host.mend();
      }
      const isOver = (await settled(made, targets)) && (await until(() => hasEnded(backfill), 90_000));
      const account = await accountOfDays(server.localUrl, targets);
      const faults = isOver ? account.faults : [...account.faults, "the backfill did not end"];
      return { ...account, faults, strikes: struck };
    } finally {
      for (const engine of [near, far]) engine.kill();
      await Promise.all([near.ended, far.ended]);
      await database.close();
      await server.stop();
      await network.remove();
      await project.remove();
    }

    async function made(): Promise<number> {
      const sql = "select count(*) as n from millrace.asset_partition where materialization_id is not null";
      return database.query(sql).then(
        ({ rows }) => Number(rows[0]?.n),
        () => 0,
      );
    }

    async function hasEnded(id: string): Promise<boolean> {
      const { rows } = await database.query("select ended_at from millrace.backfill where id = $1", [id]);
      return rows[0]?.ended_at !== null;
    }
  },
};

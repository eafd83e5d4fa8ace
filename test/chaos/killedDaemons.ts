import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type EngineProcess, startEngineProcess } from "../support/engineProcess.ts";
import { testWorkspace } from "../support/workspace.ts";
import type { Scenario } from "./scenario.ts";
import { settled } from "./settled.ts";

const timing = { lease: 1_000, cancelGrace: 500 };

/** Files arrive while one of two daemons is killed again and again: mostly the one that leads. */
export const killedDaemons: Scenario = {
  fault: "kill -9 of the leading daemon",
  async run({ targets, strikes }) {
    const workspace = await testWorkspace({
      "arrivals.ts": `
        import { asset, dynamicPartitions, fileSensor, runRequest } from "millrace";
        const files = dynamicPartitions("files");
        export const arrivals = asset("arrivals", {
          partitions: files,
          materialize: async (_, { partition }) => {
            await new Promise(resolve => setTimeout(resolve, 200 * Math.random()));
            return [{ file: partition.key }];
          },
        });
        export const arrived = fileSensor("arrived", {
          files: "incoming/*.csv",
          every: "1 s",
          assets: [arrivals],
          run: ({ files: seen, partitions }) => {
            const keys = seen.map(file => file.path);
            partitions.add(files, keys);
            return keys.map(key => runRequest({ key, partition: key }));
          },
        });`,
    });
    await mkdir(join(workspace.root, "incoming"));
    const start = () => startEngineProcess(workspace, { timing, automation: true });
    const daemons: EngineProcess[] = await Promise.all([start(), start()]);
    try {
      const files = writeFiles(workspace.root, targets, strikes);
      let struck = 0;
      for (; struck < strikes; struck++) {
        await sleep(500 + 1_000 * Math.random());
        const [pid] = await workspace.query<{ pid: number }>(
          "select pid from millrace.automation_lease join millrace.engine on engine.id = automation_lease.engine",
        );
        const leader = daemons.findIndex(it => it.pid === pid?.pid);
        const victim = leader < 0 ? struck % 2 : leader;
        daemons[victim]?.kill();
        daemons[victim] = await start();
      }
      await files;
      const made = async () =>
        Number((await workspace.query("select count(*) as n from assets.arrivals"))[0]?.n ?? 0);
      const isOver = await settled(() => made().catch(() => 0), targets);
      const [counts] = await workspace.query<{
        rows: number;
        files: number;
        published: number;
        keys: number;
      }>(`
        select (select count(*)::int from assets.arrivals) as rows,
               (select count(distinct file)::int from assets.arrivals) as files,
               (select count(*)::int from millrace.materialization where asset = 'arrivals') as published,
               (select count(*)::int from millrace.run_key) as keys`);
      const { rows = 0, files: distinct = 0, published = 0, keys = 0 } = counts ?? {};
      return {
        wanted: targets,
        made: distinct,
        twice: rows - distinct + (published - distinct),
        strikes: struck,
        faults: [
          isOver ? null : "not everything was made",
          keys === targets ? null : `${keys} run keys for ${targets} files`,
        ].filter(it => it !== null),
      };
    } finally {
      for (const daemon of daemons) daemon.kill();
      await workspace.remove();
    }
  },
};

/** Spread over the time of the strikes; a file comes whole, by being renamed. */
async function writeFiles(root: string, count: number, strikes: number): Promise<void> {
  for (let number = 0; number < count; number++) {
    const name = `${String(number).padStart(4, "0")}.csv`;
    await writeFile(join(root, name), name);
    await rename(join(root, name), join(root, "incoming", name));
    await sleep((strikes * 1_200) / count);
  }
}

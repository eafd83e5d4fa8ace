import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { until } from "../support/until.ts";
import { testWorkspace } from "../support/workspace.ts";
import type { Scenario } from "./scenario.ts";
import { settled } from "./settled.ts";

/** Files arrive while other sensors do everything that a sensor should not. */
export const misbehavingSensors: Scenario = {
  fault: "sensors that loop, hang, throw, exit, print, flood",
  async run({ targets, strikes }) {
    const workspace = await testWorkspace({
      "arrivals.ts": `
        import { asset, dynamicPartitions, fileSensor, runRequest, sensor } from "millrace";
        const files = dynamicPartitions("files");
        export const arrivals = asset("arrivals", {
          partitions: files,
          materialize: (_, { partition }) => [{ file: partition.key }],
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
        });
        const every = "1 s";
        export const bad = [
          sensor("loops", { every, run: () => { for (;;) {} } }),
          sensor("hangs", { every, run: () => new Promise(() => {}) }),
          sensor("throws", { every, run: () => { throw new Error("no luck"); } }),
          sensor("exits", { every, run: () => process.exit(1) }),
          sensor("prints", { every, run: async () => {
            for (let i = 0; i < 200; i++) {
              process.stdout.write("x".repeat(100_000));
              await new Promise(resolve => setTimeout(resolve, 1));
            }
          } }),
          sensor("floods", { every, assets: [arrivals], run: function* () { for (;;) yield runRequest(); } }),
        ];`,
    });
    await mkdir(join(workspace.root, "incoming"));
    try {
      const engine = await workspace.engine({
        automation: true,
        timing: { lease: 3_000, cancelGrace: 500 },
        automationLimits: { evaluationMs: 1_500 },
      });
      await engine.definitions();
      for (let number = 0; number < targets; number++) {
        const name = `${String(number).padStart(4, "0")}.csv`;
        await writeFile(join(workspace.root, name), name);
        await rename(join(workspace.root, name), join(workspace.root, "incoming", name));
        await sleep((strikes * 1_000) / targets);
      }
      const count = async (sql: string) => Number((await workspace.query<{ n: string }>(sql))[0]?.n ?? 0);
      const made = () => count("select count(*) as n from assets.arrivals").catch(() => 0);
      const isOver = await settled(made, targets);
      const failed = () =>
        count("select coalesce(sum(evaluations), 0) as n from millrace.tick where status = 'failed'");
      await until(async () => (await failed()) >= strikes, 20_000);
      const distinct = await count("select count(distinct file) as n from assets.arrivals");
      const runs = await count("select count(*) as n from millrace.run");
      const quiet = await count(
        `select count(*) as n from unnest(array['loops', 'hangs', 'throws', 'exits', 'prints', 'floods']) as name
         where not exists (select from millrace.tick where automation = name and status = 'failed')`,
      );
      return {
        wanted: targets,
        made: distinct,
        twice: runs - distinct,
        strikes: await failed(),
        faults: [
          isOver ? null : "not everything was made in time",
          quiet === 0 ? null : `${quiet} of the sensors have no failed tick`,
        ].filter(it => it !== null),
      };
    } finally {
      await workspace.remove();
    }
  },
};

import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../src/store/database.ts";
import { childrenOf, memoryOf } from "../figures/processes.ts";
import { engineIn, inWorkspace } from "./workspace.ts";

/** How much is there after so many ticks, in megabytes. */
export interface TicksMeasured {
  readonly ticks: number;
  /** In use by the engine once what nobody needs has been collected. */
  readonly heap: number;
  /** Of the engine's process, and of the process that evaluates its sensors. */
  readonly engine: number;
  readonly sensors: number;
  /** Of the table of ticks, in the database. */
  readonly state: number;
}

const sensors = `import { sensor, skip } from "millrace";
export const all = Array.from({ length: 100 }, (_, i) =>
  sensor("idle_" + i, { every: "1 s", run: () => skip("nothing new") }));`;

/**
 * A process of its own, with little room for its heap, so that what it takes of the machine is what it needs.
 * Its clock hurries: each round every sensor is due again. It tells its parent how it stands at each of the counts.
 */
const counts = process.argv.slice(2).map(Number);
await inWorkspace({ "sensors.ts": sensors }, async root => {
  let now = Date.now();
  const { engine, watcher } = await engineIn(root, { clock: () => now });
  let ticks = 0;
  for (const count of counts) {
    for (let round = 1; ticks < count; round++) {
      now += 1_100;
      await watcher.query("select pg_notify('millrace', 'automation hurry')");
      await sleep(20);
      if (round % 50 === 0) ticks = await countTicks(watcher);
    }
    process.send?.(await measure(watcher, ticks));
  }
  await watcher.close();
  await engine.stop();
});
process.exit();

async function measure(watcher: Database, ticks: number): Promise<TicksMeasured> {
  globalThis.gc?.();
  await sleep(500);
  globalThis.gc?.();
  const { rows } = await watcher.query<{ size: number }>(
    "select pg_total_relation_size('millrace.tick')::float8 / 1e6 as size",
  );
  return {
    ticks,
    heap: process.memoryUsage().heapUsed / 1e6,
    engine: await memoryOf(process.pid),
    sensors: await memoryOfWorkers(),
    state: rows[0]?.size ?? 0,
  };
}

/** Without PostgreSQL and the bundler. */
async function memoryOfWorkers(): Promise<number> {
  let sum = 0;
  for (const pid of await childrenOf(process.pid)) {
    const command = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
    if (/worker(\/main)?\.[jt]s\0/.test(command)) sum += await memoryOf(pid);
  }
  return sum;
}

async function countTicks(database: Database): Promise<number> {
  const { rows } = await database.query<{ ticks: number }>(
    "select coalesce(sum(evaluations), 0)::float8 as ticks from millrace.tick",
  );
  return rows[0]?.ticks ?? 0;
}

import fs from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { syncBuiltinESMExports } from "node:module";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Database } from "../../src/store/database.ts";
import { dropOld } from "../../src/store/retention.ts";
import { fromSamples, type Report } from "../figures/figure.ts";
import { engineIn, inWorkspace } from "./workspace.ts";

const everySeconds = 5;

const definitions = `import { asset, dynamicPartitions, fileSensor, runRequest } from "millrace";
const files = dynamicPartitions("files");
export const arrivals = asset("arrivals", {
  partitions: files,
  materialize: (_, { partition, log }) => {
    log.info("read", partition.key);
    return [{ file: partition.key }];
  },
});
export const arrived = fileSensor("arrived", {
  files: "incoming/*.csv",
  every: "${everySeconds} s",
  assets: [arrivals],
  run: ({ files: seen, partitions, log }) => {
    partitions.add(files, seen.map(file => file.path));
    log.info("new files", seen.length);
    return seen.map(({ path, modifiedAt }) => runRequest({ key: \`\${path} \${modifiedAt}\`, partition: path }));
  },
});`;

/** How soon a file is noticed, with and without a file system that tells of it, and what its run leaves behind. */
export async function files(report: Report): Promise<void> {
  await inWorkspace({ "arrivals.ts": definitions }, async root => {
    const { engine, watcher } = await engineIn(root);
    await sleep(1_500);
    report(
      fromSamples(await latencies(root, watcher), 95, {
        figure: "file appears → its run started, by push, p95",
        ...{ unit: "ms", budget: 300, better: "lower", peer: null },
      }),
    );
    await whatRunsLeave(root, watcher, report);
    await watcher.close();
    await engine.stop();
  });
  const unwatched = withoutWatching();
  try {
    await inWorkspace({ "arrivals.ts": definitions }, async root => {
      const { engine, watcher } = await engineIn(root);
      await sleep(1_500);
      const samples = await latencies(root, watcher, 350);
      await watcher.close();
      await engine.stop();
      report(
        fromSamples(samples, 95, {
          figure: `file appears → its run started, looked for every ${everySeconds} s, p95`,
          ...{ unit: "ms", budget: everySeconds * 1000, better: "lower", peer: null },
        }),
      );
    });
  } finally {
    unwatched();
  }
}

const dropped = 100;

/** From the file's last name to the instant at which its run starts, both by the clock of this machine. */
async function latencies(root: string, watcher: Database, restMs = 0): Promise<number[]> {
  const at = new Map<string, number>();
  for (let i = 0; i < dropped; i++) {
    const file = await drop(root, `${i}.csv`);
    at.set(file, Date.now());
    await sleep(restMs + 100 + (i % 7) * 20);
  }
  await allEnded(watcher, dropped);
  const { rows } = await watcher.query<{ file: string; started: Date }>(
    "select partitions[1] as file, run.started_at as started from millrace.run join millrace.step on run_id = run.id",
  );
  return rows.map(it => it.started.getTime() - (at.get(it.file) ?? 0));
}

const changed = 500;

/** The bytes that a run requested by a sensor leaves in the state, and how many of them stay after retention. */
async function whatRunsLeave(root: string, watcher: Database, report: Report) {
  const change = async (text: string) => {
    const { rows } = await watcher.query<{ count: number }>(
      "select count(*)::int as count from millrace.run",
    );
    for (let i = 0; i < changed; i++) await drop(root, `changed-${i}.csv`, text);
    await allEnded(watcher, (rows[0]?.count ?? 0) + changed);
  };
  await change("first");
  const before = await bytes(watcher);
  await change("another");
  const after = await bytes(watcher);
  // As if the days to keep were over, for these and then for as many more.
  await retained(watcher);
  const early = await bytes(watcher);
  await change("one more");
  await retained(watcher);
  const late = await bytes(watcher);
  const figure = (name: string, growth: number, budget: number | null) => {
    const value = Math.max(0, Math.round(growth / changed));
    const rest = { unit: "bytes", better: "lower" as const, n: changed, min: value, max: value, peer: null };
    report({ figure: name, value, budget, ...rest });
  };
  figure("events per materialization that a sensor requested", after.events - before.events, 2048);
  figure("all state per materialization that a sensor requested", after.all - before.all, null);
  figure("what stays of it once the days of retention are over", late.kept - early.kept, null);
}

function retained(watcher: Database): Promise<void> {
  return dropOld(watcher, "dev", 0, Date.now() + 60_000);
}

async function drop(root: string, name: string, text = name): Promise<string> {
  await writeFile(join(root, name), text);
  await rename(join(root, name), join(root, "incoming", name));
  return `incoming/${name}`;
}

async function allEnded(watcher: Database, count: number): Promise<void> {
  for (let waited = 0; waited < 600; waited++) {
    const { rows } = await watcher.query<{ ended: number }>(
      "select count(*)::int as ended from millrace.run where status = 'succeeded'",
    );
    if (rows[0]?.ended === count) return;
    await sleep(100);
  }
  throw new Error(`Not all of ${count} runs have succeeded.`);
}

/** `kept` is what no retention of days drops at once: events go by whole days. */
async function bytes(watcher: Database): Promise<{ all: number; events: number; kept: number }> {
  // What runs have begun to write is written, and what they removed takes no room.
  await sleep(1_000);
  await watcher.query("vacuum full");
  const { rows } = await watcher.query<{ all: number; events: number }>(
    `select sum(pg_total_relation_size(oid))::float8 as all,
            coalesce(sum(pg_total_relation_size(oid)) filter (where relname like 'event%'), 0)::float8 as events
     from pg_class where relnamespace in ('millrace'::regnamespace, 'millrace_queue'::regnamespace) and relkind = 'r'`,
  );
  const { all, events } = rows[0] ?? { all: 0, events: 0 };
  return { all, events, kept: all - events };
}

/** Some file systems tell nothing of what changes: neither does this one until the answer is called. */
function withoutWatching(): () => void {
  const { watch } = fs;
  fs.watch = () => {
    throw new Error("Nothing is told of this file system.");
  };
  syncBuiltinESMExports();
  return () => {
    fs.watch = watch;
    syncBuiltinESMExports();
  };
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readConfiguration } from "../src/engine/configuration.ts";
import { type EngineOptions, startEngine } from "../src/engine/engine.ts";
import { openState } from "../src/engine/stateDatabase.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { stopEmbedded } from "../src/store/embedded/embedded.ts";
import { fromSamples, type Report } from "./figures/figure.ts";

const drops = `import { asset, dynamicPartitions, fileSensor, runRequest } from "millrace";
const files = dynamicPartitions("files");
export const arrivals = asset("arrivals", { partitions: files, materialize: (_, { partition }) => [{ file: partition.key }] });
export const arrived = fileSensor("arrived", {
  files: "incoming/*.csv",
  assets: [arrivals],
  run: ({ files: seen, partitions }) => {
    const keys = seen.map(file => file.path);
    partitions.add(files, keys);
    return keys.map(key => runRequest({ key, partition: key }));
  },
});`;
const sensors = (count: number, every: string) => `import { sensor, skip } from "millrace";
export const all = Array.from({ length: ${count} }, (_, i) =>
  sensor("idle_" + i, { every: "${every}", run: () => skip("nothing new") }));`;

/** How soon a file is noticed, what a thousand sensors cost that find nothing, and whether ticks pile up. */
export async function bench(report: Report) {
  await inWorkspace({ "arrivals.ts": drops }, root => latency(root, report));
  await inWorkspace({ "sensors.ts": sensors(1_000, "30 s") }, root => idleCost(root, report));
  await inWorkspace({ "sensors.ts": sensors(100, "1 s") }, root => manyTicks(root, report));
}

async function inWorkspace(files: Record<string, string>, work: (root: string) => Promise<void>) {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    await mkdir(join(root, "incoming"));
    for (const [name, text] of Object.entries(files)) await writeFile(join(root, name), text);
    await work(root);
  } finally {
    await stopEmbedded(join(root, ".millrace"));
    await rm(root, { recursive: true, force: true });
  }
}

async function engineIn(root: string, options: Partial<EngineOptions> = {}) {
  const configuration = await readConfiguration(root);
  const database = await openState(configuration, { name: "bench" });
  const engine = await startEngine({ configuration, database, name: "daemon", automation: true, ...options });
  await engine.definitions();
  return { engine, database, watcher: openDatabase(database.url, { name: "bench", connections: 2 }) };
}

const dropped = 100;

/** From the file's last name to the instant at which its run starts, both by the clock of this machine. */
async function latency(root: string, report: Report) {
  const { engine, watcher } = await engineIn(root);
  await sleep(1_500);
  const at = new Map<string, number>();
  for (let i = 0; i < dropped; i++) {
    const name = `${i}.csv`;
    await writeFile(join(root, name), name);
    await rename(join(root, name), join(root, "incoming", name));
    at.set(`incoming/${name}`, Date.now());
    await sleep(100 + (i % 7) * 20);
  }
  await sleep(1_000);
  const { rows } = await watcher.query<{ file: string; started: Date }>(
    "select partitions[1] as file, run.started_at as started from millrace.run join millrace.step on run_id = run.id",
  );
  await watcher.close();
  await engine.stop();
  const samples = rows.map(it => it.started.getTime() - (at.get(it.file) ?? 0));
  if (samples.length !== dropped) throw new Error(`${samples.length} runs for ${dropped} files.`);
  const common = { unit: "ms", better: "lower" as const, peer: null };
  report(
    fromSamples(samples, 95, {
      figure: "file appears → its run started, by push, p95",
      budget: 300,
      ...common,
    }),
  );
}

const idleSeconds = 30;

/** The share of one processor that a daemon takes, with the process of its sensors. */
async function idleCost(root: string, report: Report) {
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  const daemon = spawn(process.execPath, [cli, "daemon"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await sleep(40_000);
  const before = await processorSeconds(daemon.pid ?? 0);
  await sleep(idleSeconds * 1_000);
  const used = (await processorSeconds(daemon.pid ?? 0)) - before;
  daemon.kill("SIGTERM");
  await once(daemon, "exit");
  const value = Number(((used / idleSeconds) * 100).toPrecision(3));
  report({
    figure: "1,000 sensors every 30 s that find nothing, share of one processor",
    ...{ value, unit: "%", budget: null, better: "lower", n: 1, min: value, max: value, peer: null },
  });
}

const wantedTicks = 100_000;

/** A clock that hurries: each round every sensor is due again. */
async function manyTicks(root: string, report: Report) {
  let now = Date.now();
  const { engine, watcher } = await engineIn(root, { clock: () => now });
  const memory: number[] = [];
  let ticks = 0;
  // At first V8 takes what it is given: what counts is whether that ends.
  for (const share of [0.5, 1]) {
    while (ticks < wantedTicks * share) {
      now += 1_100;
      await watcher.query("select pg_notify('millrace', 'automation hurry')");
      await sleep(20);
      if (Math.random() < 0.02) ticks = await countTicks(watcher);
    }
    memory.push(process.memoryUsage.rss() / 1e6);
  }
  const { rows } = await watcher.query<{ size: number }>(
    "select pg_total_relation_size('millrace.tick')::float8 / 1e6 as size",
  );
  await watcher.close();
  await engine.stop();
  const [early = 0, late = 0] = memory;
  const figure = (name: string, value: number, budget: number | null) => {
    const rounded = Number(value.toPrecision(3));
    const rest = { unit: "MB", better: "lower" as const, n: ticks, min: rounded, max: rounded, peer: null };
    report({ figure: name, value: rounded, budget, ...rest });
  };
  figure("engine's memory from 50,000 to 100,000 ticks, growth", Math.max(0, late - early), 20);
  figure("state of 100,000 ticks that came to nothing", rows[0]?.size ?? 0, 10);
}

async function countTicks(database: Database): Promise<number> {
  const { rows } = await database.query<{ ticks: number }>(
    "select coalesce(sum(evaluations), 0)::float8 as ticks from millrace.tick",
  );
  return rows[0]?.ticks ?? 0;
}

/** Of a process and everything below it. */
async function processorSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => "");
  const [, , , , , , , , , , , user = "0", system = "0"] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const children = await Promise.all(
    threads.map(thread => readFile(`/proc/${pid}/task/${thread}/children`, "utf8").catch(() => "")),
  );
  const pids = children.join(" ").split(/\s+/).filter(Boolean).map(Number);
  const below = await Promise.all(pids.map(processorSeconds));
  return (Number(user) + Number(system)) / 100 + below.reduce((sum, it) => sum + it, 0);
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { connect } from "../src/protocol/channel.ts";
import { type EngineClient, type EngineHost, engineProtocolVersion } from "../src/protocol/engine.ts";
import { streamPort } from "../src/protocol/streamPort.ts";
import { openDatabase } from "../src/store/database.ts";
import { startEmbedded, stopEmbedded } from "../src/store/embedded/embedded.ts";
import { deafClient } from "../test/support/deafClient.ts";
import { fromSamples, type Report } from "./figures/figure.ts";
import { memoryBelow } from "./figures/processes.ts";

const commandLine = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
const hello = `import { asset } from "millrace";
export const hello = asset("hello", { materialize: () => [{ id: 1, word: "hello" }] });
`;

/** What a person waits for: a click in the editor, a command in a terminal; and what it costs at rest. */
export async function bench(report: Report) {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  const directory = join(root, ".millrace");
  try {
    await writeFile(join(root, "hello.ts"), hello);
    const { url } = await startEmbedded({ directory });
    await command(root, "materialize", "hello");

    const cold = await times(7, () => command(root, "materialize", "hello"));
    const node = await times(7, () => run(process.execPath, ["-e", "0"], root));
    report(
      fromSamples(cold, 50, {
        figure: "cold millrace materialize of one trivial asset",
        unit: "ms",
        budget: 700,
        better: "lower",
        peer: { name: "dagster asset materialize, measured separately", value: 6100 },
      }),
    );
    report(
      fromSamples(node, 50, {
        figure: "the same machine starting Node and nothing else",
        unit: "ms",
        budget: null,
        better: "lower",
        peer: null,
      }),
    );
    await clicks(root, url, report);
    await bytes(root, url, report);
  } finally {
    await stopEmbedded(directory);
    await rm(root, { recursive: true, force: true });
  }
}

/** The editor's way: the engine over stdio, definitions loaded, worker warm; until the client is told of the end. */
async function clicks(root: string, url: string, report: Report) {
  const child = spawn(process.execPath, [commandLine, "serve", "--root", root], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<string, () => void>();
  const ended = new Set<string>();
  const engine = connect<EngineClient, EngineHost>(streamPort(child.stdout, child.stdin), {
    ...deafClient,
    runChanged({ id, endedAt }) {
      if (endedAt === null) return;
      ended.add(id);
      waiting.get(id)?.();
    },
  });
  try {
    await engine.hello({ protocol: engineProtocolVersion, name: "bench" });
    const click = async () => {
      const { runId } = await engine.materialize({ selection: "hello", requestedBy: "bench" });
      if (!ended.has(runId)) await new Promise<void>(resolve => waiting.set(runId, resolve));
    };
    for (let warm = 0; warm < 10; warm++) await click();
    const samples = await times(100, click);
    const raw = await rawTransactions(url);
    const figure = { unit: "ms", better: "lower" as const };
    report(
      fromSamples(samples, 50, {
        ...figure,
        figure: "click → trivial asset materialized, warm, p50",
        budget: null,
        peer: { name: "the same rows in a bare transaction, p50", value: raw },
      }),
    );
    report(
      fromSamples(samples, 95, {
        ...figure,
        figure: "click → trivial asset materialized, warm, p95",
        budget: 100,
        peer: { name: "click in Dagster's web UI at its best settings, measured separately", value: 2600 },
      }),
    );
    await new Promise(resolve => setTimeout(resolve, 6_000));
    report(await idleMemory(child.pid ?? 0));
    report(await idleConnections(url));
  } finally {
    child.stdin.end();
    await once(child, "exit");
  }
}

async function rawTransactions(url: string): Promise<number> {
  const database = openDatabase(url, { name: "bench", connections: 1 });
  const samples = await times(100, () =>
    database.transaction(async sql => {
      await sql.query("delete from assets.hello");
      await sql.query("insert into assets.hello (id, word) values (1, 'hello')");
    }),
  );
  await database.close();
  return samples.sort((a, b) => a - b)[50] ?? 0;
}

async function idleMemory(pid: number) {
  const value = await memoryBelow(pid);
  return {
    figure: "idle engine with one warm worker and bundler, memory (PSS)",
    unit: "MB",
    budget: 150,
    better: "lower" as const,
    value: Math.round(value),
    n: 1,
    min: Math.round(value),
    max: Math.round(value),
    peer: { name: "idle dagster dev, measured separately", value: 518 },
  };
}

async function idleConnections(url: string) {
  const database = openDatabase(url, { name: "bench", connections: 1 });
  const { rows } = await database.query<{ count: number }>(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and application_name like 'millrace%'",
  );
  await database.close();
  const value = rows[0]?.count ?? 0;
  return {
    figure: "connections of an idle engine",
    unit: "connections",
    budget: 3,
    better: "lower" as const,
    value,
    n: 1,
    min: value,
    max: value,
    peer: null,
  };
}

/** What one materialization with a run of its own leaves in the state, indexes included. */
async function bytes(root: string, url: string, report: Report) {
  const database = openDatabase(url, { name: "bench", connections: 1 });
  const size = async () => {
    await database.query("vacuum full");
    const { rows } = await database.query<{ state: string; events: string }>(
      `select sum(pg_total_relation_size(oid)) filter (where relname not like 'event%') as state,
              sum(pg_total_relation_size(oid)) filter (where relname like 'event%') as events
       from pg_class where relnamespace in ('millrace'::regnamespace, 'millrace_queue'::regnamespace) and relkind = 'r'`,
    );
    return { state: Number(rows[0]?.state), events: Number(rows[0]?.events) };
  };
  const runs = 300;
  const child = spawn(process.execPath, [commandLine, "serve", "--root", root], {
    stdio: ["pipe", "pipe", "ignore"],
  });
  let finished = 0;
  const engine = connect<EngineClient, EngineHost>(streamPort(child.stdout, child.stdin), {
    ...deafClient,
    runChanged: ({ endedAt }) => void (endedAt && finished++),
  });
  await engine.hello({ protocol: engineProtocolVersion, name: "bench" });
  const before = await size();
  for (let at = 0; at < runs; at++) await engine.materialize({ selection: "hello", requestedBy: "bench" });
  while ((await engine.runs(1))[0]?.endedAt === null) await new Promise(resolve => setTimeout(resolve, 100));
  child.stdin.end();
  await once(child, "exit");
  const after = await size();
  await database.close();
  const common = { unit: "bytes", better: "lower" as const, n: runs };
  const events = Math.round((after.events - before.events) / runs);
  const state = Math.round((after.state - before.state) / runs);
  report({
    ...common,
    figure: "events per materialization",
    budget: 2048,
    value: events,
    min: events,
    max: events,
    peer: null,
  });
  report({
    ...common,
    figure: "all state per materialization with a run of its own",
    budget: null,
    value: state,
    min: state,
    max: state,
    peer: { name: "Dagster, a run each, measured separately", value: 19_500 },
  });
}

async function times(count: number, work: () => Promise<unknown>): Promise<number[]> {
  const samples: number[] = [];
  for (let at = 0; at < count; at++) {
    const since = performance.now();
    await work();
    samples.push(performance.now() - since);
  }
  return samples;
}

function command(root: string, ...args: string[]): Promise<void> {
  return run(process.execPath, [commandLine, ...args], root);
}

async function run(program: string, args: string[], cwd: string): Promise<void> {
  const child = spawn(program, args, { cwd, stdio: "ignore" });
  const [code] = await once(child, "exit");
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}.`);
}

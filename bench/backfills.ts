import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { PoolClient } from "pg";
import { from } from "pg-copy-streams";
import { readConfiguration } from "../src/engine/configuration.ts";
import { startEngine } from "../src/engine/startEngine.ts";
import { openState } from "../src/engine/stateDatabase.ts";
import type { AssetGraph } from "../src/model/assetGraph.ts";
import type { AssetKey } from "../src/model/assetKey.ts";
import { planBackfill } from "../src/model/backfillPlan.ts";
import { backfillTarget } from "../src/model/backfillTarget.ts";
import { defineTimePartitions } from "../src/model/defineTimePartitions.ts";
import { type Database, openDatabase } from "../src/store/database.ts";
import { stopEmbedded } from "../src/store/embedded/embedded.ts";
import { partitionRanges } from "../src/store/partitionRanges.ts";
import { publishStep } from "../src/store/publish.ts";
import { fromSamples, type Report } from "./figures/figure.ts";
import { heapInUse } from "./figures/heap.ts";

const start = "1900-01-01";
const definitions = `import { asset, dailyPartitions } from "millrace";
export const daily = asset("daily", {
  partitions: dailyPartitions({ start: "${start}", end: "2300-01-01" }),
  materialize: (_, { partition }) => [{ day: partition.key, value: 1 }],
});
`;
const day = (at: number) => new Date(Date.parse(start) + at * 86_400_000).toISOString().slice(0, 10);

/** Many partitions, one run each, beside a bare loop of the transaction that publishes one. */
export async function bench(report: Report) {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    await writeFile(join(root, "daily.ts"), definitions);
    const configuration = await readConfiguration(root);
    const database = await openState(configuration, { name: "bench" });
    const { url } = database;
    const engine = await startEngine({ configuration, database, name: "bench" });
    await engine.definitions();
    const backfill = async (from: number, count: number) => {
      const since = performance.now();
      const { backfillId } = await engine.launchBackfill({
        selection: "daily",
        partitions: `${day(from)}...${day(from + count - 1)}`,
        only: [],
        maxParallel: null,
        requestedBy: "bench",
      });
      const { status } = await engine.waitForBackfill(backfillId);
      if (status !== "succeeded") throw new Error(`The backfill ended as ${status}.`);
      return (count / (performance.now() - since)) * 1000;
    };
    await backfill(0, 100);
    const rates: number[] = [];
    const ratios: number[] = [];
    for (let round = 0; round < 3; round++) {
      const raw = await rawLoop(url, 500);
      const rate = await backfill(100 + round * 1_000, 1_000);
      rates.push(rate);
      ratios.push(rate / raw);
      process.stderr.write(`  ${Math.round(rate)} partitions/s beside ${Math.round(raw)} raw\n`);
    }
    const common = { better: "higher" as const, peer: null };
    report(
      fromSamples(rates, 50, {
        ...common,
        figure: "backfill of 1,000 daily partitions, a run each",
        unit: "partitions/s",
        budget: null,
        peer: { name: "Dagster, 50 partitions, a run each, measured separately", value: 0.17 },
      }),
    );
    report(
      fromSamples(ratios, 50, {
        ...common,
        figure: "the same beside a raw loop of the fenced transaction",
        unit: "× raw loop",
        budget: 0.5,
      }),
    );
    const heapBefore = heapInUse();
    const long = await backfill(4_000, 10_000);
    const heapGrowth = heapInUse() - heapBefore;
    report(
      fromSamples([long / (rates.sort((a, b) => a - b)[1] ?? 1)], 50, {
        ...common,
        figure: "rate with 10,000 partitions beside 1,000",
        unit: "× rate",
        budget: 0.8,
      }),
    );
    report(
      fromSamples([Math.max(0, heapGrowth)], 50, {
        figure: "engine's heap in use, growth over 10,000 runs",
        unit: "MB",
        budget: 20,
        better: "lower",
        peer: null,
      }),
    );
    await engine.stop();
    await states(url, report);
    plans(report);
  } finally {
    await stopEmbedded(join(root, ".millrace"));
    await rm(root, { recursive: true, force: true });
  }
}

/** What a person waits for before a backfill is launched: targets, waves, runs, time. */
function plans(report: Report) {
  for (const [assets, partitions, budget] of [
    [100, 1_000, null],
    [100, 10_000, 500],
    [100, 100_000, null],
    [1, 1_000_000, null],
  ] as const) {
    const samples: number[] = [];
    const before = process.memoryUsage().heapUsed;
    for (let round = 0; round < 5; round++) {
      const graph = chain(assets, partitions + round);
      const moment = { now: Date.UTC(4800, 0, 1) };
      const since = performance.now();
      const { value } = backfillTarget(graph, {
        assets: graph.assets.map(it => it.key),
        partitions: null,
        ...moment,
      });
      if (value === null) throw new Error("The plan was refused.");
      const { runs } = planBackfill({ graph, targets: value, durations: new Map(), parallel: 9, ...moment });
      samples.push(performance.now() - since);
      if (runs < partitions) throw new Error(`The plan has ${runs} runs.`);
    }
    report(
      fromSamples(samples, 50, {
        figure: `plan of ${assets} × ${partitions.toLocaleString("en")} partitions`,
        unit: "ms",
        budget,
        better: "lower",
        peer: null,
      }),
    );
    if (partitions < 1_000_000) continue;
    const grown = (process.memoryUsage().heapUsed - before) / 2 ** 20;
    report(
      fromSamples([Math.max(0, grown)], 50, {
        figure: "heap growth of planning 1,000,000 partitions five times",
        unit: "MB",
        budget: null,
        better: "lower",
        peer: null,
      }),
    );
  }
}

/** Assets of daily partitions, each needing the one before. */
function chain(length: number, partitions: number): AssetGraph {
  const start = "2000-01-01T00:00";
  const end = new Date(Date.UTC(2000, 0, 1) + partitions * 86_400_000).toISOString().slice(0, 16);
  const defined = defineTimePartitions("daily", { start, end });
  if (!("definition" in defined)) throw new Error("The partitions are refused.");
  const keys = Array.from({ length }, (_, at) => `asset_${at}` as AssetKey);
  return {
    assets: keys.map(key => ({
      key,
      kind: "typescript",
      group: "default",
      description: null,
      tags: {},
      kinds: [],
      owners: [],
      file: null,
      line: null,
      column: null,
      partitions: "daily",
      partitionsDefinition: defined.definition,
      checks: [],
    })),
    edges: keys.slice(1).map((to, at) => ({ from: keys[at] as AssetKey, to, kind: "input" })),
  };
}

/**
 * Partitions a second when nothing but the publishing transaction is done, one after another: the lock that slices
 * share, the slice replaced by COPY in a table with the index that ours have, the record, the fence.
 */
async function rawLoop(url: string, count: number): Promise<number> {
  const database = openDatabase(url, { name: "bench", connections: 1 });
  const { rows } = await database.query<{ id: string; run_id: string }>(
    `with run as (
       insert into millrace.run (environment, digest, status, selection, requested_by, ended_at)
       values ('raw', '', 'succeeded', '', 'bench', now()) returning id
     )
     insert into millrace.step (run_id, position, asset, partitions, positions, definition, status, attempt, started_at)
     select run.id, at, 'raw', array[at::text], int4range(at, at + 1), 'raw', 'running', 1, now()
     from run, generate_series(0, $1 - 1) as at returning id, run_id`,
    [count],
  );
  await database.query(`
    create table if not exists assets.raw (_partition text not null, day text, value double precision);
    create index if not exists raw_partition on assets.raw (_partition)`);
  const since = performance.now();
  for (const [at, { id, run_id }] of rows.entries()) {
    await publishStep(database, async sql => {
      await sql.query("select pg_advisory_xact_lock_shared(hashtextextended($1, 0))", ["raw"]);
      await sql.query("delete from assets.raw where _partition = $1", [String(at)]);
      const copy = (sql as PoolClient).query(from("copy assets.raw (day, value, _partition) from stdin"));
      copy.end(`${at}\t1\t${at}\n`);
      await finished(copy);
      return {
        asset: "raw" as AssetKey,
        slice: { keys: [String(at)] },
        runId: run_id,
        stepId: id,
        attempt: 1,
        rows: 1,
        codeVersion: null,
        metadata: {},
        checks: [],
      };
    });
  }
  const rate = (count / (performance.now() - since)) * 1000;
  await database.close();
  return rate;
}

/** How the partitions of one asset stand, read from the state. */
async function states(url: string, report: Report) {
  const database = openDatabase(url, { name: "bench", connections: 1 });
  for (const [count, budget] of [
    [100_000, 100],
    [1_000_000, null],
  ] as const) {
    await fill(database, count);
    const samples: number[] = [];
    for (let round = 0; round < 5; round++) {
      const since = performance.now();
      await partitionRanges(database, "bench", [
        { asset: `many_${count}` as never, definition: "many", positionOf: Number },
      ]);
      samples.push(performance.now() - since);
    }
    report(
      fromSamples(samples, 50, {
        figure: `how ${count.toLocaleString("en")} partitions stand, from SQL`,
        unit: "ms",
        budget,
        better: "lower",
        peer: null,
      }),
    );
  }
  await database.close();
}

/** Every hundredth is missing and every hundred-and-first has failed, so that there are many ranges. */
async function fill(database: Database, count: number) {
  await database.query(
    `insert into millrace.asset_partition (environment, asset, partition, position, definition, materialization_id, failed_step)
     select 'bench', $1, at::text, at, 'many', 1, case when at % 101 = 0 then 1 end
     from generate_series(0, $2 - 1) as at where at % 100 <> 0`,
    [`many_${count}`, count],
  );
  await database.query("analyze millrace.asset_partition");
}

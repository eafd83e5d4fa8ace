import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { conditionLoop } from "../src/engine/automation/conditions.ts";
import type { AutomationLoop } from "../src/engine/automation/loop.ts";
import type { AutomationEdge } from "../src/engine/automation/loops.ts";
import { readConfiguration } from "../src/engine/configuration.ts";
import { openState } from "../src/engine/stateDatabase.ts";
import type { AssetNode, ScannedGraph } from "../src/model/assetGraph.ts";
import type { AssetKey } from "../src/model/assetKey.ts";
import { eager } from "../src/model/conditionForms.ts";
import { type PartitionsDefinition, partitionsId } from "../src/model/partitionsDefinition.ts";
import { holdAutomationLease } from "../src/store/automationLease.ts";
import type { Database } from "../src/store/database.ts";
import { stopEmbedded } from "../src/store/embedded/embedded.ts";
import { fromSamples, type Report } from "./figures/figure.ts";

/** One look at all conditions of chains of ten assets: the first one ever, the first one of a daemon, and those after news. */
export async function bench(report: Report) {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    const database = await openState(await readConfiguration(root), { name: "bench" });
    for (const [assets, partitions] of [
      [100, 1_000],
      [1_000, 100],
      [1_000, 1_000],
      [2_000, 1_000],
    ] as const) {
      const size = `${assets.toLocaleString("en")} assets × ${partitions.toLocaleString("en")} partitions`;
      const isPromised = assets * partitions === 1_000_000;
      const { ever, first, later } = await measure(database, assets, partitions);
      const figure = { unit: "ms", budget: isPromised ? 1_000 : null, better: "lower", peer: null } as const;
      // Everything is read then, once in the life of an environment.
      report(
        fromSamples(ever, 50, {
          figure: `first look ever at the conditions of ${size}`,
          ...figure,
          budget: null,
        }),
      );
      report(
        fromSamples(first, 50, { figure: `first look of a daemon at the conditions of ${size}`, ...figure }),
      );
      report(fromSamples(later, 50, { figure: `look at the conditions of ${size} after news`, ...figure }));
    }
    await database.close();
  } finally {
    await stopEmbedded(join(root, ".millrace"));
    await rm(root, { recursive: true, force: true });
  }
}

const environment = "bench";
const now = Date.UTC(4800, 0, 1);
const chain = 10;
const key = (at: number) => `asset_${at}` as AssetKey;

async function measure(database: Database, assets: number, partitions: number) {
  const graph = await fill(database, assets, partitions);
  const engine = "00000000-0000-4000-8000-000000000000";
  const lease = await holdAutomationLease(database, engine, environment, 3_600_000);
  if (lease === null) throw new Error("Somebody else holds the lease.");
  const edge = { database, environment, clock: () => now, queued() {} } as unknown as AutomationEdge;
  const moment = { now, graph, digest: "bench", lease };
  const ever: number[] = [];
  const first: number[] = [];
  const later: number[] = [];
  for (let round = 0; round < 3; round++) {
    await database.query(
      `truncate millrace.tick, millrace.condition_look, millrace.condition_memory, millrace.condition_form,
         millrace.condition_materialized`,
    );
    const timed = (loop: AutomationLoop) => async () => {
      const since = performance.now();
      await loop.look(moment, new AbortController().signal);
      return performance.now() - since;
    };
    ever.push(await timed(conditionLoop(edge))());
    const look = timed(conditionLoop(edge));
    first.push(await look());
    for (let again = 0; again < 3; again++) {
      await sleep(1_010);
      await look();
      await sleep(1_010);
      await makeRoots(database, partitions);
      later.push(await look());
    }
  }
  const [runs] = (await database.query<{ count: number }>("select count(*)::int as count from millrace.run"))
    .rows;
  if (runs?.count !== 9) throw new Error(`Nine rounds of news requested ${runs?.count} runs.`);
  return { ever, first, later };
}

/** The last partition of the first asset of each of ten chains is made again, and what was requested is forgotten. */
async function makeRoots(database: Database, partitions: number) {
  await database.query("update millrace.step set status = 'succeeded'");
  await database.query("update millrace.run set status = 'succeeded'");
  await database.query(
    `insert into millrace.materialization (environment, asset, partitions, at)
     select $1, 'asset_' || place * ${chain}, array[to_char(date '2000-01-01' + $2::int - 1, 'YYYY-MM-DD')],
            timestamptz '4800-01-01 00:00:01Z'
     from generate_series(0, 9) as place`,
    [environment, partitions],
  );
}

async function fill(database: Database, assets: number, partitions: number): Promise<ScannedGraph> {
  await database.query(
    `truncate millrace.asset_partition, millrace.materialization, millrace.run, millrace.step, millrace.tick,
       millrace.condition_look, millrace.condition_memory, millrace.condition_form,
       millrace.condition_materialized cascade`,
  );
  const definition: PartitionsDefinition = {
    kind: "daily",
    cron: "0 0 * * *",
    start: "2000-01-01T00:00",
    end: new Date(Date.UTC(2000, 0, 1) + partitions * 86_400_000).toISOString().slice(0, 16),
    timezone: "UTC",
    keyFormat: "%Y-%m-%d",
    endOffset: 0,
    exclusions: [],
  };
  await database.query(
    `insert into millrace.asset_partition (environment, asset, partition, position, definition, materialization_id, at)
     select $1, 'asset_' || asset, to_char(date '2000-01-01' + place, 'YYYY-MM-DD'), place, $2, place, now()
     from generate_series(0, $3::int - 1) as asset, generate_series(0, $4::int - 1) as place`,
    [environment, partitionsId(definition), assets, partitions],
  );
  await database.query("analyze millrace.asset_partition");
  const nodes = Array.from({ length: assets }, (_, at) => ({
    key: key(at),
    kind: "typescript",
    partitionsDefinition: definition,
    condition: eager(),
  }));
  return {
    assets: nodes as unknown as AssetNode[],
    edges: nodes.flatMap((node, at) =>
      at % chain === 0 ? [] : [{ from: key(at - 1), to: node.key, kind: "input" as const }],
    ),
    problems: [],
  };
}

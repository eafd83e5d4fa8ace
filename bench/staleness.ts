import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readConfiguration } from "../src/engine/configuration.ts";
import { readStaleness } from "../src/engine/staleness.ts";
import { openState } from "../src/engine/stateDatabase.ts";
import type { AssetGraph, AssetNode } from "../src/model/assetGraph.ts";
import type { AssetKey } from "../src/model/assetKey.ts";
import { type PartitionsDefinition, partitionsId } from "../src/model/partitionsDefinition.ts";
import type { Database } from "../src/store/database.ts";
import { stopEmbedded } from "../src/store/embedded/embedded.ts";
import { fromSamples, type Report } from "./figures/figure.ts";

/** What is stale in chains of assets, of which one partition in a hundred was made again at the top. */
export async function bench(report: Report) {
  const root = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  try {
    const database = await openState(await readConfiguration(root), { name: "bench" });
    for (const [assets, partitions, budget] of [
      [100, 1_000, 1_000],
      [2, 100_000, null],
      [2, 1_000_000, null],
    ] as const) {
      const graph = await fill(database, assets, partitions);
      const last = graph.assets.at(-1)?.key as AssetKey;
      const samples: number[] = [];
      for (let round = 0; round < (partitions > 100_000 ? 3 : 10); round++) {
        const since = performance.now();
        const staleness = await readStaleness(database, "bench", graph, { now });
        if (staleness.reason(last, 5) === null) throw new Error("What was made anew did not make stale.");
        samples.push(performance.now() - since);
        if (staleness.stale(last).count !== partitions / 100) throw new Error("The count is wrong.");
      }
      report(
        fromSamples(samples, 50, {
          figure: `staleness of ${assets} × ${partitions.toLocaleString("en")} partitions, with a reason`,
          unit: "ms",
          budget,
          better: "lower",
          peer: null,
        }),
      );
    }
    await database.close();
  } finally {
    await stopEmbedded(join(root, ".millrace"));
    await rm(root, { recursive: true, force: true });
  }
}

const now = Date.UTC(4800, 0, 1);
const key = (at: number) => `asset_${at}` as AssetKey;

/** Every partition of every asset, each made after what it needs; then some of the first one once more. */
async function fill(database: Database, assets: number, partitions: number): Promise<AssetGraph> {
  await database.query("truncate millrace.asset_partition");
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
  for (let at = 0; at < assets; at++) {
    await database.query(
      `insert into millrace.asset_partition (environment, asset, partition, position, definition,
         materialization_id, at, data_version, changed_sequence, watermark, settled, inputs)
       select 'bench', $1, to_char(date '2000-01-01' + place, 'YYYY-MM-DD'), place, $2, place, now(), '#' || place,
              place, place, place, $3
       from generate_series(0, $4::int - 1) as place`,
      [key(at), partitionsId(definition), at === 0 ? [] : [key(at - 1)], partitions],
    );
  }
  await database.query(
    "update millrace.asset_partition set changed_sequence = 1e9 where asset = $1 and position % 100 = 5",
    [key(0)],
  );
  await database.query("analyze millrace.asset_partition");
  const nodes = Array.from({ length: assets }, (_, at) => ({
    key: key(at),
    kind: "typescript",
    partitionsDefinition: definition,
  }));
  return {
    assets: nodes as unknown as AssetNode[],
    edges: nodes.slice(1).map((node, at) => ({ from: key(at), to: node.key, kind: "input" })),
  };
}

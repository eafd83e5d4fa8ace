import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { emptySet, intersection, type PartitionSet } from "../model/partitionSet.ts";
import { allPartitions, type Partitioning, partitionsAt } from "../model/partitions.ts";
import type { Sql } from "../store/database.ts";
import { type PartitionStand, partitionRanges } from "../store/partitionRanges.ts";
import type { Moment } from "./moment.ts";
import { readStaleness, versionedAsset } from "./staleness.ts";

/** How the partitions of one asset stand; an asset without partitions is the only one of its own, at 0. */
export interface Stand extends PartitionStand {
  readonly partitions: Partitioning;
  /** Empty when it was not asked for. */
  readonly stale: PartitionSet;
  /** Why the last stale partition is stale, in a few words. */
  readonly staleReason: string | null;
}

/** Reads how some assets stand at a moment; what the definitions do not have any more is left out. */
export async function readStands(
  sql: Sql,
  environment: string,
  graph: AssetGraph,
  moment: Moment,
  wanted: readonly AssetKey[],
  options: { stale: boolean },
): Promise<Map<AssetKey, Stand>> {
  // A run without partitions asks for none, and is planned at every click.
  if (wanted.length === 0) return new Map();
  const nodes = new Map(graph.assets.map(it => [it.key, it]));
  const partitionings = new Map(
    wanted.map(key => [key, partitionsAt(nodes.get(key)?.partitionsDefinition ?? null, moment)]),
  );
  const asked = [...partitionings].map(([asset, it]) => versionedAsset(asset, it));
  const [known, staleness] = await Promise.all([
    partitionRanges(sql, environment, asked),
    options.stale ? readStaleness(sql, environment, graph, moment, wanted) : null,
  ]);
  return new Map(
    [...partitionings].map(([asset, partitions]) => {
      const within = allPartitions(partitions);
      const of = (name: keyof PartitionStand) => intersection(known.get(asset)?.[name] ?? emptySet, within);
      const stale = intersection(staleness?.stale(asset) ?? emptySet, within);
      const last = stale.ranges.at(-1);
      const stand = {
        partitions,
        materialized: of("materialized"),
        failed: of("failed"),
        queued: of("queued"),
        running: of("running"),
        stale,
        staleReason: last ? (staleness?.reason(asset, last.to - 1) ?? null) : null,
      };
      return [asset, stand];
    }),
  );
}

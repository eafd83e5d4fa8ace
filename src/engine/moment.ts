import type { AssetGraph } from "../model/assetGraph.ts";
import type { PartitionsMoment } from "../model/partitions.ts";
import { dynamicNames } from "../model/partitionsDefinition.ts";
import type { Sql } from "../store/database.ts";
import { dynamicKeys } from "../store/dynamicPartitions.ts";

/** An instant, and the keys that dynamic partitions have then: plain, so that it crosses to workers and pictures. */
export interface Moment extends PartitionsMoment {
  readonly keys: Readonly<Record<string, readonly string[]>>;
}

/** What decides which partitions of a graph exist. */
export async function momentAt(
  sql: Sql,
  environment: string,
  graph: AssetGraph,
  now: number,
): Promise<Moment> {
  const names = [...new Set(graph.assets.flatMap(it => dynamicNames(it.partitionsDefinition ?? null)))];
  const keys = names.length > 0 ? await dynamicKeys(sql, environment, names) : {};
  return { now, keys, dynamicKeys: name => keys[name] ?? [] };
}

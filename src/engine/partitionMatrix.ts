import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { PartitionStateRange } from "../model/backfillState.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import type { PartitionDetails, PartitionMatrix } from "../protocol/partitions.ts";
import type { Sql } from "../store/database.ts";
import { partitionRecord } from "../store/partitionHistory.ts";
import type { Moment } from "./moment.ts";
import { partsOf } from "./partitionedStates.ts";
import type { ReadStands } from "./planRequest.ts";
import type { Staleness } from "./staleness.ts";
import type { Stand } from "./stands.ts";

/** How the partitions of these assets stand, or of all that have some. */
export async function readPartitionMatrix(
  graph: AssetGraph,
  moment: Moment,
  stands: ReadStands,
  wanted: readonly AssetKey[] | null,
): Promise<PartitionMatrix> {
  const partitioned = graph.assets.filter(
    it => it.partitionsDefinition && (wanted === null || wanted.includes(it.key)),
  );
  const known = await stands(
    partitioned.map(it => it.key),
    { stale: true },
  );
  return {
    now: moment.now,
    dynamicKeys: Object.fromEntries(Object.entries(moment.keys).map(([name, keys]) => [name, [...keys]])),
    rows: partitioned.flatMap(({ key, group, partitionsDefinition }) =>
      partitionsDefinition
        ? [{ asset: key, group, definition: partitionsDefinition, ranges: rangesOf(known.get(key) as Stand) }]
        : [],
    ),
  };
}

/** What a picture draws: everything but what is missing. */
export function rangesOf(stand: Stand): PartitionStateRange[] {
  let at = 0;
  return partsOf(stand).flatMap(({ state, count }) => {
    const first = at;
    at += count;
    return state === "missing" ? [] : [{ first, last: at - 1, state: state as PartitionStateRange["state"] }];
  });
}

export async function readPartitionDetails(
  sql: Sql,
  environment: string,
  stand: Stand,
  staleness: Staleness,
  asset: AssetKey,
  partition: string,
): Promise<PartitionDetails> {
  const { partitions } = stand;
  const { definition } = partitions;
  const at = partitions.indexOf(partition);
  const position = definition === null || at === null ? null : { definition: partitionsId(definition), at };
  const { openRun, ...record } = await partitionRecord(sql, environment, asset, partition, position);
  const stale = at === null ? null : staleness.reason(asset, at);
  return {
    ...record,
    runId: openRun?.id ?? record.runId,
    reason: openRun
      ? `${openRun.status === "running" ? "running in" : "waits in"} run ${openRun.id}`
      : stale && `stale: ${stale}`,
  };
}

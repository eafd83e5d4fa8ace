import type { AssetEdge } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { indexesOf, type PartitionSet, setOfRange } from "../model/partitionSet.ts";
import { type Partitioning, type PartitionsMoment, partitionsAt } from "../model/partitions.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import { upstreamNeeds } from "../model/upstreamNeeds.ts";
import type { StepOrder } from "../protocol/worker.ts";
import type { AssetDefinition } from "../sdk/definition.ts";
import type { Sql } from "../store/database.ts";
import { type Origin, stampVersions, type VersionedNeed, versionsFromUpstream } from "../store/versions.ts";
import { edgesOf } from "./definitions.ts";
import { momentOf } from "./slices.ts";

/** Notes, before anything is loaded, up to which changes upstream a step can load, and what its versions are. */
export async function noteOrigin(
  sql: Sql,
  asset: AssetDefinition,
  order: StepOrder,
  partitionsOf: (asset: AssetKey) => PartitionsDefinition | null,
): Promise<Origin> {
  const { dbtInputs = {} } = order;
  const known = new Map(Object.values(dbtInputs).map(it => [it.key, it]));
  const cutOf = (key: AssetKey) => known.get(key)?.partitions ?? partitionsOf(key);
  const named = edgesOf(asset).map(edge => ({ ...edge, from: dbtInputs[edge.from]?.key ?? edge.from }));
  const edges = named.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
  const inputs = [...new Set(edges.map(edge => edge.from))];
  const watermark = inputs.length > 0 ? await stampVersions(sql) : null;
  if (asset.codeVersion === null) return { inputs, watermark, versions: null };
  const needs = needsOf(asset, edges, order, cutOf);
  const versions = needs && (await versionsFromUpstream(sql, order.stepId, asset.codeVersion, needs));
  return { inputs, watermark, versions };
}

/** What the code itself says of its data counts instead of what follows from upstream. */
export function withDataVersion(
  origin: Origin | undefined,
  dataVersion: string | undefined,
): Origin | undefined {
  return origin && dataVersion !== undefined ? { ...origin, versions: [dataVersion] } : origin;
}

function nameOf({ from, mapping }: AssetEdge): string {
  return `${from} ${JSON.stringify(mapping ?? null)}`;
}

/** What each partition of the slice needs; null where that cannot be told, and each materialization is new data. */
function needsOf(
  asset: AssetDefinition,
  edges: readonly AssetEdge[],
  order: StepOrder,
  partitionsOf: (asset: AssetKey) => PartitionsDefinition | null,
): VersionedNeed[][] | null {
  const moment = momentOf(order);
  const downstream = partitionsAt(asset.partitions, moment);
  const { first, last } = order.positions ?? { first: 0, last: 0 };
  const needs = Array.from({ length: last - first + 1 }, (): VersionedNeed[] => []);
  for (const edge of edges) {
    const needOf = createNeeds(edge, partitionsOf(edge.from), moment);
    for (const [at, needed] of needs.entries()) {
      const need = needOf(downstream, setOfRange(first + at, first + at + 1));
      if (need === null) return null;
      needed.push(need);
    }
  }
  return needs;
}

/** Answers the same object for the same partitions of one asset. */
function createNeeds(
  { from: asset, mapping = null }: AssetEdge,
  definition: PartitionsDefinition | null,
  moment: PartitionsMoment,
): (downstream: Partitioning, set: PartitionSet) => VersionedNeed | null {
  const upstream = partitionsAt(definition, moment);
  const known = new Map<string, VersionedNeed>();
  return (downstream, set) => {
    const needs = upstreamNeeds(mapping, upstream, downstream, set);
    if ("fault" in needs) return null;
    const { partitions } = needs;
    const name = partitions.ranges.map(({ from, to }) => `${from}-${to}`).join();
    const keys = () => [...indexesOf(partitions)].map(index => upstream.keyAt(index));
    const need = known.get(name) ?? { asset, keys: definition === null ? [""] : keys() };
    known.set(name, need);
    return need;
  };
}

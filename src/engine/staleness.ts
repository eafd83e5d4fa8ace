import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { hasFixedPositions } from "../model/fixedPositions.ts";
import { emptySet, type PartitionSet } from "../model/partitionSet.ts";
import { type Partitioning, type PartitionsMoment, partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { judgeStaleness, type StaleCause } from "../model/staleness.ts";
import { describeStaleness, type StaleStep, stalenessPath } from "../model/stalenessPath.ts";
import type { Sql } from "../store/database.ts";
import { recordedVersions, type VersionedAsset } from "../store/recordedVersions.ts";

/** What is stale at one moment, and why. An asset without partitions has the position 0. */
export interface Staleness {
  stale(asset: AssetKey): PartitionSet;
  /** One for each kind of cause and asset upstream; a partition may be in several. */
  causes(asset: AssetKey): readonly StaleCause[];
  /** From a stale partition up to what changed; empty when it is not stale. */
  path(asset: AssetKey, position: number): StaleStep[];
  /** The same in a few words: "raw_weather_data is newer"; null when it is not stale. */
  reason(asset: AssetKey, position: number): string | null;
}

/** Judges some assets, or all: staleness comes from above, so everything upstream of them is read too. */
export async function readStaleness(
  sql: Sql,
  environment: string,
  graph: AssetGraph,
  moment: PartitionsMoment,
  only?: readonly AssetKey[],
): Promise<Staleness> {
  const concerned = only ? withUpstream(graph, only) : graph;
  const partitions = new Map(
    concerned.assets.map(it => [it.key, partitionsAt(it.partitionsDefinition ?? null, moment)]),
  );
  const assets = [...partitions].map(([asset, it]) => versionedAsset(asset, it));
  const recorded = await recordedVersions(sql, environment, assets);
  const judged = judgeStaleness({ graph: concerned, partitions, recorded });
  return {
    stale: asset => judged.get(asset)?.stale ?? emptySet,
    causes: asset => judged.get(asset)?.causes ?? [],
    path: (asset, position) => stalenessPath(judged, asset, position),
    reason: (asset, position) => describeStaleness(stalenessPath(judged, asset, position)),
  };
}

/** An asset as the store is asked about it: by positions where they are the same at every moment. */
export function versionedAsset(asset: AssetKey, partitions: Partitioning): VersionedAsset {
  const { definition } = partitions;
  if (definition === null) return { asset, definition, positionOf: key => (key === "" ? 0 : null) };
  return {
    asset,
    definition: hasFixedPositions(definition) ? partitionsId(definition) : "by key",
    positionOf: key => partitions.indexOf(key),
  };
}

/** Some assets and everything that depends on them. */
export function withDownstream({ edges }: AssetGraph, keys: readonly AssetKey[]): AssetKey[] {
  return reached(
    keys,
    edges.map(({ from, to }) => [from, to] as const),
  );
}

/** Some assets and everything that they depend on, as a graph. */
export function withUpstream({ assets, edges }: AssetGraph, keys: readonly AssetKey[]): AssetGraph {
  const concerned = new Set(
    reached(
      keys,
      edges.map(({ from, to }) => [to, from] as const),
    ),
  );
  return {
    assets: assets.filter(it => concerned.has(it.key)),
    edges: edges.filter(it => concerned.has(it.to)),
  };
}

function reached(keys: readonly AssetKey[], ways: readonly (readonly [AssetKey, AssetKey])[]): AssetKey[] {
  const next = new Map<AssetKey, AssetKey[]>();
  for (const [from, to] of ways) {
    const known = next.get(from);
    if (known) known.push(to);
    else next.set(from, [to]);
  }
  const found = new Set(keys);
  // A set that grows while it is walked is walked to its end.
  for (const key of found) for (const neighbour of next.get(key) ?? []) found.add(neighbour);
  return [...found];
}

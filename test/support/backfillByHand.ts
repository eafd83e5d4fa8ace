import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillScope, PartitionSets } from "../../src/model/backfill.ts";
import type { BackfillRun } from "../../src/model/backfillRuns.ts";
import { emptySet, type PartitionSet, setOfRange, union } from "../../src/model/partitionSet.ts";

/** What a backfill has done, as an engine would count it. */
export interface BackfillAccount {
  requested: Map<AssetKey, PartitionSet>;
  materialized: Map<AssetKey, PartitionSet>;
  failed: Map<AssetKey, PartitionSet>;
}

export function emptyAccount(): BackfillAccount {
  return { requested: new Map(), materialized: new Map(), failed: new Map() };
}

export function addTo(sets: Map<AssetKey, PartitionSet>, asset: AssetKey, set: PartitionSet): void {
  sets.set(asset, union(sets.get(asset) ?? emptySet, set));
}

export function countRequested({ requested }: BackfillAccount, { ranges }: BackfillRun): void {
  for (const [asset, { from, to }] of ranges) addTo(requested, asset, setOfRange(from, to));
}

/**
 * Ends a run: an asset with a bad partition in the range makes nothing of it, and neither does what is below it
 * in the same run.
 */
export function endRun(
  account: BackfillAccount,
  { graph }: Pick<BackfillScope, "graph">,
  { assets, ranges }: BackfillRun,
  isBad: (asset: AssetKey, position: number) => boolean,
): void {
  const lost = new Set<AssetKey>();
  for (const asset of assets) {
    const { from, to } = ranges.get(asset) ?? { from: 0, to: 0 };
    const positions = Array.from({ length: to - from }, (_, i) => from + i);
    const isBelow = graph.edges.some(it => it.to === asset && it.from !== asset && lost.has(it.from));
    if (isBelow || positions.some(it => isBad(asset, it))) lost.add(asset);
    addTo(lost.has(asset) ? account.failed : account.materialized, asset, setOfRange(from, to));
  }
}

export function setIn(sets: PartitionSets, asset: AssetKey): PartitionSet {
  return sets.get(asset) ?? emptySet;
}

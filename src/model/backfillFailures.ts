import type { AssetKey } from "./assetKey.ts";
import {
  type Backfill,
  type BackfillAsset,
  type BackfillEdge,
  needing,
  type PartitionSets,
} from "./backfill.ts";
import {
  difference,
  emptySet,
  type IndexRange,
  intersection,
  type PartitionSet,
  setOfRanges,
  union,
} from "./partitionSet.ts";

/** What failed, and what is given up with it: whatever is targeted and needs it, over any number of assets. */
export function givenUpAfter({ assets }: Backfill, failed: PartitionSets): PartitionSets {
  const given = new Map<AssetKey, PartitionSet>();
  if (![...failed.values()].some(it => it.count > 0)) return given;
  for (const asset of assets) {
    let set = intersection(failed.get(asset.key) ?? emptySet, asset.target);
    for (const edge of asset.needs) {
      const above = given.get(edge.parent.key);
      if (above !== undefined) set = union(set, intersection(needing(edge, above), asset.target));
    }
    if (set.count === 0) continue;
    for (const edge of asset.needs) if (edge.parent === asset) set = throughItself(edge, asset, set);
    given.set(asset.key, set);
  }
  return given;
}

/** Over and over to what needs it of the same asset. */
function throughItself(edge: BackfillEdge, asset: BackfillAsset, set: PartitionSet): PartitionSet {
  const { mapping } = edge;
  if (mapping.kind === "timeWindow" && mapping.endOffset === -1 && mapping.startOffset <= -1) {
    return onwards(asset.target, set, -mapping.startOffset);
  }
  let [all, added] = [set, set];
  while (added.count > 0) {
    added = difference(intersection(needing(edge, added), asset.target), all);
    all = union(all, added);
  }
  return all;
}

/** Each needs the one before it: all behind is lost, also behind a gap that its window reaches over. */
function onwards(target: PartitionSet, set: PartitionSet, reach: number): PartitionSet {
  const lost: IndexRange[] = [];
  let i = 0;
  let last = Number.NEGATIVE_INFINITY;
  for (const { from, to } of target.ranges) {
    while (i < set.ranges.length && (set.ranges[i] as IndexRange).to <= from) i++;
    const first = from - last <= reach ? from : Math.max(from, set.ranges[i]?.from ?? to);
    if (first >= to) continue;
    lost.push({ from: first, to });
    last = to - 1;
  }
  return setOfRanges(lost);
}

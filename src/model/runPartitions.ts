import type { AssetKey } from "./assetKey.ts";
import { formatCount } from "./format.ts";
import type { StepSummary } from "./run.ts";

/** What a run makes of one asset, or alike of several: from its first partition to its last, and how many. */
export interface RunPartitions {
  readonly first: string;
  readonly last: string;
  readonly count: number;
}

/** Which partitions the steps of a run make, each range told once; empty when no asset has any. */
export function partitionsOfRun(steps: readonly StepSummary[]): RunPartitions[] {
  const byAsset = new Map<AssetKey, RunPartitions>();
  for (const { assets, partitions, partitionCount = partitions?.length } of steps) {
    const [first] = partitions ?? [];
    const last = partitions?.at(-1);
    if (first === undefined || last === undefined) continue;
    for (const asset of assets) {
      const before = byAsset.get(asset);
      byAsset.set(asset, {
        first: before?.first ?? first,
        last,
        count: (before?.count ?? 0) + (partitionCount ?? 1),
      });
    }
  }
  const told = new Map<string, RunPartitions>();
  for (const it of byAsset.values()) told.set(JSON.stringify([it.first, it.last, it.count]), it);
  return [...told.values()];
}

/** "2026-01-01 … 2026-01-10 (10)"; of assets that are cut in other ways the first two. */
export function partitionsInShort(partitions: readonly RunPartitions[]): string {
  const told = partitions
    .slice(0, 2)
    .map(({ first, last, count }) => (count === 1 ? first : `${first} … ${last} (${formatCount(count)})`));
  return [...told, ...(partitions.length > 2 ? ["…"] : [])].join(", ");
}

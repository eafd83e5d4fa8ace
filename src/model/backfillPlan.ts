import type { AssetKey } from "./assetKey.ts";
import { type Backfill, type BackfillAsset, type BackfillScope, backfillOf } from "./backfill.ts";
import { countChunks, largestChunk } from "./backfillChunks.ts";
import { type BackfillSoFar, nextWave, type RequestGroup, restOf } from "./backfillRequests.ts";
import type { BackfillPlan } from "./backfillState.ts";
import { emptySet, type PartitionSet, union } from "./partitionSet.ts";

/** What a plan depends on besides its targets. */
export interface PlanRequest extends BackfillScope {
  /** How long one partition of an asset takes, in milliseconds; assets without history are absent. */
  readonly durations: ReadonlyMap<AssetKey, number>;
  /** How many runs go at once. */
  readonly parallel: number;
}

/** What a backfill would take if nothing failed, or why it would fail at once. */
export function planBackfill(request: PlanRequest): Pick<BackfillPlan, "runs" | "estimatedMs" | "notes"> & {
  readonly failure: string | null;
} {
  const { value: backfill, problems } = backfillOf(request);
  if (backfill === null) return { runs: 0, estimatedMs: null, notes: [], failure: problems.join("\n") };
  const known = backfill.assets.flatMap(it => request.durations.get(it.key) ?? []);
  const usual = known.reduce((sum, it) => sum + it, 0) / Math.max(1, known.length);
  const durationOf = (asset: BackfillAsset) => request.durations.get(asset.key) ?? usual;
  const { runs, ms, failure } = countWaves(backfill, durationOf, Math.max(1, request.parallel));
  const unknown = backfill.assets.length - known.length;
  const notes =
    known.length > 0 && unknown > 0
      ? [
          unknown === 1
            ? "1 asset has no history and counts like the others."
            : `${unknown} assets have no history and count like the others.`,
        ]
      : [];
  return {
    runs,
    estimatedMs: known.length === 0 || failure !== null ? null : Math.round(ms),
    notes,
    failure,
  };
}

/** So many waves are gone through one by one; behind them, long chains of steps are taken at once. */
const lookedAt = 100;

/** Goes through the backfill by sets: each wave of requests succeeds as a whole. */
function countWaves(
  { assets }: Backfill,
  durationOf: (asset: BackfillAsset) => number,
  parallel: number,
): { runs: number; ms: number; failure: string | null } {
  const none = new Map<AssetKey, PartitionSet>();
  const materialized = new Map<AssetKey, PartitionSet>();
  const soFar: BackfillSoFar = { requested: none, materialized, failed: none, givenUp: none };
  let [runs, ms] = [0, 0];
  let remaining = assets;
  for (let wave = 0; remaining.length > 0; wave++) {
    const { groups, failure } = nextWave({ assets: remaining }, soFar);
    if (failure !== null || groups.length === 0) return { runs, ms, failure };
    const isInOrder = wave >= lookedAt && groups.every(it => it.assets.every(asset => asset.needsItself));
    let [all, longest] = [0, 0];
    for (const { assets: together, set, policy, partitions } of groups.map(isInOrder ? toTheEnd : theWave)) {
      const each = together.reduce((sum, it) => sum + durationOf(it), 0);
      runs += countChunks(set, policy, partitions);
      all += set.count * each;
      longest = Math.max(longest, (isInOrder ? set.count : largestChunk(set, policy, partitions)) * each);
      for (const { key } of together) materialized.set(key, union(materialized.get(key) ?? emptySet, set));
    }
    ms += Math.max(all / parallel, longest);
    remaining = remaining.filter(it => restOf(it, soFar).count > 0);
  }
  return { runs, ms, failure: null };

  function theWave(group: RequestGroup): RequestGroup {
    return group;
  }

  /** Where only assets go on that need themselves, most of what is below waits for their last run. */
  function toTheEnd(group: RequestGroup): RequestGroup {
    return { ...group, set: restOf(group.assets[0] as BackfillAsset, soFar) };
  }
}

import type { AssetKey } from "./assetKey.ts";
import { type BackfillScope, backfillOf, neededBy, type PartitionSets } from "./backfill.ts";
import { chunksOf } from "./backfillChunks.ts";
import { givenUpAfter } from "./backfillFailures.ts";
import { type BackfillSoFar, nextReady, nextWave, type RequestGroup, restOf } from "./backfillRequests.ts";
import {
  containsAll,
  difference,
  emptySet,
  type IndexRange,
  intersection,
  setOfRanges,
} from "./partitionSet.ts";

/** One run: its assets, upstream first, and the range of positions of each. */
export interface BackfillRun {
  readonly assets: readonly AssetKey[];
  readonly ranges: ReadonlyMap<AssetKey, IndexRange>;
}

/** How far a backfill has come, and how many runs are wanted. */
export interface RunsRequest extends BackfillScope {
  /** What has not ended; what has may be among it. */
  readonly requested: PartitionSets;
  readonly materialized: PartitionSets;
  /** What failed by itself, and is not tried again. */
  readonly failed: PartitionSets;
  /** As `failedAndDownstream` says; it is found when it is not given. */
  readonly givenUp?: PartitionSets;
  readonly limit?: number;
}

/**
 * The runs that may be requested now; what is furthest downstream comes first.
 * It may be asked at any time, and answers by what has ended so far: nothing too early, nothing twice.
 * A failure says why the backfill cannot go on at all.
 */
export function nextRuns(request: RunsRequest): {
  readonly runs: readonly BackfillRun[];
  readonly failure: string | null;
} {
  const { value: backfill, problems } = backfillOf(request);
  if (backfill === null) return { runs: [], failure: problems.join("\n") };
  const { requested, materialized, failed, limit = Number.POSITIVE_INFINITY } = request;
  const givenUp = request.givenUp ?? givenUpAfter(backfill, failed);
  const soFar = { requested, materialized, failed, givenUp };
  const isAnyUnderWay = backfill.assets.some(({ key }) => isUnderWay(key, soFar));
  const { groups, failure } = isAnyUnderWay ? nextReady(backfill, soFar) : nextWave(backfill, soFar);
  if (failure !== null || isAnyUnderWay || groups.length > 0) return { runs: runsOf(groups, limit), failure };
  const stuck = backfill.assets.filter(it => restOf(it, soFar).count > 0).map(it => it.key);
  if (stuck.length === 0) return { runs: [], failure: null };
  const why = `Partitions of ${stuck.join(", ")} wait for themselves. Let each need only those before it.`;
  return { runs: [], failure: why };
}

/** What failed, and what is given up with it: whatever is targeted and needs it, over any number of assets. */
export function failedAndDownstream(
  scope: BackfillScope & { readonly failed: PartitionSets },
): PartitionSets {
  const { value } = backfillOf(scope);
  return value === null ? scope.failed : givenUpAfter(value, scope.failed);
}

/**
 * The two halves of a range that failed, the first no smaller; null for what stands alone.
 * Tried again and again, they leave the bad partitions by themselves and publish the others.
 */
export function splitRun({ from, to }: IndexRange): readonly [IndexRange, IndexRange] | null {
  if (to - from <= 1) return null;
  const middle = from + Math.ceil((to - from) / 2);
  return [
    { from, to: middle },
    { from: middle, to },
  ];
}

/** Whether a piece of a range has all that it needs: of an asset that needs itself, a half waits for the one before. */
export function canStart(
  scope: BackfillScope & Pick<RunsRequest, "materialized">,
  { asset: key, from, to }: IndexRange & { readonly asset: AssetKey },
): boolean {
  const asset = backfillOf(scope).value?.assets.find(it => it.key === key);
  if (asset === undefined) return false;
  const piece = setOfRanges([{ from, to }]);
  return asset.needs.every(edge => {
    const { key: above, target } = edge.parent;
    const needed = intersection(neededBy(edge, piece).partitions, target);
    const missing = difference(needed, scope.materialized.get(above) ?? emptySet);
    return containsAll(edge.parent === asset ? piece : emptySet, missing);
  });
}

function isUnderWay(key: AssetKey, { requested, materialized, givenUp }: BackfillSoFar): boolean {
  const ended = [materialized, givenUp].map(it => it.get(key) ?? emptySet);
  return ended.reduce(difference, requested.get(key) ?? emptySet).count > 0;
}

function runsOf(groups: readonly RequestGroup[], limit: number): BackfillRun[] {
  const runs: BackfillRun[] = [];
  for (const { assets, set, policy, partitions } of groups.toReversed()) {
    const keys = assets.map(it => it.key);
    for (const range of chunksOf(set, policy, partitions)) {
      if (runs.length >= limit) return runs;
      runs.push({ assets: keys, ranges: new Map(keys.map(key => [key, range])) });
    }
  }
  return runs;
}

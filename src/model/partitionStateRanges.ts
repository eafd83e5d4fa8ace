import type { PartsInState } from "./assetState.ts";
import type { PartitionStateName, PartitionStateRange } from "./backfillState.ts";
import { difference, type PartitionSet, union } from "./partitionSet.ts";

/** Sets of partitions by state, in the order in which one hides the others. */
export type PartitionsInStates = readonly (readonly [PartitionStateName, PartitionSet])[];

/** Ranges of equal state in their order: of what is in several sets, the first one counts. */
export function stateRanges(sets: PartitionsInStates): PartitionStateRange[] {
  const ranges: PartitionStateRange[] = [];
  let hidden: PartitionSet = { ranges: [], count: 0 };
  for (const [state, set] of sets) {
    for (const { from, to } of difference(set, hidden).ranges)
      ranges.push({ first: from, last: to - 1, state });
    hidden = union(hidden, set);
  }
  return ranges.sort((a, b) => a.first - b.first);
}

/** The same as pieces of a bar, with what is missing in between and behind. */
export function piecesOf(ranges: readonly PartitionStateRange[], count: number): PartsInState[] {
  const parts: PartsInState[] = [];
  let at = 0;
  for (const { first, last, state } of ranges) {
    if (first > at) parts.push({ state: "missing", count: first - at });
    parts.push({ state, count: last - first + 1 });
    at = last + 1;
  }
  if (count > at) parts.push({ state: "missing", count: count - at });
  return parts;
}

import type { BackfillTargetPlan } from "./backfillState.ts";
import { difference, emptySet, intersection, type PartitionSet, union } from "./partitionSet.ts";

/** What is known of the partitions of one asset. */
export interface PartitionStanding {
  readonly materialized: PartitionSet;
  readonly failed: PartitionSet;
  readonly stale: PartitionSet;
}

export type TargetCounts = Pick<BackfillTargetPlan, "missing" | "failed" | "stale" | "done">;

/** Each partition of a set in exactly one class: failed before missing before stale before done. */
export function classifyTargets(
  set: PartitionSet,
  standing: PartitionStanding,
): Readonly<Record<keyof TargetCounts, PartitionSet>> {
  const failed = intersection(set, standing.failed);
  const others = difference(set, failed);
  const missing = difference(others, standing.materialized);
  const there = difference(others, missing);
  const stale = intersection(there, standing.stale);
  return { failed, missing, stale, done: difference(there, stale) };
}

/**
 * How a set stands, and what is left of it when only some of it is wanted; nothing named: all of it.
 * What failed and was never there is wanted by whoever wants what is missing.
 */
export function classifyTarget(
  set: PartitionSet,
  standing: PartitionStanding,
  only: readonly (keyof TargetCounts)[],
): { readonly set: PartitionSet; readonly counts: TargetCounts } {
  const { missing, failed, stale, done } = classifyTargets(set, standing);
  const classes = { missing: difference(set, standing.materialized), failed, stale, done };
  const counts = { missing: missing.count, failed: failed.count, stale: stale.count, done: done.count };
  return { set: only.length === 0 ? set : only.map(it => classes[it]).reduce(union, emptySet), counts };
}

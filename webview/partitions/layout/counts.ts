import type { PartitionStateName, PartitionStateRange } from "../../../src/model/backfillState.ts";
import { countWhile } from "../../../src/model/countWhile.ts";

/** From the bottom of a mixed column to its top; what is in none of these states is missing. */
export const drawnStates: readonly PartitionStateName[] = [
  "materialized",
  "stale",
  "running",
  "queued",
  "unknown",
  "failed",
];

/** How many partitions are in each of the drawn states, in their order. */
export type Counts = readonly number[];

/** Answers for partitions from one place up to another; quick when it is asked from left to right. */
export type Counter = (from: number, to: number) => Counts;

const places = new Map(drawnStates.map((state, at) => [state, at]));

/** Counts in ranges that are in order. */
export function rangeCounter(ranges: readonly PartitionStateRange[]): Counter {
  let at = 0;
  let asked = 0;
  return (from, to) => {
    if (from < asked || (ranges[at + 32]?.last ?? from) < from) {
      at = countWhile(ranges.length, i => (ranges[i] as PartitionStateRange).last < from);
    }
    while ((ranges[at]?.last ?? from) < from) at++;
    asked = from;
    const counts = noCounts();
    for (let i = at; i < ranges.length; i++) {
      const { first, last, state } = ranges[i] as PartitionStateRange;
      if (first >= to) break;
      add(counts, state, Math.min(last + 1, to) - Math.max(first, from));
    }
    return counts;
  };
}

/** Counts in several rows at once that lie over the same columns. */
export function summedCounter(rows: readonly (readonly PartitionStateRange[])[], columns: number): Counter {
  const sums = drawnStates.map(() => new Int32Array(columns + 2));
  for (const ranges of rows) {
    for (const { first, last, state } of ranges) {
      const sum = sums[places.get(state) as number] as Int32Array;
      sum[first + 1] = (sum[first + 1] as number) + 1;
      sum[last + 2] = (sum[last + 2] as number) - 1;
    }
  }
  // First the count of each column, then the count of all columns before it.
  for (const sum of sums) {
    for (let i = 1; i < sum.length; i++) sum[i] = (sum[i] as number) + (sum[i - 1] as number);
    for (let i = 1; i < sum.length; i++) sum[i] = (sum[i] as number) + (sum[i - 1] as number);
  }
  return (from, to) => sums.map(sum => (sum[to] as number) - (sum[from] as number));
}

export function noCounts(): number[] {
  return drawnStates.map(() => 0);
}

export function countOf(counts: Counts, state: PartitionStateName): number {
  return counts[places.get(state) as number] ?? 0;
}

export function sumOf(counts: Counts): number {
  return counts.reduce((sum, it) => sum + it, 0);
}

/** All that ranges hold. */
export function totalsOf(ranges: readonly PartitionStateRange[]): Counts {
  const counts = noCounts();
  for (const { first, last, state } of ranges) add(counts, state, last - first + 1);
  return counts;
}

function add(counts: number[], state: PartitionStateName, count: number): void {
  const place = places.get(state) as number;
  counts[place] = (counts[place] as number) + count;
}

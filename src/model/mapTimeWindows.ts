import { type NonexistentKeys, noKeys } from "./nonexistentKeys.ts";
import type { TimeWindowMapping } from "./partitionMapping.ts";
import {
  difference,
  type IndexRange,
  indexesOf,
  intersection,
  type PartitionSet,
  setOfRange,
  setOfRanges,
} from "./partitionSet.ts";
import type { TimeWindow, TimeWindows } from "./timeWindows.ts";

/** The upstream windows that downstream ones need, and those of them that do not exist. */
export function upstreamWindows(
  mapping: TimeWindowMapping,
  upstream: TimeWindows,
  downstream: TimeWindows,
  set: PartitionSet,
): { readonly partitions: PartitionSet; readonly nonexistent: NonexistentKeys } {
  const stretches = set.ranges.flatMap(range => movedStretches(mapping, upstream, downstream, range));
  const isMoved = mapping.startOffset !== 0 || mapping.endOffset !== 0;
  const isTooEarly = !isMoved && (stretches.at(-1)?.end ?? 0) <= upstream.start;
  const needed = setOfRanges(
    stretches.map(it => (isTooEarly ? beginningIn(upstream, it) : upstream.overlapping(it))),
  );
  const existing = setOfRange(0, upstream.count);
  const missing = difference(needed, existing);
  return {
    partitions: intersection(needed, existing),
    nonexistent: mapping.allowNonexistent || missing.count === 0 ? noKeys : keysIn(missing, upstream),
  };
}

/** The downstream windows that need upstream ones. */
export function downstreamWindows(
  { startOffset, endOffset }: TimeWindowMapping,
  upstream: TimeWindows,
  downstream: TimeWindows,
  set: PartitionSet,
): PartitionSet {
  const needing = set.ranges
    .flatMap(range => upstream.stretches(range))
    .map(stretch => downstream.overlapping(stretch))
    .filter(({ from, to }) => from < to)
    .map(({ from, to }) => ({ from: from - endOffset, to: to - startOffset }));
  return intersection(setOfRanges(needing), setOfRange(0, downstream.count));
}

/** Where nothing exists yet, windows that only reach into the time are not worth naming beside those that begin in it. */
function beginningIn(windows: TimeWindows, stretch: TimeWindow): IndexRange {
  const range = windows.startingIn(stretch.start, stretch.end);
  return range.from < range.to ? range : windows.overlapping(stretch);
}

/** The time that a range of downstream windows covers after its ends were moved. */
function movedStretches(
  { startOffset, endOffset }: TimeWindowMapping,
  upstream: TimeWindows,
  downstream: TimeWindows,
  { from, to }: IndexRange,
): TimeWindow[] {
  const moved = { from: from + startOffset, to: to + endOffset };
  const start = keptWithin(upstream, downstream.windowAt(moved.from).start, startOffset);
  const end = keptWithin(upstream, downstream.windowAt(moved.to - 1).end, endOffset);
  const stretches = moved.from < moved.to ? downstream.stretches(moved) : [];
  if (stretches.length <= 1) return [{ start, end }];
  return stretches
    .map(it => ({ start: Math.max(it.start, start), end: Math.min(it.end, end) }))
    .filter(it => it.start < it.end);
}

/** An end that was moved stays within the time that the upstream covers: the first day needs no day before it. */
function keptWithin(upstream: TimeWindows, instant: number, offset: number): number {
  if (offset === 0 || upstream.count === 0) return instant;
  return offset < 0
    ? Math.max(instant, upstream.windowAt(0).start)
    : Math.min(instant, upstream.windowAt(upstream.count - 1).end);
}

function keysIn(set: PartitionSet, windows: TimeWindows): NonexistentKeys {
  return {
    count: set.count,
    *keys() {
      for (const index of indexesOf(set)) yield windows.keyAt(index);
    },
  };
}

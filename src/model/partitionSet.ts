import { countWhile } from "./countWhile.ts";

/** Some partitions of an asset, by their indexes: ranges in order, which neither touch nor overlap. */
export interface PartitionSet {
  readonly ranges: readonly IndexRange[];
  readonly count: number;
}

/** Indexes from one up to another, which is not included. */
export interface IndexRange {
  readonly from: number;
  readonly to: number;
}

export const emptySet: PartitionSet = { ranges: [], count: 0 };

/** The indexes from one up to another; empty when the second is not behind the first. */
export function setOfRange(from: number, to: number): PartitionSet {
  return from < to ? { ranges: [{ from, to }], count: to - from } : emptySet;
}

/** Indexes in any order, also several times. */
export function setOfIndexes(indexes: Iterable<number>): PartitionSet {
  return setOfRanges([...indexes].map(from => ({ from, to: from + 1 })));
}

/** Ranges in any order, which may overlap. */
export function setOfRanges(ranges: readonly IndexRange[]): PartitionSet {
  const sorted = ranges.filter(it => it.from < it.to);
  if (!isSorted(sorted)) sorted.sort((a, b) => a.from - b.from);
  return merged(sorted);
}

export function union(a: PartitionSet, b: PartitionSet): PartitionSet {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const ranges: IndexRange[] = [];
  let [i, j] = [0, 0];
  while (i < a.ranges.length || j < b.ranges.length) {
    const [left, right] = [a.ranges[i], b.ranges[j]];
    if (right === undefined || (left !== undefined && left.from <= right.from)) {
      ranges.push(left as IndexRange);
      i++;
    } else {
      ranges.push(right);
      j++;
    }
  }
  return merged(ranges);
}

export function intersection(a: PartitionSet, b: PartitionSet): PartitionSet {
  if (isSpanning(b, a)) return a;
  if (isSpanning(a, b)) return b;
  const ranges: IndexRange[] = [];
  let [i, j] = [0, 0];
  while (i < a.ranges.length && j < b.ranges.length) {
    const [left, right] = [a.ranges[i] as IndexRange, b.ranges[j] as IndexRange];
    const [from, to] = [Math.max(left.from, right.from), Math.min(left.to, right.to)];
    if (from < to) ranges.push({ from, to });
    if (left.to < right.to) i++;
    else j++;
  }
  return counted(ranges);
}

/** What is in `a` and not in `b`. */
export function difference(a: PartitionSet, b: PartitionSet): PartitionSet {
  if (a.count === 0 || b.count === 0) return a;
  const ranges: IndexRange[] = [];
  let j = 0;
  for (const { from, to } of a.ranges) {
    let start = from;
    while (j < b.ranges.length && (b.ranges[j] as IndexRange).to <= start) j++;
    for (let k = j; k < b.ranges.length && (b.ranges[k] as IndexRange).from < to; k++) {
      const hole = b.ranges[k] as IndexRange;
      if (start < hole.from) ranges.push({ from: start, to: hole.from });
      start = hole.to;
    }
    if (start < to) ranges.push({ from: start, to });
  }
  return counted(ranges);
}

export function contains({ ranges }: PartitionSet, index: number): boolean {
  const range = ranges[countWhile(ranges.length, i => (ranges[i] as IndexRange).to <= index)];
  return range !== undefined && range.from <= index;
}

/** Whether all of `part` is in `whole`. */
export function containsAll(whole: PartitionSet, part: PartitionSet): boolean {
  return difference(part, whole).count === 0;
}

export function sameSet(a: PartitionSet, b: PartitionSet): boolean {
  return (
    a.count === b.count &&
    a.ranges.length === b.ranges.length &&
    a.ranges.every((it, i) => it.from === b.ranges[i]?.from && it.to === b.ranges[i]?.to)
  );
}

export function* indexesOf({ ranges }: PartitionSet): Generator<number> {
  for (const { from, to } of ranges) for (let index = from; index < to; index++) yield index;
}

/** The first so many of a set, and the rest. */
export function splitSet({ ranges }: PartitionSet, count: number): readonly [PartitionSet, PartitionSet] {
  const first: IndexRange[] = [];
  const rest: IndexRange[] = [];
  let left = count;
  for (const { from, to } of ranges) {
    const cut = Math.min(to, from + Math.max(0, left));
    if (from < cut) first.push({ from, to: cut });
    if (cut < to) rest.push({ from: cut, to });
    left -= cut - from;
  }
  return [counted(first), counted(rest)];
}

/** Whether a set is one range that reaches over all of another: the common case, and quick to see. */
function isSpanning({ ranges }: PartitionSet, other: PartitionSet): boolean {
  const [first] = ranges;
  const last = other.ranges.at(-1);
  if (last === undefined) return true;
  return (
    ranges.length === 1 &&
    first !== undefined &&
    first.from <= (other.ranges[0] as IndexRange).from &&
    last.to <= first.to
  );
}

function counted(ranges: readonly IndexRange[]): PartitionSet {
  if (ranges.length === 0) return emptySet;
  let count = 0;
  for (const { from, to } of ranges) count += to - from;
  return { ranges, count };
}

/** Joins what touches or overlaps, in ranges that are sorted by where they begin. */
function merged(sorted: readonly IndexRange[]): PartitionSet {
  const ranges: IndexRange[] = [];
  for (const range of sorted) {
    const last = ranges.at(-1);
    if (last === undefined || last.to < range.from) ranges.push(range);
    else if (last.to < range.to) ranges[ranges.length - 1] = { from: last.from, to: range.to };
  }
  return counted(ranges);
}

function isSorted(ranges: readonly IndexRange[]): boolean {
  return ranges.every((it, i) => i === 0 || (ranges[i - 1] as IndexRange).from <= it.from);
}

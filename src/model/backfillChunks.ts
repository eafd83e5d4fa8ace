import type { BackfillPolicy } from "./assetGraph.ts";
import { type IndexRange, type PartitionSet, setOfRanges } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";

/**
 * The ranges that a policy makes of a set, in order: each in a row, and of several dimensions in one row of the last.
 * They are made one by one, because a set may stand for a million of them.
 */
export function* chunksOf(
  set: PartitionSet,
  policy: BackfillPolicy | null,
  partitions: Partitioning,
): Generator<IndexRange> {
  const most = mostPerRun(policy);
  const row = rowSize(partitions);
  for (const range of set.ranges) {
    let from = range.from;
    while (from < range.to) {
      const endOfRow = row === Number.POSITIVE_INFINITY ? range.to : (Math.floor(from / row) + 1) * row;
      const to = Math.min(from + most, range.to, endOfRow);
      yield { from, to };
      from = to;
    }
  }
}

/** How many they are. */
export function countChunks(
  set: PartitionSet,
  policy: BackfillPolicy | null,
  partitions: Partitioning,
): number {
  const most = mostPerRun(policy);
  const row = rowSize(partitions);
  let count = 0;
  for (const { from, to } of set.ranges) {
    const [first, last] = [Math.floor(from / row), Math.floor((to - 1) / row)];
    if (row === Number.POSITIVE_INFINITY || first === last) {
      count += pieces(to - from, most);
      continue;
    }
    count += pieces((first + 1) * row - from, most) + pieces(to - last * row, most);
    count += (last - first - 1) * pieces(row, most);
  }
  return count;
}

/** How many partitions the largest chunk holds, or no fewer. */
export function largestChunk(
  set: PartitionSet,
  policy: BackfillPolicy | null,
  partitions: Partitioning,
): number {
  let largest = 0;
  for (const { from, to } of set.ranges) largest = Math.max(largest, to - from);
  return Math.min(largest, mostPerRun(policy), rowSize(partitions));
}

/** The chunks of a set that lie within a part of it. */
export function wholeChunks(
  set: PartitionSet,
  part: PartitionSet,
  policy: BackfillPolicy | null,
  partitions: Partitioning,
): PartitionSet {
  if (part.count === set.count || part.count === 0 || mostPerRun(policy) === 1) return part;
  const [most, row] = [mostPerRun(policy), rowSize(partitions)];
  const chunks: IndexRange[] = [];
  let i = 0;
  for (const { from, to } of part.ranges) {
    while ((set.ranges[i] as IndexRange).to <= from) i++;
    const range = set.ranges[i] as IndexRange;
    const first = chunkAt(from, range, most, row);
    const last = chunkAt(to - 1, range, most, row);
    const start = first.from < from ? first.to : from;
    const end = last.to > to ? last.from : to;
    if (start < end) chunks.push({ from: start, to: end });
  }
  return setOfRanges(chunks);
}

export function mostPerRun(policy: BackfillPolicy | null): number {
  return policy === null ? 1 : (policy.maxPartitionsPerRun ?? Number.POSITIVE_INFINITY);
}

export function samePolicy(a: BackfillPolicy | null, b: BackfillPolicy | null): boolean {
  return a === b || (a !== null && b !== null && a.maxPartitionsPerRun === b.maxPartitionsPerRun);
}

/** Keys of one range differ in the last dimension only. */
function rowSize(partitions: Partitioning): number {
  return partitions.kind === "multi" ? (partitions.sizes.at(-1) ?? 1) : Number.POSITIVE_INFINITY;
}

function pieces(count: number, most: number): number {
  return most === Number.POSITIVE_INFINITY ? 1 : Math.ceil(count / most);
}

/** The chunk of a range that holds an index. */
function chunkAt(index: number, range: IndexRange, most: number, row: number): IndexRange {
  const rowStart = row === Number.POSITIVE_INFINITY ? 0 : Math.floor(index / row) * row;
  const begin = Math.max(range.from, rowStart);
  const end = Math.min(range.to, rowStart + row);
  if (most === Number.POSITIVE_INFINITY) return { from: begin, to: end };
  const from = begin + Math.floor((index - begin) / most) * most;
  return { from, to: Math.min(from + most, end) };
}

import { type PartitionSet, setOfRanges } from "./partitionSet.ts";

/** The positions with a mark, as a set. */
export function markedPositions(marks: Uint8Array): PartitionSet {
  const ranges: { from: number; to: number }[] = [];
  for (let from = marks.indexOf(1); from >= 0; ) {
    const end = marks.indexOf(0, from);
    const to = end < 0 ? marks.length : end;
    ranges.push({ from, to });
    from = end < 0 ? -1 : marks.indexOf(1, end);
  }
  return setOfRanges(ranges);
}

/** Positions in any order, however many, as a set. */
export function setOfPositions(positions: readonly number[]): PartitionSet {
  let count = 0;
  for (const position of positions) if (position >= count) count = position + 1;
  const marks = new Uint8Array(count);
  for (const position of positions) marks[position] = 1;
  return markedPositions(marks);
}

import { formatCount } from "./format.ts";
import { keyRangesOf } from "./keyRanges.ts";
import type { PartitionSet } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";

/** Which partitions, as one reads it: "2026-01-01 … 2026-01-04, 2026-01-09 and 3 more ranges". */
export function setInWords(set: PartitionSet, partitions: Partitioning): string {
  if (partitions.definition === null) return "";
  const ranges = keyRangesOf(set, partitions).map(({ first, last }) =>
    first === last ? first : `${first} … ${last}`,
  );
  const left = ranges.length - mostRanges;
  if (left <= 0) return ranges.join(", ");
  return `${ranges.slice(0, mostRanges).join(", ")} and ${formatCount(left)} more ${left === 1 ? "range" : "ranges"}`;
}

const mostRanges = 3;

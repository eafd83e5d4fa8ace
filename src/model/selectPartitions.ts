import { emptySet, type PartitionSet, union } from "./partitionSet.ts";
import { type Partitioning, rangeBetween } from "./partitions.ts";
import { rangeDelimiter } from "./partitionsDefinition.ts";
import { unknownPartition } from "./unknownPartition.ts";

/** The partitions that a text names: keys and ranges "A...B", with commas between; or what is wrong with it. */
export function selectPartitions(
  text: string,
  partitions: Partitioning,
): { set: PartitionSet } | { error: string } {
  let set = emptySet;
  for (const part of text.split(",").map(it => it.trim())) {
    const [first = "", last = first, ...rest] = part.split(rangeDelimiter).map(it => it.trim());
    if (first === "" || last === "" || rest.length > 0)
      return { error: `"${text}" names no partitions. Write a key, or a range "A${rangeDelimiter}B".` };
    const range = rangeBetween(partitions, first, last);
    if (range === null)
      return { error: unknownPartition(partitions, partitions.indexOf(first) === null ? first : last) };
    if (range.count === 0)
      return {
        error: `The range ${first}${rangeDelimiter}${last} is empty: its end comes before its beginning.`,
      };
    set = union(set, range);
  }
  return { set };
}

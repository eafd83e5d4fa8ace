import { closestName } from "./closestName.ts";
import { emptySet, type PartitionSet, union } from "./partitionSet.ts";
import { allPartitions, type Partitioning, rangeBetween } from "./partitions.ts";
import { rangeDelimiter } from "./partitionsDefinition.ts";

/** The partitions that a text names: keys and ranges "A...B", with commas between; or what is wrong with it. */
export function selectPartitions(
  text: string,
  partitions: Partitioning,
): { set: PartitionSet } | { error: string } {
  let set = emptySet;
  for (const part of text.split(",").map(it => it.trim())) {
    const [first = "", last = first, ...rest] = part.split(rangeDelimiter);
    if (part === "" || rest.length > 0)
      return { error: `"${text}" names no partitions. Write a key, or a range "A${rangeDelimiter}B".` };
    const range = rangeBetween(partitions, first, last);
    if (range === null)
      return { error: unknownKey(partitions, partitions.indexOf(first) === null ? first : last) };
    if (range.count === 0)
      return {
        error: `The range ${first}${rangeDelimiter}${last} is empty: its end comes before its beginning.`,
      };
    set = union(set, range);
  }
  return { set };
}

function unknownKey(partitions: Partitioning, key: string): string {
  const { count } = allPartitions(partitions);
  if (count === 0) return `There is no partition "${key}": none exists yet.`;
  const known = `${partitions.keyAt(0)} … ${partitions.keyAt(count - 1)} (${count})`;
  const near =
    count <= 400
      ? closestName(
          key,
          Array.from({ length: count }, (_, at) => partitions.keyAt(at)),
        )
      : null;
  return `There is no partition "${key}". There are ${known}.${near ? ` Did you mean "${near}"?` : ""}`;
}

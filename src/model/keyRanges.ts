import { type IndexRange, type PartitionSet, setOfRanges } from "./partitionSet.ts";
import { type Partitioning, rangeBetween } from "./partitions.ts";
import { keyDelimiter } from "./partitionsDefinition.ts";
import { factorsOfSet } from "./setProduct.ts";

/** Partitions from one key to another, both included; with several dimensions the product of the ranges in each. */
export interface KeyRange {
  readonly first: string;
  readonly last: string;
}

/** A set as it is kept: by keys, which mean the same when more partitions have come into being. */
export function keyRangesOf(set: PartitionSet, partitions: Partitioning): KeyRange[] {
  if (partitions.kind !== "multi") {
    return set.ranges.map(({ from, to }) => ({
      first: partitions.keyAt(from),
      last: partitions.keyAt(to - 1),
    }));
  }
  const { dimensions, sizes } = partitions;
  return factorsOfSet(set, sizes)
    .flatMap(factors => combinations(factors.map(it => it.ranges)))
    .map(ranges => {
      const keyAt = (place: (range: IndexRange) => number) =>
        ranges.map((range, i) => dimensions[i]?.partitions.keyAt(place(range))).join(keyDelimiter);
      return { first: keyAt(it => it.from), last: keyAt(it => it.to - 1) };
    });
}

/** The set that was kept, and the ranges of which an end does not exist (any more). */
export function setOfKeyRanges(
  ranges: readonly KeyRange[],
  partitions: Partitioning,
): { readonly set: PartitionSet; readonly unknown: readonly KeyRange[] } {
  const found = ranges.map(({ first, last }) => rangeBetween(partitions, first, last));
  return {
    set: setOfRanges(found.flatMap(it => it?.ranges ?? [])),
    unknown: ranges.filter((_, i) => found[i] === null),
  };
}

function combinations<Item>(lists: readonly (readonly Item[])[]): Item[][] {
  return lists.reduce<Item[][]>((all, list) => all.flatMap(it => list.map(item => [...it, item])), [[]]);
}

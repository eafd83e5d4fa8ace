import { emptySet, type PartitionSet, setOfRange } from "./partitionSet.ts";
import { allPartitions, type Partitioning } from "./partitions.ts";
import { keyDelimiter } from "./partitionsDefinition.ts";
import { productOfSets } from "./setProduct.ts";

/** The partitions of so many of the latest windows of time; all where no dimension is of time. */
export function latestPartitions(partitions: Partitioning, count: number): PartitionSet {
  if (partitions.kind === "multi") {
    const sets = partitions.dimensions.map(it => latestPartitions(it.partitions, count));
    return productOfSets(sets, partitions.sizes);
  }
  if (partitions.kind === "listed") return allPartitions(partitions);
  const to = partitions.count;
  return to === 0 ? emptySet : setOfRange(Math.max(0, to - count), to);
}

/** The first and the last key of so many latest partitions, of every dimension that is not of time all. */
export function endsOfLatest(partitions: Partitioning, count: number): readonly [string, string] {
  if (partitions.kind === "multi") {
    const ends = partitions.dimensions.map(it =>
      endsOfLatest(it.partitions, it.partitions.kind === "time" ? count : it.partitions.count),
    );
    return [ends.map(it => it[0]).join(keyDelimiter), ends.map(it => it[1]).join(keyDelimiter)];
  }
  const last = partitions.count - 1;
  return [partitions.keyAt(Math.max(0, last - count + 1)), partitions.keyAt(last)];
}

/** Whether so many latest partitions are not all of them. */
export function isLatestLess(partitions: Partitioning, count: number): boolean {
  if (partitions.kind !== "multi") return partitions.count > count;
  return partitions.dimensions.some(it => it.partitions.kind === "time" && it.partitions.count > count);
}

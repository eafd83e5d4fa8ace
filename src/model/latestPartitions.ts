import { emptySet, type PartitionSet, setOfRange } from "./partitionSet.ts";
import { allPartitions, type Partitioning } from "./partitions.ts";
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

import { simpleDownstream, simpleUpstream, type UpstreamPartitions } from "./mapSimple.ts";
import { listOfKeys } from "./nonexistentKeys.ts";
import type { DimensionsMapping } from "./partitionMapping.ts";
import { type PartitionSet, setOfRanges } from "./partitionSet.ts";
import { allPartitions, type Partitioning } from "./partitions.ts";
import { factorsOfSet, productOfSets } from "./setProduct.ts";

/** What a set of downstream partitions needs, dimension by dimension. */
export function upstreamByDimension(
  { pairs }: DimensionsMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): UpstreamPartitions {
  const [ups, downs] = [dimensionsOf(upstream), dimensionsOf(downstream)];
  const missing = new Set<string>();
  const products = factorsOfSet(set, sizesOf(downs)).map(factors => {
    const needed = ups.map(allPartitions);
    for (const pair of pairs) {
      const [up, down] = [ups[pair.upstream], downs[pair.downstream]] as [Partitioning, Partitioning];
      const factor = factors[pair.downstream] as PartitionSet;
      const { partitions, nonexistent } = simpleUpstream(pair.mapping, up, down, factor);
      needed[pair.upstream] = partitions;
      for (const key of nonexistent.keys()) missing.add(key);
    }
    return productOfSets(needed, sizesOf(ups));
  });
  return { partitions: together(products), nonexistent: listOfKeys([...missing]) };
}

/** The downstream partitions that need any of a set of upstream ones, dimension by dimension. */
export function downstreamByDimension(
  { pairs }: DimensionsMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): PartitionSet {
  const [ups, downs] = [dimensionsOf(upstream), dimensionsOf(downstream)];
  const products = factorsOfSet(set, sizesOf(ups)).map(factors => {
    const needing = downs.map(allPartitions);
    for (const pair of pairs) {
      const [up, down] = [ups[pair.upstream], downs[pair.downstream]] as [Partitioning, Partitioning];
      const factor = factors[pair.upstream] as PartitionSet;
      needing[pair.downstream] = simpleDownstream(pair.mapping, up, down, factor);
    }
    return productOfSets(needing, sizesOf(downs));
  });
  return together(products);
}

/** Partitions without dimensions are the only dimension of themselves. */
function dimensionsOf(partitions: Partitioning): Partitioning[] {
  return partitions.kind === "multi" ? partitions.dimensions.map(it => it.partitions) : [partitions];
}

function sizesOf(dimensions: readonly Partitioning[]): number[] {
  return dimensions.map(it => it.count);
}

function together(sets: readonly PartitionSet[]): PartitionSet {
  return setOfRanges(sets.flatMap(it => it.ranges));
}

import { downstreamByDimension, upstreamByDimension } from "./mapDimensions.ts";
import { simpleDownstream, simpleUpstream, type UpstreamPartitions } from "./mapSimple.ts";
import type { ResolvedMapping } from "./partitionMapping.ts";
import type { PartitionSet } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";

/** The partitions of an upstream asset that some partitions of a downstream one need. */
export function upstreamPartitions(
  mapping: ResolvedMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): UpstreamPartitions {
  return "pairs" in mapping
    ? upstreamByDimension(mapping, upstream, downstream, set)
    : simpleUpstream(mapping, upstream, downstream, set);
}

/** The partitions of a downstream asset that need any of some partitions of an upstream one. */
export function downstreamPartitions(
  mapping: ResolvedMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): PartitionSet {
  return "pairs" in mapping
    ? downstreamByDimension(mapping, upstream, downstream, set)
    : simpleDownstream(mapping, upstream, downstream, set);
}

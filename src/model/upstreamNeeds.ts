import type { DefinitionFault } from "./definitionFault.ts";
import { upstreamPartitions } from "./mapPartitions.ts";
import type { UpstreamPartitions } from "./mapSimple.ts";
import type { PartitionMapping } from "./partitionMapping.ts";
import type { PartitionSet } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";
import { resolveMapping } from "./resolveMapping.ts";

/** Which partitions of an input some partitions of an asset need, or why nothing says so. */
export function upstreamNeeds(
  mapping: PartitionMapping | null,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): UpstreamPartitions | { readonly fault: DefinitionFault } {
  const resolved = resolveMapping(mapping, upstream.definition, downstream.definition);
  if ("fault" in resolved) return resolved;
  return upstreamPartitions(resolved.mapping, upstream, downstream, set);
}

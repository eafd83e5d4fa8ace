import type { AssetEdge } from "./assetGraph.ts";
import { upstreamPartitions } from "./mapPartitions.ts";
import type { ResolvedMapping } from "./partitionMapping.ts";
import { emptySet, type PartitionSet, setOfRange } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";
import { samePartitions } from "./partitionsDefinition.ts";
import { resolveMapping } from "./resolveMapping.ts";

/** What each position of an asset needs of one asset upstream, in a form that is quick to ask a million times. */
export type Needs =
  /** The positions that lie so far from it: by both offsets 0, the same one. */
  | { readonly kind: "shifted"; readonly startOffset: number; readonly endOffset: number }
  /** The same for all. */
  | { readonly kind: "constant"; readonly set: PartitionSet }
  | { readonly kind: "each"; of(position: number): PartitionSet };

/** Null when the two assets do not fit together, which is said elsewhere. */
export function needsAlong(
  { mapping = null }: AssetEdge,
  upstream: Partitioning,
  downstream: Partitioning,
): Needs | null {
  const resolved = resolveMapping(mapping, upstream.definition, downstream.definition);
  if ("fault" in resolved) return null;
  return needsBy(resolved.mapping, upstream, downstream);
}

/** The positions upstream that one position needs. */
export function needsOf(needs: Needs, position: number, count: number): PartitionSet {
  switch (needs.kind) {
    case "shifted":
      return setOfRange(
        Math.max(0, position + needs.startOffset),
        Math.min(count, position + needs.endOffset + 1),
      );
    case "constant":
      return needs.set;
    case "each":
      return needs.of(position);
  }
}

function needsBy(mapping: ResolvedMapping, upstream: Partitioning, downstream: Partitioning): Needs {
  const isSame =
    upstream.definition !== null &&
    upstream.count === downstream.count &&
    samePartitions(upstream.definition, downstream.definition);
  const of = (position: number) =>
    upstreamPartitions(mapping, upstream, downstream, setOfRange(position, position + 1)).partitions;
  switch (mapping.kind) {
    case "identity":
      return isSame ? { kind: "shifted", startOffset: 0, endOffset: 0 } : { kind: "each", of };
    case "timeWindow":
      return isSame ? { ...mapping, kind: "shifted" } : { kind: "each", of };
    case "all":
    case "last":
    case "specific":
      return { kind: "constant", set: downstream.count > 0 ? of(0) : emptySet };
    default:
      return { kind: "each", of };
  }
}

import type { PartitionMapping, SimpleMapping } from "../../src/model/partitionMapping.ts";

/** A partition mapping as the vectors write it. */
export type OracleMapping =
  | { kind: "identity" | "all" | "last" }
  | { kind: "specific"; keys: string[] }
  | { kind: "static"; map: Record<string, string | string[]> }
  | { kind: "time_window"; start_offset?: number; end_offset?: number; allow_nonexistent?: boolean }
  | { kind: "multi_to_single"; dimension?: string }
  | {
      kind: "multi";
      dimensions: Record<string, { downstream_dimension: string; mapping: OracleMapping | null }>;
    };

/** The same mapping as ours. */
export function ourMapping(theirs: OracleMapping | null): PartitionMapping | null {
  if (theirs?.kind === "multi_to_single")
    return { kind: "multiToSingle", dimension: theirs.dimension ?? null };
  if (theirs?.kind !== "multi") return simpleMapping(theirs);
  const dimensions = Object.entries(theirs.dimensions).map(([name, { downstream_dimension, mapping }]) => [
    name,
    { downstreamDimension: downstream_dimension, mapping: simpleMapping(mapping) },
  ]);
  return { kind: "multi", dimensions: Object.fromEntries(dimensions) };
}

function simpleMapping(theirs: OracleMapping | null): SimpleMapping | null {
  switch (theirs?.kind) {
    case undefined:
      return null;
    case "time_window":
      return {
        kind: "timeWindow",
        startOffset: theirs.start_offset ?? 0,
        endOffset: theirs.end_offset ?? 0,
        allowNonexistent: theirs.allow_nonexistent ?? false,
      };
    case "static":
      return {
        kind: "static",
        map: Object.fromEntries(Object.entries(theirs.map).map(([key, keys]) => [key, [keys].flat()])),
      };
    default:
      return theirs as SimpleMapping;
  }
}

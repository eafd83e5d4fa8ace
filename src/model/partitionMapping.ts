/** Which partitions of an upstream asset a partition needs; plain, so that it crosses every process border. */
export type PartitionMapping = SimpleMapping | MultiToSingleMapping | MultiMapping;

/** What can also map one dimension to another. */
export type SimpleMapping =
  /** The partition with the same key. */
  | { readonly kind: "identity" }
  | { readonly kind: "all" }
  /** The last one that exists. */
  | { readonly kind: "last" }
  | { readonly kind: "specific"; readonly keys: readonly string[] }
  | StaticMapping
  | TimeWindowMapping;

/** Upstream key → the downstream keys that need it. */
export interface StaticMapping {
  readonly kind: "static";
  readonly map: Readonly<Record<string, readonly string[]>>;
}

/** Every upstream window that shares time with the downstream one, after its ends were moved. */
export interface TimeWindowMapping {
  readonly kind: "timeWindow";
  /** By so many downstream partitions the start is moved, and the end. */
  readonly startOffset: number;
  readonly endOffset: number;
  /** Whether windows that the upstream does not have are left out in silence. */
  readonly allowNonexistent: boolean;
}

/** One of the sides has several dimensions, and the other one of them; null: the one that fits. */
export interface MultiToSingleMapping {
  readonly kind: "multiToSingle";
  readonly dimension: string | null;
}

/** Upstream dimension → the downstream one that it feeds. Dimensions that are not named need all, and feed all. */
export interface MultiMapping {
  readonly kind: "multi";
  readonly dimensions: Readonly<Record<string, DimensionMapping>>;
}

export interface DimensionMapping {
  readonly downstreamDimension: string;
  /** Null: what goes without saying. */
  readonly mapping: SimpleMapping | null;
}

/** A mapping in force between two definitions. */
export type ResolvedMapping = SimpleMapping | DimensionsMapping;

/** Dimensions by their positions; partitions without dimensions are the only one of theirs. */
export interface DimensionsMapping {
  readonly kind: "multiToSingle" | "multi";
  readonly pairs: readonly DimensionPair[];
}

export interface DimensionPair {
  readonly upstream: number;
  readonly downstream: number;
  readonly mapping: SimpleMapping;
}

/** Windows that share time. */
export const overlappingWindows: TimeWindowMapping = {
  kind: "timeWindow",
  startOffset: 0,
  endOffset: 0,
  allowNonexistent: false,
};

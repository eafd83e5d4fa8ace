/** Into which partitions an asset is cut: plain, so that it crosses every process border. */
export type PartitionsDefinition = SimplePartitions | MultiPartitions;

/** What can be a dimension of others. */
export type SimplePartitions = TimePartitions | StaticPartitions | DynamicPartitions;

/** Windows of time that follow a cron: the key of each is its start, in a format. */
export interface TimePartitions {
  readonly kind: "hourly" | "daily" | "weekly" | "monthly" | "cron";
  readonly cron: string;
  /** A wall clock, "2026-01-01T00:00"; the first window begins at the first tick from then on. */
  readonly start: string;
  /** No window ends after this wall clock. */
  readonly end: string | null;
  readonly timezone: string;
  readonly keyFormat: string;
  /** By how many windows the last one is later than the last that has ended. */
  readonly endOffset: number;
  /** Windows that begin at such a tick, or have such a key, do not exist. */
  readonly exclusions: readonly TimeExclusion[];
}

export type TimeExclusion = { readonly cron: string } | { readonly key: string };

/** A list of keys, in this order. */
export interface StaticPartitions {
  readonly kind: "static";
  readonly keys: readonly string[];
}

/** Keys that are added and removed while it runs; the state keeps them under this name. */
export interface DynamicPartitions {
  readonly kind: "dynamic";
  readonly name: string;
}

/** Every combination of the keys of several dimensions, in the order of their names. */
export interface MultiPartitions {
  readonly kind: "multi";
  readonly dimensions: readonly PartitionsDimension[];
}

export interface PartitionsDimension {
  readonly name: string;
  readonly partitions: SimplePartitions;
}

/** Between the parts of a key of several dimensions. */
export const keyDelimiter = "|";

/** Between the two ends of a range of keys, as it is written by hand. */
export const rangeDelimiter = "...";

export function isTimePartitions(definition: PartitionsDefinition | null): definition is TimePartitions {
  return definition !== null && "cron" in definition;
}

/** The names under which the state keeps keys of these partitions. */
export function dynamicNames(definition: PartitionsDefinition | null): string[] {
  if (definition?.kind === "dynamic") return [definition.name];
  return definition?.kind === "multi" ? definition.dimensions.flatMap(it => dynamicNames(it.partitions)) : [];
}

/** A text that is the same for two definitions exactly when they define the same partitions. */
export function partitionsId(definition: PartitionsDefinition): string {
  return JSON.stringify(idParts(definition));
}

export function samePartitions(a: PartitionsDefinition | null, b: PartitionsDefinition | null): boolean {
  return a === b || (a !== null && b !== null && partitionsId(a) === partitionsId(b));
}

/** Midnights without a zone are dates; daily windows are those of the cron that says the same. */
function idParts(definition: PartitionsDefinition): unknown {
  switch (definition.kind) {
    case "static":
      return ["static", definition.keys];
    case "dynamic":
      return ["dynamic", definition.name];
    case "multi":
      return ["multi", definition.dimensions.map(it => [it.name, idParts(it.partitions)])];
    default: {
      const { cron, start, end, timezone, keyFormat, endOffset, exclusions } = definition;
      return ["time", cron, start, end, timezone, keyFormat, endOffset, exclusions];
    }
  }
}

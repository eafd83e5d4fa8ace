import type { DynamicPartitions, StaticPartitions } from "./partitionsDefinition.ts";

/** Partitions that are kept as a list, in its order. */
export interface ListedPartitions {
  readonly kind: "listed";
  /** Null for an asset without partitions, which is the only part of itself. */
  readonly definition: StaticPartitions | DynamicPartitions | null;
  readonly count: number;
  keyAt(index: number): string;
  indexOf(key: string): number | null;
}

export function listedPartitions(
  definition: ListedPartitions["definition"],
  keys: readonly string[],
): ListedPartitions {
  return {
    kind: "listed",
    definition,
    count: keys.length,
    keyAt(index) {
      const key = keys[index];
      if (key === undefined) throw new RangeError(`There is no partition ${index} of ${keys.length}.`);
      return key;
    },
    indexOf: key => indexesIn(keys).get(key) ?? null,
  };
}

/** An asset without partitions. */
export const unpartitioned = listedPartitions(null, ["*"]);

const known = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function indexesIn(keys: readonly string[]): ReadonlyMap<string, number> {
  const indexes = known.get(keys) ?? new Map(keys.map((key, index) => [key, index]));
  known.set(keys, indexes);
  return indexes;
}

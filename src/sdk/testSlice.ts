import { partitionsAt, windowOf } from "../model/partitions.ts";
import type { AssetDefinition } from "./definition.ts";
import type { Slice } from "./slice.ts";

/**
 * The partition of a unit test, or several, without asking what time it is: a day of next year is fine.
 * Null for an asset without partitions; throws when the key is none of the asset's.
 */
export function testSlice(
  { key: asset, partitions: definition }: AssetDefinition,
  partition: string | readonly string[] | undefined,
): Slice | null {
  if (definition === null) return null;
  if (partition === undefined) {
    throw new Error(`${asset} has partitions. Say which one is meant: materialize([…], { partition: "…" }).`);
  }
  const keys = typeof partition === "string" ? [partition] : partition;
  const partitions = partitionsAt(definition, { now: endOfTime, dynamicKeys: () => keys });
  const windows = keys.map(key => {
    const index = partitions.indexOf(key);
    if (index === null) throw new Error(`${asset} has no partition "${key}".`);
    return windowOf(partitions, index);
  });
  return { definition, keys, windows: windows.every(window => window !== null) ? windows : null };
}

/** Before an asset is made in a unit test, it has no earlier partition. */
export function noPartition({ partitions: definition }: AssetDefinition): Slice | null {
  return definition && { definition, keys: [], windows: [] };
}

/** 2200-01-01. */
const endOfTime = Date.UTC(2200, 0, 1);

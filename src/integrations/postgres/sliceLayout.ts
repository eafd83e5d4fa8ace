import type { AssetKey } from "../../model/assetKey.ts";
import {
  isTimePartitions,
  keyDelimiter,
  type SimplePartitions,
  type TimePartitions,
} from "../../model/partitionsDefinition.ts";
import { type TimeWindow, timeWindows } from "../../model/timeWindows.ts";
import { type TimeZone, timeZone } from "../../model/timeZone.ts";
import type { Slice } from "../../sdk/slice.ts";

/** The column that holds the key of each row's partition when no other column tells it. */
export const stampColumn = "_partition";

/** The column that tells the partition of a row; of several dimensions: a column for each, by its name. */
export type PartitionColumn = string | Readonly<Record<string, string>>;

/** Which columns tell whether a row belongs to a slice. */
export interface SliceLayout {
  readonly slice: Slice;
  /** True: the column `_partition`, which we keep; rows of a single partition need not have it. */
  readonly stamped: boolean;
  readonly dimensions: readonly SliceDimension[];
}

export interface SliceDimension {
  readonly column: string;
  /** Of every key of the slice, the part that stands for this dimension. */
  readonly parts: readonly string[];
  /** The column holds a time in the window of the part; null: it holds the part itself. */
  readonly time: { readonly zone: TimeZone; readonly windows: ReadonlyMap<string, TimeWindow> } | null;
}

/** How the rows of a slice are known; throws when `partitionColumn` does not fit the asset's partitions. */
export function sliceLayout(
  asset: AssetKey,
  slice: Slice,
  partitionColumn: PartitionColumn | undefined,
): SliceLayout {
  const { definition, keys } = slice;
  if (partitionColumn === undefined || partitionColumn === stampColumn) {
    return { slice, stamped: true, dimensions: [{ column: stampColumn, parts: keys, time: null }] };
  }
  if (definition.kind !== "multi") {
    if (typeof partitionColumn !== "string") throw notOneColumn(asset);
    const windows = slice.windows && new Map(keys.map((key, at) => [key, slice.windows?.[at] as TimeWindow]));
    return {
      slice,
      stamped: false,
      dimensions: [dimensionOf(partitionColumn, keys, definition, windows)],
    };
  }
  const names = definition.dimensions.map(({ name }) => name);
  const named = typeof partitionColumn === "string" ? {} : partitionColumn;
  if (names.length !== Object.keys(named).length || !names.every(name => Object.hasOwn(named, name))) {
    throw notTheDimensions(asset, names);
  }
  const parts = keys.map(key => key.split(keyDelimiter));
  const dimensions = definition.dimensions.map(({ name, partitions }, at) =>
    dimensionOf(
      named[name] as string,
      parts.map(it => it[at] as string),
      partitions,
      null,
    ),
  );
  return { slice, stamped: false, dimensions };
}

/** "2026-01-01", or "2026-01-01 … 2026-01-31 (31)". */
export function sliceInWords({ keys }: Slice): string {
  return keys.length === 1 ? `${keys[0]}` : `${keys[0]} … ${keys.at(-1)} (${keys.length})`;
}

function dimensionOf(
  column: string,
  parts: readonly string[],
  partitions: SimplePartitions,
  windows: ReadonlyMap<string, TimeWindow> | null,
): SliceDimension {
  if (!isTimePartitions(partitions)) return { column, parts, time: null };
  const time = { zone: timeZone(partitions.timezone), windows: windows ?? windowsOf(partitions, parts) };
  return { column, parts, time };
}

/** What a key means does not depend on which windows have ended by now. */
function windowsOf(partitions: TimePartitions, keys: readonly string[]): Map<string, TimeWindow> {
  const all = timeWindows(partitions, 0);
  return new Map(
    [...new Set(keys)].map(key => {
      const index = all.indexOfAny(key);
      if (index === null) throw new Error(`There is no window of time with the key "${key}".`);
      return [key, all.windowAt(index)];
    }),
  );
}

function notOneColumn(asset: AssetKey): Error {
  return new Error(
    `The partitions of ${asset} have one dimension, but partitionColumn names columns of several. ` +
      'Name one column: postgresTable({ partitionColumn: "…" }).',
  );
}

function notTheDimensions(asset: AssetKey, names: readonly string[]): Error {
  const columns = names.map(name => `${JSON.stringify(name)}: "…"`).join(", ");
  return new Error(
    `The partitions of ${asset} have the dimensions ${names.join(", ")}, and partitionColumn has to name ` +
      `one column for each: postgresTable({ partitionColumn: { ${columns} } }).`,
  );
}

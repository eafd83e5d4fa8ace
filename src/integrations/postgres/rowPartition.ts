import type { AssetKey } from "../../model/assetKey.ts";
import { keyDelimiter } from "../../model/partitionsDefinition.ts";
import { inWords } from "../../sdk/inWords.ts";
import type { Row } from "../../sdk/row.ts";
import type { TypeOf } from "./sliceCondition.ts";
import { type SliceDimension, type SliceLayout, sliceInWords, stampColumn } from "./sliceLayout.ts";
import { partRanges, timeColumnOf } from "./timeRanges.ts";

/** Tests that rows belong to the slice that is stored. */
export class RowPartition {
  readonly #asset: AssetKey;
  readonly #layout: SliceLayout;
  readonly #typeOf: TypeOf;
  readonly #keys: ReadonlySet<unknown>;
  #readers: PartReader[] | null = null;

  /** `typeOf` answers the type by which a column of the rows that were seen is stored. */
  constructor(asset: AssetKey, layout: SliceLayout, typeOf: TypeOf) {
    this.#asset = asset;
    this.#layout = layout;
    this.#typeOf = typeOf;
    this.#keys = new Set(layout.slice.keys);
  }

  /** Throws when a row lies outside, or does not say where it lies. */
  require(row: Row, number: number): void {
    if (this.#layout.stamped) this.#requireStamp(row, number);
    else this.#requireColumns(row, number);
  }

  #requireStamp(row: Row, number: number): void {
    const key = row[stampColumn];
    if (key === null || key === undefined) {
      if (this.#keys.size !== 1) throw this.#unstamped(number);
    } else if (!this.#keys.has(key)) {
      throw this.#outside(stampColumn, key, number);
    }
  }

  #requireColumns(row: Row, number: number): void {
    const { dimensions } = this.#layout;
    const parts: string[] = [];
    this.#readers ??= dimensions.map(dimension => this.#reader(dimension));
    for (const [at, read] of this.#readers.entries()) {
      const { column } = dimensions[at] as SliceDimension;
      const value = Object.hasOwn(row, column) ? row[column] : null;
      if (value === null || value === undefined) throw this.#unknown(column, number);
      const part = this.#read(read, column, value, number);
      if (part === null) throw this.#outside(column, value, number);
      parts.push(part);
    }
    if (parts.length > 1 && !this.#keys.has(parts.join(keyDelimiter))) {
      const columns = dimensions.map(({ column }) => column);
      throw this.#outside(columns.join('", "'), columns.map(it => shown(row[it])).join(", "), number);
    }
  }

  #reader(dimension: SliceDimension): PartReader {
    const parts = [...new Set(dimension.parts)];
    if (dimension.time === null) return textReader(parts);
    const type = this.#typeOf(dimension.column);
    if (type === null) return () => null;
    try {
      return timeReader(dimension, parts, type);
    } catch (error) {
      throw new Error(`${this.#asset} cannot be stored. ${(error as Error).message}`, { cause: error });
    }
  }

  #read(read: PartReader, column: string, value: unknown, number: number): string | null {
    try {
      return read(value);
    } catch (error) {
      throw new Error(`Row ${number} of ${this.#asset}: column "${column}" ${(error as Error).message}.`);
    }
  }

  #outside(columns: string, value: unknown, number: number): Error {
    const { slice, stamped } = this.#layout;
    const hint = stamped
      ? `Leave "${stampColumn}" out in a run of a single partition, or give each row its own key.`
      : "Return only rows of the partitions that are asked for: see the context's partition.";
    return new Error(
      `Row ${number} of ${this.#asset} lies outside of its slice: "${columns}" holds ${shown(value)}, ` +
        `and the slice is ${sliceInWords(slice)}. ${hint}`,
    );
  }

  #unknown(column: string, number: number): Error {
    return new Error(
      `Row ${number} of ${this.#asset} has no value in "${column}", the column that tells its partition. ` +
        "Give it one, or leave the row out.",
    );
  }

  #unstamped(number: number): Error {
    return new Error(
      `Row ${number} of ${this.#asset} does not say to which partition of ${sliceInWords(this.#layout.slice)} it belongs. ` +
        `Give each row its key as "${stampColumn}", name the column that tells it, ` +
        'postgresTable({ partitionColumn: "…" }), or run one partition at a time.',
    );
  }
}

/** Which part a value belongs to; null: none of the slice. Throws what is wrong with the value. */
type PartReader = (value: unknown) => string | null;

function textReader(parts: readonly string[]): PartReader {
  const known = new Set(parts);
  return value => {
    if (typeof value === "object") throw new Error(`holds ${inWords(value)}, which is no partition key`);
    const text = String(value);
    return known.has(text) ? text : null;
  };
}

function timeReader(dimension: SliceDimension, parts: readonly string[], type: string): PartReader {
  const ranges = partRanges(dimension, parts, type);
  const { read } = timeColumnOf(dimension, type);
  // Rows mostly come in the order of their windows.
  let at = 0;
  const holds = (value: number) => {
    const range = ranges[at];
    return range !== undefined && value >= range.from && value < range.to;
  };
  return value => {
    const time = read(value);
    if (!holds(time)) {
      let [low, high] = [0, ranges.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((ranges[middle]?.to as number) <= time) low = middle + 1;
        else high = middle;
      }
      at = low;
    }
    return holds(time) ? (ranges[at]?.part as string) : null;
  };
}

function shown(value: unknown): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "an invalid Date" : value.toISOString();
  if (typeof value === "object" && value !== null) return inWords(value);
  const text = String(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

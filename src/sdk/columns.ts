/** Declared columns: name → PostgreSQL type. */
export type Columns = Readonly<Record<string, string>>;

/**
 * Declares the columns of an asset's table: the types it is created with, and the type of its rows.
 *
 * | PostgreSQL | in TypeScript |
 * | --- | --- |
 * | `text`, `varchar(…)`, `uuid`, `time`, `numeric` (exact, hence text) | `string` |
 * | `double precision`, `real`, `integer`, `smallint` | `number` |
 * | `bigint` | `bigint` |
 * | `boolean` | `boolean` |
 * | `date` | `string`, "2026-01-31": a day has no time zone that could shift it |
 * | `timestamptz`, and `timestamp` as UTC | `Date` |
 * | `bytea` | `Uint8Array` |
 * | `jsonb` and what is not listed | `unknown` |
 *
 * Any column may be null, also where its type does not say so; `notNull` tests it.
 *
 * @example
 * columns({ city: "text", day: "date", celsius: "double precision" })
 */
export function columns<const Declared extends Readonly<Record<string, ColumnType>>>(
  declared: Declared,
): Declared {
  return declared;
}

/** The usual types for completion; any other type of PostgreSQL may be written too. */
export type ColumnType =
  | "text"
  | "double precision"
  | "integer"
  | "bigint"
  | "numeric"
  | "boolean"
  | "date"
  | "timestamptz"
  | "uuid"
  | "jsonb"
  | (string & {});

/** A row of a table with these columns, as it is read. */
export type RowOf<Declared extends Columns> = {
  -readonly [Column in keyof Declared]: ColumnValue<Declared[Column]>;
};

/** A row that may be written to these columns: any of them may be null. */
export type RowFor<Declared extends Columns> = {
  readonly [Column in keyof Declared]: ColumnInput<Declared[Column]> | null | undefined;
};

/** What reading a column of a type gives. */
export type ColumnValue<Type extends string> =
  Lowercase<Type> extends `${infer Element}[]`
    ? ColumnValue<Element>[]
    : Lowercase<Type> extends keyof ColumnValues
      ? ColumnValues[Lowercase<Type>]
      : unknown;

/** What may be written to a column of a type; an instant may also be text, a bigint a number. */
type ColumnInput<Type extends string> =
  Lowercase<Type> extends `${infer Element}[]`
    ? readonly ColumnInput<Element>[]
    : Lowercase<Type> extends keyof WiderInputs
      ? WiderInputs[Lowercase<Type>]
      : ColumnValue<Type>;

interface ColumnValues {
  text: string;
  citext: string;
  uuid: string;
  [varchar: `varchar${string}`]: string;
  [char: `char${string}`]: string;
  [numeric: `numeric${string}`]: string;
  [decimal: `decimal${string}`]: string;
  date: string;
  [float: `float${string}`]: number;
  "double precision": number;
  real: number;
  integer: number;
  int: number;
  int4: number;
  smallint: number;
  int2: number;
  bigint: bigint;
  int8: bigint;
  boolean: boolean;
  bool: boolean;
  timestamptz: Date;
  "timestamp with time zone": Date;
  timestamp: Date;
  "timestamp without time zone": Date;
  time: string;
  interval: string;
  bytea: Uint8Array;
}

interface WiderInputs {
  bigint: bigint | number;
  int8: bigint | number;
  [numeric: `numeric${string}`]: string | number | bigint;
  [decimal: `decimal${string}`]: string | number | bigint;
  timestamptz: Date | string;
  "timestamp with time zone": Date | string;
  timestamp: Date | string;
  "timestamp without time zone": Date | string;
}

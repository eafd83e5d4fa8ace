import type { Columns, ColumnValue, RowFor, RowOf } from "./columns.ts";
import type { Row } from "./row.ts";

/** What an asset's function may return: anything, or rows that fit the declared columns. */
export type Returnable<Declared extends Columns | undefined> = Declared extends Columns
  ? MaybePromise<Iterable<RowFor<Declared>> | AsyncIterable<RowFor<Declared>> | Nothing>
  : unknown;

/**
 * What consumers receive of what an asset's function returned.
 * Promises are awaited, iterables of rows arrive as an array; an asset that returns nothing wrote its table
 * itself, and its rows have the declared columns, or any.
 */
export type OutputOf<Returned, Declared extends Columns | undefined> = [
  Exclude<Awaited<Returned>, Nothing>,
] extends [never]
  ? (Declared extends Columns ? RowOf<Declared> : Row)[]
  : LoadedValue<Exclude<Awaited<Returned>, Nothing>, Declared>;

/** The type of one row of an output; `never` when it is not rows. */
export type RowOfOutput<Output> = Output extends readonly (infer OutputRow)[] ? OutputRow : never;

// biome-ignore lint/suspicious/noConfusingVoidType: a function without a return statement returns void.
type Nothing = void | undefined;

type MaybePromise<T> = T | Promise<T>;

type LoadedValue<Value, Declared extends Columns | undefined> = Value extends NotRows
  ? Value
  : Value extends readonly (infer Element)[]
    ? LoadedRow<Element, Declared>[]
    : Value extends AsyncIterable<infer Element> | Iterable<infer Element>
      ? LoadedRow<Element, Declared>[]
      : Value;

/** Iterable, but a value of its own for an I/O manager that stores something else than rows. */
type NotRows = string | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | ArrayBufferView;

type LoadedRow<Element, Declared extends Columns | undefined> = Declared extends Columns
  ? { -readonly [Column in keyof Declared]: LoadedColumn<Field<Element, Column>, Declared[Column]> }
  : Element extends object
    ? true extends HasUndefined<Element>
      ? { [Column in keyof Element]-?: NullForUndefined<Element[Column]> }
      : Element
    : Element;

type Field<Element, Column> = Column extends keyof Element ? Element[Column] : undefined;

/** A declared column keeps the narrower type that was returned: "Oslo" | "Bergen" instead of string. */
type LoadedColumn<Returned, Type extends string> =
  | (Exclude<Returned, null | undefined> extends ColumnValue<Type>
      ? Exclude<Returned, null | undefined>
      : ColumnValue<Type>)
  | (null extends Returned ? null : undefined extends Returned ? null : never);

type HasUndefined<Element> = {
  [Column in keyof Element]-?: undefined extends Element[Column] ? true : never;
}[keyof Element];

/** What is left out or undefined in a row comes back from a table as null. */
type NullForUndefined<Value> = undefined extends Value ? Exclude<Value, undefined> | null : Value;

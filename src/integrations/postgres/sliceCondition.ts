import { quoted } from "./relation.ts";
import type { SliceDimension, SliceLayout } from "./sliceLayout.ts";
import { type TimeRange, timeColumnOf, timeRanges } from "./timeRanges.ts";

/** Which rows of a table are meant: a SQL condition, and the values of its parameters. */
export interface SliceCondition {
  readonly sql: string;
  readonly values: unknown[];
}

/** All of them: the slice of an asset without partitions. */
export const wholeTable: SliceCondition = { sql: "true", values: [] };

/** None of them. */
export const noRows: SliceCondition = { sql: "false", values: [] };

/** The type of a column, without length or precision; null when the table has no such column. */
export type TypeOf = (column: string) => string | null;

/** The rows of a slice, told in a way that an index on its columns serves; its parameters are added to `values`. */
export function sliceCondition(
  { slice, dimensions }: SliceLayout,
  typeOf: TypeOf,
  values: unknown[] = [],
): SliceCondition {
  if (slice.keys.length === 0 || dimensions.some(({ column }) => typeOf(column) === null)) {
    return { ...noRows, values };
  }
  const parameter: Parameter = value => `$${values.push(value)}`;
  const everyKey = slice.keys.map((_, at) => at);
  return { sql: anyOfKeys(everyKey, dimensions, typeOf, parameter), values };
}

/** Hands a value over, and answers how the SQL names it. */
type Parameter = (value: unknown) => string;

/** More ranges than these are handed over as arrays: a statement has 65,535 parameters at most. */
const rangesInWords = 100;

/** Keys with the same rest share one condition, so that the product of two ranges is one condition too. */
function anyOfKeys(
  keys: readonly number[],
  [dimension, ...others]: readonly SliceDimension[],
  typeOf: TypeOf,
  parameter: Parameter,
): string {
  if (!dimension) return "true";
  const partOf = (key: number) => dimension.parts[key] as string;
  if (others.length === 0) return partCondition(dimension, distinct(keys.map(partOf)), typeOf, parameter);
  const groups = groupBy([...groupBy(keys, partOf)], ([, group]) =>
    JSON.stringify(group.map(key => others.map(it => it.parts[key]))),
  );
  const conditions = [...groups.values()].map(group => {
    const parts = group.map(([part]) => part);
    const [[, sameRest] = ["", []]] = group;
    const own = partCondition(dimension, parts, typeOf, parameter);
    return `${own} and ${anyOfKeys(sameRest, others, typeOf, parameter)}`;
  });
  return anyOf(conditions);
}

function partCondition(
  dimension: SliceDimension,
  parts: readonly string[],
  typeOf: TypeOf,
  parameter: Parameter,
): string {
  const column = quoted(dimension.column);
  if (dimension.time !== null) {
    const type = typeOf(dimension.column) as string;
    return timeCondition(column, type, timeRanges(dimension, parts, type), parameter, text =>
      timeColumnOf(dimension, type).textOf(text),
    );
  }
  return parts.length === 1 ? `${column} = ${parameter(parts[0])}` : `${column} = any(${parameter(parts)})`;
}

function timeCondition(
  column: string,
  type: string,
  ranges: readonly TimeRange[],
  parameter: Parameter,
  textOf: (bound: number) => string,
): string {
  const [first, last] = [ranges[0], ranges.at(-1)];
  if (!first || !last) return "false";
  const within = ({ from, to }: TimeRange) =>
    `${column} >= ${parameter(textOf(from))}::${type} and ${column} < ${parameter(textOf(to))}::${type}`;
  if (ranges.length <= rangesInWords) return anyOf(ranges.map(within));
  const froms = parameter(ranges.map(({ from }) => textOf(from)));
  const tos = parameter(ranges.map(({ to }) => textOf(to)));
  return (
    `(${within({ from: first.from, to: last.to })} and exists (select ` +
    `from unnest(${froms}::${type}[], ${tos}::${type}[]) as millrace_range (millrace_from, millrace_to) ` +
    `where ${column} >= millrace_from and ${column} < millrace_to))`
  );
}

function anyOf(conditions: readonly string[]): string {
  return conditions.length === 1 ? `${conditions[0]}` : `(${conditions.map(it => `(${it})`).join(" or ")})`;
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

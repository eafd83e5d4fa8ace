import { brand, isBranded } from "./brand.ts";
import { captureDefinition } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { quoted } from "./quoted.ts";
import type { Row } from "./row.ts";

/** SQL with values in it: they are handed over as parameters and never become part of the text. */
export interface SqlQuery<QueryRow = unknown> {
  readonly [brand]: "sql";
  /** One more than there are values. */
  readonly texts: readonly string[];
  readonly values: readonly SqlValue[];
  readonly definedAt: Error;
  /** Never set; carries the type of its rows. */
  readonly row?: QueryRow;
}

/** An input of a `sqlAsset`, as its SQL names it: the rows of the partitions that are needed, and no others. */
export interface SqlRelation<RelationRow = unknown> {
  readonly [brand]: "relation";
  readonly name: string;
  /** A column of it, which the compiler knows: `${readings.column("celsius")}`. */
  column(name: keyof RelationRow & string): SqlName;
}

/** A name that stands in SQL as it is, in quotes. */
export interface SqlName {
  readonly [brand]: "name";
  readonly text: string;
}

/** What may stand in `${…}`. */
export type SqlValue =
  | SqlRelation
  | SqlName
  | SqlQuery
  | string
  | number
  | bigint
  | boolean
  | Date
  | Uint8Array
  | null
  | readonly (string | number | bigint | boolean | Date | null)[];

/**
 * SQL for a `sqlAsset`. An input stands for its rows, a part written by `sql` for itself, anything else is handed
 * over as a parameter. The type of the rows is said, not verified: `sql<{ city: string }>`.
 *
 * @example
 * sql: ({ readings }) => sql<{ city: string; hours: bigint }>`
 *   select city, count(*) as hours from ${readings} where celsius > ${limit} group by city`
 */
export const sql = Object.assign(writeSql, {
  /** A column or a table that is known only at run time, in quotes: `${sql.identifier("celsius")}`. */
  identifier: (...path: readonly string[]): SqlName => ({
    [brand]: "name",
    text: path.map(quoted).join("."),
  }),
});

function writeSql<QueryRow extends object = Row>(
  texts: TemplateStringsArray,
  ...values: readonly SqlValue[]
): SqlQuery<QueryRow> {
  return Object.freeze({ [brand]: "sql" as const, texts, values, definedAt: captureDefinition(writeSql) });
}

export function isSqlQuery(value: unknown): value is SqlQuery {
  return isBranded(value, "sql");
}

export function sqlRelation(name: string): SqlRelation<Row> {
  return Object.freeze({
    [brand]: "relation" as const,
    name,
    column: (column: string) => sql.identifier(name, column),
  });
}

/** The text with `$1`, `$2` … for its values, which are added to `values`. */
export function renderSql({ texts, values: written }: SqlQuery, values: unknown[]): string {
  let text = texts[0] ?? "";
  for (const [at, value] of written.entries()) text += renderValue(value, values) + texts[at + 1];
  return text;
}

function renderValue(value: SqlValue, values: unknown[]): string {
  if (isSqlQuery(value)) return renderSql(value, values);
  if (isBranded(value, "relation")) return quoted((value as SqlRelation).name);
  if (isBranded(value, "name")) return (value as SqlName).text;
  const isPlain = typeof value !== "object" && typeof value !== "function" && value !== undefined;
  if (!isPlain && value !== null && !Array.isArray(value) && !isWhole(value)) {
    throw new TypeError(
      `The SQL holds ${inWords(value)}. Give a text, a number, a Date, null, a list of them, an input or sql\`…\`; ` +
        "of an object write JSON.stringify(…).",
    );
  }
  return `$${values.push(value)}`;
}

function isWhole(value: unknown): boolean {
  return value instanceof Date || value instanceof Uint8Array;
}

import type { CheckOptions, SqlCheck } from "./check.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { quoted } from "./quoted.ts";
import type { Row } from "./row.ts";

/**
 * A check that fails for each row in which the column is null. It does not block unless asked to.
 *
 * @example
 * checks: [notNull("city"), notNull("day", { blocking: true })]
 */
export function notNull(column: string, options: CheckOptions = {}): SqlCheck {
  requireColumns("notNull", [column], captureDefinition(notNull));
  return sqlCheck(`notNull(${column})`, [column], options, {
    sql: `${quoted(column)} is not null`,
    countFailed: rows => rows.filter(row => isNull(row[column])).length,
  });
}

/**
 * A check that fails for each row that shares its value, or its values of several columns, with another row.
 * Rows in which one of them is null are not compared, as in a unique constraint.
 *
 * @example
 * checks: [unique("id"), unique(["station", "day"], { blocking: true })]
 */
export function unique(columns: string | readonly string[], options: CheckOptions = {}): SqlCheck {
  const names = typeof columns === "string" ? [columns] : columns;
  requireColumns("unique", names, captureDefinition(unique));
  return sqlCheck(`unique(${names.join(", ")})`, names, options, {
    sql: [
      ...names.map(name => `${quoted(name)} is null`),
      `count(*) over (partition by ${names.map(quoted).join(", ")}) = 1`,
    ].join(" or "),
    countFailed: rows => countSharing(rows, names),
  });
}

function requireColumns(name: string, columns: readonly string[], definedAt: Error): void {
  const problems = new DefinitionProblems(definedAt);
  const wellFormed =
    Array.isArray(columns) && columns.length > 0 && columns.every(it => typeof it === "string" && it !== "");
  if (!wellFormed) problems.add(`${name} is given no column`, `Write ${name}("city").`);
  problems.throwIfAny();
}

function sqlCheck(
  name: string,
  columns: readonly string[],
  { blocking = false, severity = "error", description }: CheckOptions,
  condition: Required<Pick<SqlCheck, "sql" | "countFailed">>,
): SqlCheck {
  return { kind: "sql", name, blocking, severity, description: description ?? null, columns, ...condition };
}

function countSharing(rows: readonly Row[], columns: readonly string[]): number {
  const counts = new Map<string, number>();
  for (const row of rows) {
    if (columns.some(column => isNull(row[column]))) continue;
    const values = JSON.stringify(columns.map(column => comparable(row[column])));
    counts.set(values, (counts.get(values) ?? 0) + 1);
  }
  return [...counts.values()].filter(count => count > 1).reduce((sum, count) => sum + count, 0);
}

function comparable(value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

function isNull(value: unknown): boolean {
  return value === null || value === undefined;
}

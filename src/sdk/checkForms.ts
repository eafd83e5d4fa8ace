import { closestName } from "../model/closestName.ts";
import type { CheckAnswer, CheckDefinition, CheckOptions, RowsCheck, SqlCheck } from "./check.ts";
import { notNull, unique } from "./columnChecks.ts";
import type { AssetDefinition } from "./definition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord } from "./labels.ts";
import type { Row } from "./row.ts";

/** A check as it may be written in `checks: […]`; `CheckedRow` is a row of the declared columns. */
export type CheckForm<CheckedRow = Row> = SqlCheck | SqlForm | RowsForm<CheckedRow>;

/** `{ name: "plausible", sql: "celsius between -60 and 60" }`: a condition that must be true for each row. */
export interface SqlForm extends CheckOptions {
  /** Unique within the asset. */
  readonly name: string;
  /** A condition in SQL over the asset's columns, without `where`. */
  readonly sql: string;
  readonly rows?: never;
}

/** `{ name: "complete", rows: async rows => … }`: user code over the rows, before they are published. */
export interface RowsForm<CheckedRow = Row> extends CheckOptions {
  /** Unique within the asset. */
  readonly name: string;
  /** Throws, or answers false or a sentence that says what is wrong. */
  readonly rows: (rows: AsyncIterable<CheckedRow>) => Promise<CheckAnswer> | CheckAnswer;
  readonly sql?: never;
}

/** What the function given to `.checks(…)` receives: checks that know the asset's columns. */
export interface CheckBuilder<CheckedRow> {
  /** A test with user code: `rows("complete", async readings => …, { blocking: true })`. */
  rows(
    name: string,
    test: (rows: AsyncIterable<CheckedRow>) => Promise<CheckAnswer> | CheckAnswer,
    options?: CheckOptions,
  ): RowsForm<CheckedRow>;
  /** A condition in SQL that must be true for each row. */
  sql(name: string, condition: string, options?: CheckOptions): SqlForm;
  notNull(column: ColumnOf<CheckedRow>, options?: CheckOptions): SqlCheck;
  unique(columns: ColumnOf<CheckedRow> | readonly ColumnOf<CheckedRow>[], options?: CheckOptions): SqlCheck;
}

type ColumnOf<CheckedRow> = keyof CheckedRow & string;

/** The one builder; the types of rows and columns exist for the compiler only. */
export const checkBuilder: CheckBuilder<never> = {
  rows: (name, test, options) => ({ name, rows: test, ...options }),
  sql: (name, sql, options) => ({ name, sql, ...options }),
  notNull,
  unique,
};

/** The checks of an asset made complete; says what is wrong with each that is none. */
export function completeChecks(
  forms: unknown,
  { key, columns }: Pick<AssetDefinition, "key" | "columns">,
  problems: DefinitionProblems,
): CheckDefinition[] {
  if (!Array.isArray(forms)) {
    problems.add(
      `"checks" of asset "${key}" is ${inWords(forms)}`,
      'Write a list: checks: [notNull("city")].',
    );
    return [];
  }
  const complete = new Map<string, CheckDefinition>();
  for (const form of forms) {
    const problem = problemOf(form);
    if (problem !== null) {
      problems.add(`${nameInWords(form)} of asset "${key}" ${problem}`, howToWriteOne);
      continue;
    }
    const check = completeCheck(form as CheckForm<never>);
    if (complete.has(check.name)) {
      problems.add(
        `Asset "${key}" has two checks that are called "${check.name}"`,
        "Rename or remove one of them.",
      );
    }
    for (const column of check.kind === "sql" && columns !== null ? (check.columns ?? []) : []) {
      if (Object.hasOwn(columns ?? {}, column)) continue;
      const meant = closestName(column, Object.keys(columns ?? {}));
      problems.add(
        `The check "${check.name}" of asset "${key}" is about the column "${column}", which is not declared`,
        meant ? `Did you mean "${meant}"?` : "Declare the column, or remove the check.",
      );
    }
    complete.set(check.name, check);
  }
  return [...complete.values()];
}

const howToWriteOne =
  'Write notNull("city"), { name: "plausible", sql: "celsius < 60" } or { name: "complete", rows: async rows => { … } }.';

function nameInWords(form: unknown): string {
  const name = isRecord(form) ? form.name : undefined;
  return typeof name === "string" && name !== "" ? `The check "${name}"` : "A check";
}

function problemOf(form: unknown): string | null {
  if (!isRecord(form)) return `is ${inWords(form)}`;
  const { name, sql, rows, severity = "error", blocking = false } = form;
  if (typeof name !== "string" || name === "") return "has no name";
  if ((sql === undefined) === (rows === undefined)) return 'needs either "sql" or "rows"';
  if (sql !== undefined && (typeof sql !== "string" || sql.trim() === "")) {
    return `has ${inWords(sql)} as its condition in SQL`;
  }
  if (rows !== undefined && typeof rows !== "function") return `has ${inWords(rows)} as its function "rows"`;
  if (severity !== "error" && severity !== "warning") {
    return `has ${inWords(severity)} as its severity, which is "error" or "warning"`;
  }
  return typeof blocking === "boolean" ? null : 'says "blocking" with something else than true or false';
}

function completeCheck(form: CheckForm<never>): CheckDefinition {
  if ("kind" in form) return form;
  const { name, blocking = false, severity = "error", description = null } = form;
  const fields = { name, blocking, severity, description };
  return form.sql === undefined
    ? { ...fields, kind: "rows", rows: form.rows as RowsCheck["rows"] }
    : { ...fields, kind: "sql", sql: form.sql };
}

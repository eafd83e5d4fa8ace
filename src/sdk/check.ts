import type { Row } from "./row.ts";

/** A test of an asset's data; a blocking one that fails keeps the data from being published. */
export type CheckDefinition = SqlCheck | RowsCheck;

/** What every check may say beside its test. */
export interface CheckOptions {
  /**
   * True: when it fails, nothing is published and nothing downstream runs. False, the default: the failure
   * is recorded with the materialization.
   */
  readonly blocking?: boolean;
  /** How grave a failure is, "error" by default. A "warning" never blocks, even when `blocking` is true. */
  readonly severity?: "error" | "warning";
  readonly description?: string;
}

interface CheckFields {
  readonly name: string;
  readonly blocking: boolean;
  readonly severity: "error" | "warning";
  readonly description: string | null;
}

/**
 * Fails for each row for which the SQL condition is not true; runs where the data is.
 * The condition may hold window functions (`unique` does), so it is evaluated in a select list:
 * `select count(*) from (select (<sql>) as holds from <rows>) as tested where holds is not true`.
 */
export interface SqlCheck extends CheckFields {
  readonly kind: "sql";
  readonly sql: string;
  /** The columns it is about, when it is made by `notNull` or `unique`. */
  readonly columns?: readonly string[];
  /** The same condition over rows in memory, where it has one: how many rows fail. */
  readonly countFailed?: (rows: readonly Row[]) => number;
}

/** User code over the rows, before they are published. Throws, or answers what is wrong. */
export interface RowsCheck extends CheckFields {
  readonly kind: "rows";
  readonly rows: (rows: AsyncIterable<Row>) => Promise<CheckAnswer> | CheckAnswer;
}

/** Nothing or true: passed. False, or a sentence that says what is wrong: failed. */
export type CheckAnswer =
  // biome-ignore lint/suspicious/noConfusingVoidType: a check that only throws returns nothing.
  void | undefined | boolean | string | { passed: boolean; message?: string; failedRows?: number };

export interface CheckResult {
  readonly name: string;
  readonly passed: boolean;
  readonly blocking: boolean;
  readonly severity: "error" | "warning";
  readonly failedRows: number | null;
  readonly message: string | null;
}

/** A failed check that keeps its asset from being published; a warning never does (semantics C2). */
export function blocksPublishing(result: CheckResult): boolean {
  return !result.passed && result.blocking && result.severity === "error";
}

/** How the message of a check begins whose SQL is wrong itself. */
export const sqlFailed = "The check's SQL failed";

import { type CheckResult, type SqlCheck, sqlFailed } from "../../sdk/check.ts";
import type { Database, StreamingSql } from "../../sdk/ioManager.ts";
import type { Row } from "../../sdk/row.ts";
import type { ExistingTable } from "./catalog.ts";
import { alterTable, changesAnything, createTable, lockName, type TableTarget } from "./changeTable.ts";
import { CopyIn } from "./copyIn.ts";
import { storedBase, type TableChanges } from "./drift.ts";
import { selectRows } from "./readRows.ts";
import { qualified, quoted, type Relation } from "./relation.ts";
import type { RowColumns } from "./rowColumns.ts";
import { type SliceCondition, sliceCondition, type TypeOf, wholeTable } from "./sliceCondition.ts";
import { sliceInWords, stampColumn } from "./sliceLayout.ts";
import { withoutModifier } from "./valueKind.ts";

/** What is known of an output when it is published. */
export interface PublishedOutput {
  readonly database: Database;
  readonly target: TableTarget;
  readonly found: ExistingTable | null;
  readonly columns: OutputColumns;
}

/** The columns of an output, whether it is rows or a query. */
export type OutputColumns = Pick<RowColumns, "all" | "names" | "stamped">;

/**
 * Replaces the slice in the step's transaction; readers see the old rows until it commits.
 * `changes` are what is left to change in the table, null when it is still missing.
 * Answers which rows are the new ones.
 */
export async function replaceRows(
  transaction: StreamingSql,
  { database, target, found, columns }: PublishedOutput,
  changes: TableChanges | null,
  fill: () => Promise<void>,
): Promise<SliceCondition> {
  const { relation, layout } = target;
  // Two whole tables at once would each keep the other's new rows, which their deleting does not see; slices are
  // apart. The lock is chosen before: two that share one could never both exchange it for one of their own.
  const shared = layout !== null && changes !== null && !changesAnything(changes);
  await lockName(transaction, qualified(relation), { shared });
  const present =
    changes && found
      ? { table: found, changes }
      : await createTable(transaction, database, target, columns.all);
  if (present) {
    const before = rowsBefore(target, present.table, columns, present.changes);
    await transaction.query(`delete from ${qualified(relation)} where ${before.sql}`, before.values);
    // After the rows are gone: what they held need not fit the new types.
    await alterTable(transaction, target, present.changes);
  }
  await fill();
  return layout ? sliceCondition(layout, storedTypes(present?.table ?? null, columns)) : wholeTable;
}

/** A column that this output is to add is no column yet, and one that it is to change has its old type. */
function rowsBefore(
  { layout }: TableTarget,
  table: ExistingTable,
  columns: OutputColumns,
  { added, stamped }: TableChanges,
): SliceCondition {
  if (!layout) return wholeTable;
  const existing = new Map(table.columns.map(({ name, type }) => [name, withoutModifier(type)]));
  const stored = storedTypes(table, columns);
  return sliceCondition(layout, column => {
    if (column === stampColumn && layout.stamped) return stamped ? null : "text";
    if (added.some(({ name }) => name === column)) return null;
    return existing.get(column) ?? stored(column);
  });
}

/** The types of the columns after an output has been stored. */
export function storedTypes(table: ExistingTable | null, columns: OutputColumns): TypeOf {
  return name => {
    if (name === stampColumn && columns.stamped) return "text";
    const existing = table?.columns.find(column => column.name === name);
    const column = columns.all.find(column => column.name === name);
    if (column) return storedBase(existing, column);
    return existing ? withoutModifier(existing.type) : null;
  };
}

/** PostgreSQL reads times by rules of its own, and rounds them: a row that it moved out of the slice is a fault. */
export async function requireRowsInSlice(
  sql: StreamingSql,
  { asset, relation, layout }: TableTarget,
  slice: SliceCondition,
  rows: number,
): Promise<void> {
  if (!layout?.dimensions.some(({ time }) => time)) return;
  const [counted] = await selectRows<{ rows: bigint }>(
    sql,
    `select count(*) as rows from ${qualified(relation)} where ${slice.sql}`,
    slice.values,
  );
  if (Number(counted?.rows) === rows) return;
  const columns = layout.dimensions.flatMap(({ column, time }) => (time ? [`"${column}"`] : []));
  throw new Error(
    `${asset} has ${rows} rows, but in its slice ${sliceInWords(layout.slice)} of the table ${qualified(relation)} ` +
      `are ${counted?.rows}: as PostgreSQL stores ${columns.join(", ")}, rounded or changed by a trigger, ` +
      "rows lie elsewhere. Nothing was changed. Declare a type that holds the values exactly.",
  );
}

/** Fills the table with rows that are in memory. */
export async function copyRows(
  sql: StreamingSql,
  { asset, relation }: TableTarget,
  columns: RowColumns,
  rows: readonly Row[],
  signal: AbortSignal,
): Promise<void> {
  if (rows.length === 0) return;
  const copy = new CopyIn(sql, { asset, relation, columns: columns.names, rowsBefore: 0 });
  try {
    for (let at = 0; at < rows.length; at++) {
      if (!copy.add(columns.line(rows[at] as Row, at + 1))) continue;
      signal.throwIfAborted();
      await copy.flush();
    }
    await copy.finish();
  } catch (error) {
    copy.fail(error);
    throw error;
  }
}

/** Fills the table with the rows of a staging table. */
export async function insertStaged(
  sql: StreamingSql,
  { relation }: TableTarget,
  columns: RowColumns,
  staging: Relation,
): Promise<void> {
  const names = columns.names.map(quoted).join(", ");
  await sql.query(`insert into ${qualified(relation)} (${names}) select ${names} from ${qualified(staging)}`);
}

/** Runs SQL checks on a slice of the table. A check that is wrong SQL has failed, and the transaction goes on. */
export function runChecks(
  sql: StreamingSql,
  relation: Relation,
  slice: SliceCondition,
  checks: readonly SqlCheck[],
): Promise<CheckResult[]> {
  return runChecksOn(sql, `${qualified(relation)} where ${slice.sql}`, slice.values, checks);
}

/** The same on whatever stands behind a `from`; inside of a transaction. */
export async function runChecksOn(
  sql: StreamingSql,
  from: string,
  values: unknown[],
  checks: readonly SqlCheck[],
): Promise<CheckResult[]> {
  const results: CheckResult[] = [];
  // One for all: checks only read, so going back to before the first loses nothing.
  if (checks.length > 0) await sql.query("savepoint millrace_check");
  for (const check of checks) {
    const { name, blocking, severity } = check;
    const { failedRows, message } = await runCheck(sql, from, values, check);
    results.push({ name, passed: message === null, blocking, severity, failedRows, message });
  }
  return results;
}

async function runCheck(
  sql: StreamingSql,
  from: string,
  values: unknown[],
  check: SqlCheck,
): Promise<{ failedRows: number | null; message: string | null }> {
  try {
    // The line breaks end a comment that the condition may end with.
    const [counted] = await selectRows<{ failed: bigint }>(
      sql,
      `select count(*) as failed
       from (select (\n${check.sql}\n) as holds from ${from}) as tested
       where holds is not true`,
      values,
    );
    const failedRows = Number(counted?.failed);
    const rows = failedRows === 1 ? "1 row does" : `${failedRows} rows do`;
    return { failedRows, message: failedRows === 0 ? null : `${rows} not satisfy: ${check.sql.trim()}` };
  } catch (error) {
    if (!isMistake(error)) throw error;
    await sql.query("rollback to savepoint millrace_check");
    return { failedRows: null, message: `${sqlFailed}: ${error.message}.` };
  }
}

/** Wrong SQL or data that it cannot work on; not a canceled statement, a lost connection, a full disk. */
export function isMistake(error: unknown): error is Error {
  const { code } = error as { code?: string };
  return ["0A", "21", "22", "42", "P0"].includes(code?.slice(0, 2) ?? "");
}

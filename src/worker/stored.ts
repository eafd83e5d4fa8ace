import { runChecksOn } from "../integrations/postgres/publish.ts";
import { columnsOfTable } from "../integrations/postgres/tableColumns.ts";
import { postgresTable } from "../integrations/postgres.ts";
import type { AssetColumn } from "../model/assetFacts.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { rowsPreview } from "../model/rowsPreview.ts";
import type { CheckReport, RowsPreview } from "../protocol/stored.ts";
import type { StoredOrder } from "../protocol/worker.ts";
import type { CheckResult, RowsCheck, SqlCheck } from "../sdk/check.ts";
import { type AssetDefinition, isAsset, isSource, type SourceDefinition } from "../sdk/definition.ts";
import type { Database as AssetDatabase, InputContext, IoManager } from "../sdk/ioManager.ts";
import { isAsyncIterable } from "../sdk/iterable.ts";
import type { Row } from "../sdk/row.ts";
import { runRowsChecks } from "../sdk/rowsChecks.ts";
import { StepCanceled } from "../sdk/stepErrors.ts";
import { UserCode } from "../sdk/userCode.ts";
import type { Database } from "../store/database.ts";
import { stepConnections } from "../store/stepConnections.ts";
import { isInspected } from "./inspector.ts";
import { defaultIo } from "./io.ts";
import { toRunError } from "./location.ts";
import { outputSlice } from "./slices.ts";
import { assetDatabase } from "./step.ts";

export interface StoredSurroundings {
  readonly database: Database;
  readonly root: string;
  readonly assetSchema: string;
  definition(asset: AssetKey): AssetDefinition | SourceDefinition | undefined;
}

/** Nobody waits longer to see what is there; the database is told to stop. */
const patienceMs = 60_000;

/** The first rows of what is stored, whichever I/O manager stored it. */
export async function previewStored(
  order: StoredOrder & { limit: number },
  surroundings: StoredSurroundings,
): Promise<Omit<RowsPreview, "asset" | "partition">> {
  const { io, input } = storedInput(order, surroundings);
  const value = await io.load(input);
  const { rows, isCut } = await firstRows(value, order.limit);
  return { ...rowsPreview(rows, Object.keys(input.columns ?? {})), isCut };
}

/** Runs checks of an asset on what is stored: those in SQL where it is, the others over its rows. */
export async function checkStored(
  order: StoredOrder & { checks: readonly string[] },
  surroundings: StoredSurroundings,
): Promise<CheckReport[]> {
  const asset = surroundings.definition(order.asset);
  if (asset === undefined || !isAsset(asset)) {
    throw new Error(`The definitions that are loaded have no asset "${order.asset}".`);
  }
  const { io, input } = storedInput(order, surroundings);
  const wanted = asset.checkDefinitions.filter(it => order.checks.includes(it.name));
  const started = performance.now();
  try {
    const results = [
      ...(await sqlResults(wanted.filter(isSqlCheck), io, input)),
      ...(await rowsResults(wanted.filter(isRowsCheck), io, input)),
    ];
    const each = Math.round((performance.now() - started) / Math.max(1, results.length));
    return results.map(it => reportOf(order.asset, it, each));
  } catch (error) {
    const failure = toRunError(error, surroundings.root);
    return wanted.map(({ name, blocking }) => ({
      ...{ asset: order.asset, name, uniqueId: null, status: "error" as const, blocking, failedRows: null },
      ...{ message: failure.message, error: failure, durationMs: null },
    }));
  }
}

/** The columns of the table that an asset is, else those that its definition declares. */
export async function storedColumns(
  order: StoredOrder,
  surroundings: StoredSurroundings,
): Promise<readonly AssetColumn[] | null> {
  const { relation, database, columns } = storedInput(order, surroundings).input;
  const found = relation === null ? null : await columnsOfTable(database, relation);
  if (found !== null) return found;
  const declared = Object.entries(columns ?? {});
  return declared.length === 0
    ? null
    : declared.map(([name, type]) => ({ name, type: String(type), description: null }));
}

function storedInput(
  order: StoredOrder,
  { database, assetSchema, definition }: StoredSurroundings,
): { io: IoManager; input: InputContext } {
  const { model, asset: key } = order;
  const found = model === null ? definition(key) : undefined;
  if (model === null && found === undefined) {
    throw new Error(`The definitions that are loaded have no asset "${key}".`);
  }
  // Who looks at a breakpoint takes their time.
  const signal = isInspected() ? new AbortController().signal : AbortSignal.timeout(patienceMs);
  const io =
    model?.partitionColumn != null
      ? postgresTable({ partitionColumn: model.partitionColumn })
      : (found?.io ?? defaultIo);
  const partitions = model === null ? (found?.partitions ?? null) : model.partitions;
  const relation =
    model?.relation ??
    (found && isSource(found) ? found.relation : (io.relation?.(key, assetSchema) ?? null));
  return {
    io,
    input: {
      asset: key,
      relation,
      assetSchema,
      columns: found && isAsset(found) ? found.columns : null,
      slice: outputSlice({ key, partitions }, order),
      // What is no table may be no rows at all, and has no stream then.
      stream: io.select !== undefined,
      database: assetDatabase(stepConnections(database, signal)) as AssetDatabase,
      signal,
    },
  };
}

/** What is loaded may be rows, or anything else that an I/O manager keeps; then it is shown as one row. */
async function firstRows(value: unknown, limit: number): Promise<{ rows: Row[]; isCut: boolean }> {
  const rows: Row[] = [];
  if (isAsyncIterable(value) || Array.isArray(value)) {
    for await (const row of value as AsyncIterable<unknown>) {
      if (rows.length === limit) return { rows, isCut: true };
      rows.push(isRow(row) ? row : { value: row });
    }
    return { rows, isCut: false };
  }
  return {
    rows: value === undefined || value === null ? [] : [isRow(value) ? value : { value }],
    isCut: false,
  };
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

async function sqlResults(
  checks: readonly SqlCheck[],
  io: IoManager,
  input: InputContext,
): Promise<CheckResult[]> {
  if (checks.length === 0) return [];
  if (io.select) {
    const values: unknown[] = [];
    const rows = await io.select(input, values);
    return input.database.transaction(sql => runChecksOn(sql, `(${rows}) as stored`, values, checks));
  }
  const rows: Row[] = [];
  for await (const row of readAgain(io, input)) rows.push(row);
  return checks.map(({ name, blocking, severity, countFailed }) => {
    if (countFailed === undefined) {
      throw new Error(
        `${input.asset} is not stored in the state database, so its check "${name}" has no SQL to run in.`,
      );
    }
    const failedRows = countFailed(rows);
    return { name, blocking, severity, failedRows, passed: failedRows === 0, message: null };
  });
}

async function rowsResults(
  checks: readonly RowsCheck[],
  io: IoManager,
  input: InputContext,
): Promise<CheckResult[]> {
  if (checks.length === 0) return [];
  const userCode = new UserCode(input.signal, () => new StepCanceled(input.asset));
  const read = () => readAgain(io, input);
  try {
    return (await runRowsChecks(checks, { read }, userCode)).results;
  } finally {
    await userCode.endIterations();
  }
}

async function* readAgain(io: IoManager, input: InputContext): AsyncGenerator<Row> {
  yield* (await io.load(input)) as AsyncIterable<Row>;
}

function reportOf(asset: AssetKey, result: CheckResult, durationMs: number): CheckReport {
  const { name, passed, blocking, severity, failedRows, message } = result;
  const status = passed ? "passed" : severity === "warning" ? "warned" : "failed";
  return { asset, name, uniqueId: null, status, blocking, failedRows, message, error: null, durationMs };
}

function isSqlCheck(check: SqlCheck | RowsCheck): check is SqlCheck {
  return check.kind === "sql";
}

function isRowsCheck(check: SqlCheck | RowsCheck): check is RowsCheck {
  return check.kind === "rows";
}

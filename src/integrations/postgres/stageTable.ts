import type { OutputContext, StagedOutput } from "../../sdk/ioManager.ts";
import type { Row } from "../../sdk/row.ts";
import { declaredTypes, type ExistingTable, findTable } from "./catalog.ts";
import { prepareTable, type TableTarget } from "./changeTable.ts";
import { encoderOfKind } from "./copyText.ts";
import { planChanges, type TableChanges } from "./drift.ts";
import {
  copyRows,
  insertStaged,
  replaceRows,
  requireRowsInSlice,
  runChecks,
  storedTypes,
} from "./publish.ts";
import { streamRows } from "./readRows.ts";
import { qualified, quoted } from "./relation.ts";
import { RowColumns } from "./rowColumns.ts";
import { RowPartition } from "./rowPartition.ts";
import { type ClosableRows, peek, rowSource } from "./rowSource.ts";
import { type SliceLayout, stampColumn } from "./sliceLayout.ts";
import { dropStaging, stageRows, stagingRelation } from "./staging.ts";

/** Up to here rows are copied inside the publishing transaction; more are brought into a staging table first. */
const directRows = { inArray: 100_000, inStream: 1_000 };

/** What both ways of staging know about the output. */
interface Output extends Pick<OutputContext, "asset" | "database" | "signal" | "stepId" | "attempt"> {
  readonly target: TableTarget;
  readonly found: ExistingTable | null;
  readonly columns: RowColumns;
  readonly partition: RowPartition | null;
}

/** Takes what an asset returned, finds out its columns, and prepares the table for them. */
export async function stageTable(
  target: TableTarget,
  context: OutputContext,
  value: unknown,
): Promise<StagedOutput> {
  const { asset, database, signal, stepId, attempt, readBeforePublish } = context;
  const { layout } = target;
  const source = rowSource(asset, value);
  const { found, columns } = await database.connect(async sql => ({
    found: await findTable(sql, database, target),
    columns: new RowColumns(
      asset,
      context.columns && (await declaredTypes(sql, asset, context.columns)),
      layout?.stamped ? stampOf(layout) : null,
    ),
  }));
  const partition = layout && new RowPartition(asset, layout, storedTypes(found, columns));
  const rows = await peek(source, readBeforePublish ? { inArray: 0, inStream: 0 } : directRows, signal);
  const output = { asset, database, signal, stepId, attempt, target, found, columns, partition };
  return rows.all ? keepRows(output, rows.all) : spoolRows(output, rows.stream);
}

/** Few rows stay in memory until they are published. */
async function keepRows(output: Output, rows: readonly unknown[]): Promise<StagedOutput> {
  const { database, signal, target, found, columns, partition } = output;
  for (let at = 0; at < rows.length; at++) {
    columns.learn(rows[at], at + 1);
    partition?.require(rows[at] as Row, at + 1);
  }
  signal.throwIfAborted();
  const changes = await prepareTable(database, target, found, columns.all);
  return {
    rows: rows.length,
    async *read() {
      yield* rows as readonly Row[];
    },
    publish: publisher(output, changes, rows.length, sql =>
      copyRows(sql, target, columns, rows as readonly Row[], signal),
    ),
    discard: async () => {},
  };
}

/** Many rows, and those that checks with user code will read, go through a staging table. */
async function spoolRows(output: Output, rows: ClosableRows): Promise<StagedOutput> {
  const { asset, database, signal, target, found, columns, partition } = output;
  const relation = stagingRelation(output, asset);
  const onColumns = () => {
    if (found) planChanges(target, found, columns.all, "some");
  };
  // What cannot be dropped now, because the database is away or the step canceled, is swept later.
  const discard = () => dropStaging(database, relation).catch(() => {});
  try {
    const staged = { asset, relation, rows, columns, partition, existing: found, signal, onColumns };
    const count = await stageRows(database, staged).finally(rows.close);
    const changes = await prepareTable(database, target, found, columns.all);
    const names = readNames(output).map(quoted).join(", ");
    const text = `select ${names} from ${qualified(relation)}`;
    return {
      rows: count,
      read: () => streamRows(database, { text }, signal),
      publish: publisher(output, changes, count, sql => insertStaged(sql, target, columns, relation)),
      discard,
    };
  } catch (error) {
    await discard();
    throw error;
  }
}

/** The key of a row's partition as COPY wants it. */
function stampOf({ slice }: SliceLayout): (row: Row) => string {
  const write = encoderOfKind("text") as (key: string) => string;
  const [key, ...others] = slice.keys;
  if (key === undefined || others.length > 0) return row => write(row[stampColumn] as string);
  const only = write(key);
  return () => only;
}

/** As consumers see the rows: `_partition` comes along where it tells them apart. */
function readNames({ target, columns }: Output): string[] {
  const several = (target.layout?.slice.keys.length ?? 0) > 1;
  return columns.names.filter(name => several || !columns.stamped || name !== stampColumn);
}

function publisher(
  output: Output,
  changes: TableChanges | null,
  rows: number,
  fill: (sql: Parameters<StagedOutput["publish"]>[0]) => Promise<void>,
): StagedOutput["publish"] {
  return async (transaction, checks) => {
    const { target, found, columns } = output;
    const slice = await replaceRows(transaction, output, changes, () => fill(transaction));
    await requireRowsInSlice(transaction, target, slice, rows);
    // A table that never had a row has no columns that a check could name, and no row that could fail.
    const testable = columns.all.length > 0 || (found !== null && found.columns.length > 0);
    if (testable) return runChecks(transaction, target.relation, slice, checks);
    return checks.map(({ name, blocking, severity }) => ({
      name,
      passed: true,
      blocking,
      severity,
      failedRows: 0,
      message: null,
    }));
  };
}

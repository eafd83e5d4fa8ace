import type { BoundQuery } from "../../sdk/boundQuery.ts";
import type { OutputContext, StagedOutput, StreamingSql } from "../../sdk/ioManager.ts";
import { findTable } from "./catalog.ts";
import { prepareTable, type TableTarget } from "./changeTable.ts";
import { isMistake, replaceRows, requireRowsInSlice, runChecks } from "./publish.ts";
import { describingStatement, type QueryColumns, queryColumns, queryName } from "./queryColumns.ts";
import { qualified, quoted } from "./relation.ts";
import type { SliceCondition } from "./sliceCondition.ts";
import { sliceInWords, stampColumn } from "./sliceLayout.ts";

/**
 * Takes SQL that an asset answered, finds out its columns, and prepares the table for them. The rows are made when
 * it is published, by one statement in the publishing transaction, and never leave the database.
 */
export async function stageQuery(
  target: TableTarget,
  context: OutputContext,
  query: BoundQuery,
): Promise<StagedOutput> {
  const { asset, database } = context;
  const { layout } = target;
  const { found, columns } = await database.connect(async sql => ({
    found: await findTable(sql, database, target),
    columns: await explained(asset, query, describingStatement(query), () =>
      queryColumns(sql, query, context, layout?.stamped === true),
    ),
  }));
  requirePartition(target, columns);
  const changes = await prepareTable(database, target, found, columns.all);
  let rows: number | null = null;
  return {
    get rows() {
      return rows;
    },
    read: () => {
      throw new Error(`The rows of ${asset} stay in the database. Write its checks in SQL.`);
    },
    async publish(transaction, checks) {
      let inserted = 0;
      const output = { database, target, found, columns };
      const slice = await replaceRows(transaction, output, changes, async () => {
        const { text, values } = insertStatement(target, columns, query);
        const insert = () => transaction.query(text, values);
        inserted = (await explained(asset, query, text, insert)).rowCount ?? 0;
      });
      await requireSelectedInSlice(transaction, target, slice, inserted);
      rows = inserted;
      return runChecks(transaction, target.relation, slice, checks);
    },
    discard: async () => {},
  };
}

function insertStatement(
  { relation, layout }: TableTarget,
  { names, selected }: QueryColumns,
  { inputs, text, values: written }: BoundQuery,
): { text: string; values: unknown[] } {
  const values = [...written];
  const key = layout?.slice.keys[0];
  const list = selected.map(it => it ?? `$${values.push(key)}::text`).join(", ");
  const insert = `insert into ${qualified(relation)} (${names.map(quoted).join(", ")})`;
  return { text: `${insert} ${inputs}select ${list} from (\n${text}\n) as ${queryName}`, values };
}

/** Rows of several partitions have to say to which they belong. */
function requirePartition({ asset, layout }: TableTarget, { selected }: QueryColumns): void {
  if (!layout?.stamped || layout.slice.keys.length === 1 || !selected.includes(null)) return;
  throw new Error(
    `The SQL of ${asset} does not say to which partition of ${sliceInWords(layout.slice)} a row belongs. ` +
      `Select its key as "${stampColumn}", name the column that tells it, ` +
      'postgresTable({ partitionColumn: "…" }), or run one partition at a time.',
  );
}

/** The slice was emptied before, so it has exactly the rows that were inserted, unless some lie elsewhere. */
async function requireSelectedInSlice(
  sql: StreamingSql,
  target: TableTarget,
  slice: SliceCondition,
  rows: number,
): Promise<void> {
  const { asset, relation, layout } = target;
  if (layout === null) return;
  const { rows: counted } = await sql.query<{ rows: string }>(
    `select count(*) as rows from ${qualified(relation)} where ${slice.sql}`,
    slice.values,
  );
  if (Number(counted[0]?.rows) === rows) return;
  const columns = layout.dimensions.map(({ column }) => column);
  const { rows: outside } = await sql.query<{ row: Record<string, unknown> }>(
    `select row_to_json(stored) as row from ${qualified(relation)} as stored
     where stored.xmin = pg_current_xact_id()::xid and (${slice.sql}) is not true limit 1`,
    slice.values,
  );
  const row = outside[0]?.row;
  if (row === undefined) return requireRowsInSlice(sql, target, slice, rows);
  const held = columns.map(column => `"${column}" holds ${JSON.stringify(row[column] ?? null)}`);
  throw new Error(
    `A row that the SQL of ${asset} selects lies outside of its slice: ${held.join(", ")}, ` +
      `and the slice is ${sliceInWords(layout.slice)}. The row is ${shortened(JSON.stringify(row))}. ` +
      "Nothing was changed. Select only rows of the partitions that are asked for: see the context's partition.",
  );
}

/** What PostgreSQL says about a user's SQL, with the line that it is about and the place where it is written. */
async function explained<T>(
  asset: string,
  query: BoundQuery,
  statement: string,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isMistake(error)) throw error;
    const { position, code } = error as { position?: string; code?: string };
    const line = lineAt(query.text, Number(position) - 1 - statement.indexOf(query.text));
    const message = `The SQL of ${asset} failed${line ? ` at "${shortened(line)}"` : ""}: ${error.message}.`;
    const explanation = Object.assign(new Error(message, { cause: error }), { code });
    const frames = (query.definedAt.stack ?? "").split("\n").filter(it => /^\s+at /.test(it));
    explanation.stack = [`Error: ${message}`, ...frames].join("\n");
    throw explanation;
  }
}

/** The line of the user's SQL; PostgreSQL counts characters of the whole statement, of which that is one part. */
function lineAt(text: string, at: number): string | null {
  if (!(at >= 0 && at < text.length)) return null;
  const start = text.lastIndexOf("\n", at - 1) + 1;
  const end = text.indexOf("\n", at);
  return text.slice(start, end < 0 ? text.length : end).trim();
}

function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

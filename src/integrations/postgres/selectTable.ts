import { selectionWord } from "../../model/shellWord.ts";
import type { InputContext, StreamingSql } from "../../sdk/ioManager.ts";
import { type ReadTable, readTable } from "./catalog.ts";
import { qualified, quoted, type Relation } from "./relation.ts";
import { type SliceCondition, sliceCondition } from "./sliceCondition.ts";
import { type PartitionColumn, type SliceLayout, sliceLayout, stampColumn } from "./sliceLayout.ts";
import { withoutModifier } from "./valueKind.ts";

/** Null: nothing is left out, and no row is asked for its partition. */
export function inputLayout(
  { asset, slice }: InputContext,
  partitionColumn: PartitionColumn | undefined,
): SliceLayout | null {
  return slice === null || slice.isWhole ? null : sliceLayout(asset, slice, partitionColumn);
}

/**
 * A select of the rows of a table, or of the partitions that are asked for. `_partition` comes along where no column
 * of their own tells rows apart: of several partitions for a function, of one as well for SQL.
 */
export async function selectTable(
  sql: StreamingSql,
  relation: Relation,
  input: InputContext,
  layout: SliceLayout | null,
  { values = [], isForSql = false }: { values?: unknown[]; isForSql?: boolean } = {},
): Promise<string> {
  const table = await readTable(sql, relation);
  if (table === null) {
    if (isForSql && layout?.slice.keys.length === 0 && input.columns) return noRowsOf(input.columns);
    throw missing(relation, input);
  }
  const columns = columnsOf(table, layout, isForSql);
  const where = layout ? ` where ${rowsOf(table, layout, input, values).sql}` : "";
  return `select ${columns} from ${qualified(relation)}${where}`;
}

/** What the asset returned has no `_partition`, so it only comes along where it tells rows apart. */
function columnsOf({ columns }: ReadTable, layout: SliceLayout | null, isForSql: boolean): string {
  const hidden = columns.find(
    ({ name, isStamp }) => name === stampColumn && (isStamp || layout?.stamped === true),
  );
  if (!hidden || (layout?.stamped && (isForSql || layout.slice.keys.length > 1))) return "*";
  const shown = columns.filter(column => column !== hidden);
  return shown.map(({ name }) => quoted(name)).join(", ");
}

function rowsOf(
  { columns }: ReadTable,
  layout: SliceLayout,
  { asset }: InputContext,
  values: unknown[],
): SliceCondition {
  const types = new Map(columns.map(({ name, type }) => [name, withoutModifier(type)]));
  const unknown = layout.dimensions.find(({ column }) => !types.has(column));
  if (unknown && columns.length > 0) {
    throw new Error(
      `The table of ${asset} has no column "${unknown.column}", which would tell the partition of a row: ` +
        `it was stored before ${asset} was cut into these partitions. Drop the table and materialize them.`,
    );
  }
  return sliceCondition(layout, column => types.get(column) ?? null, values);
}

/** Before an asset was ever made there is no table; SQL that reads its earlier rows has to have columns to name. */
function noRowsOf(columns: Readonly<Record<string, string>>): string {
  const nulls = Object.entries(columns).map(([name, type]) => `null::${type} as ${quoted(name)}`);
  return `select ${nulls.join(", ")} where false`;
}

function missing(relation: Relation, { asset }: InputContext): Error {
  return new Error(
    `The table ${qualified(relation)} of ${asset} does not exist. ` +
      `If it was never materialized: millrace materialize ${selectionWord(asset)}. ` +
      "If it was, its function returned nothing: let it return the rows, or create this table itself. " +
      "(A source has to be there already.)",
  );
}

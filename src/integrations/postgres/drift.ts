import type { AssetKey } from "../../model/assetKey.ts";
import type { ExistingColumn, ExistingTable } from "./catalog.ts";
import { qualified, type Relation } from "./relation.ts";
import { columnType, type RowColumn } from "./rowColumns.ts";
import { type SliceLayout, stampColumn } from "./sliceLayout.ts";
import { holds, modifierOf, withoutModifier } from "./valueKind.ts";

/** What to do when the rows have other columns than the table. */
export type OnSchemaChange = "fail" | "append" | "sync";

/** How a table has to change before it can take an asset's rows. */
export interface TableChanges {
  readonly added: readonly TypedColumn[];
  /** Columns that were only null so far and now have a type. */
  readonly typed: readonly TypedColumn[];
  readonly retyped: readonly TypedColumn[];
  readonly dropped: readonly string[];
  /** True: `_partition` has to be added. */
  readonly stamped: boolean;
  /** The columns of the index by which slices are found, when it is missing and can be made. */
  readonly indexed: readonly string[];
}

export interface TypedColumn {
  readonly name: string;
  readonly type: string;
  /** Only null: the type stands in until the first value. */
  readonly untyped: boolean;
}

/** A table that may change, and whether it is written in slices. */
export interface ChangedTarget {
  readonly asset: AssetKey;
  readonly relation: Relation;
  readonly onSchemaChange: OnSchemaChange;
  readonly layout: SliceLayout | null;
}

/**
 * Compares a table with the columns of the rows, and answers the changes that the policy allows;
 * throws a list of all differences when it does not allow one of them.
 */
export function planChanges(
  target: ChangedTarget,
  table: ExistingTable,
  columns: readonly RowColumn[],
  rows: "all" | "some",
): TableChanges {
  const existing = new Map(table.columns.map(column => [column.name, column]));
  const named = new Set(columns.map(({ name }) => name));
  const added = columns.filter(({ name }) => !existing.has(name));
  const differing = columns.filter(column => differs(existing.get(column.name), column));
  const retyped = differing.filter(({ name }) => !existing.get(name)?.untyped);
  // No column at all: there was no row, and that says nothing about columns.
  const missing =
    rows === "some" || columns.length === 0
      ? []
      : table.columns.filter(({ name, untyped, filled }) => !named.has(name) && !untyped && !filled);

  const { onSchemaChange, layout } = target;
  requireStamp(target, table);
  const refused: string[] = [];
  // A table that never had a row has no columns to be faithful to.
  if (onSchemaChange === "fail" && table.columns.length > 0) {
    refused.push(...added.map(column => `"${column.name}" (${columnType(column)}) is new`));
    refused.push(...missing.map(({ name }) => `"${name}" is missing in the rows`));
  }
  if (onSchemaChange !== "sync") {
    for (const column of retyped) {
      const { name, type } = existing.get(column.name) as ExistingColumn;
      refused.push(`"${name}" is ${type} in the table and ${columnType(column)} in the rows`);
    }
  }
  if (refused.length > 0) throw drift(target, refused, retyped.length > 0);
  const left = table.stamp && !layout?.stamped ? [table.stamp.name] : [];
  // Of a slice nothing is dropped: the rows of other partitions may have what these have not.
  const dropped = onSchemaChange === "sync" && layout === null ? missing.map(({ name }) => name) : [];
  return {
    added: added.map(typedColumn),
    typed: differing.filter(column => !retyped.includes(column)).map(typedColumn),
    retyped: retyped.map(typedColumn),
    dropped: [...left, ...dropped],
    stamped: layout?.stamped === true && table.stamp === null,
    indexed: missingIndex(layout, table, new Set([...existing.keys(), ...named])),
  };
}

/** The columns by which slices are found: those that hold a key first, for of times there is a range. */
export function indexColumns(layout: SliceLayout | null, known: ReadonlySet<string>): string[] {
  const dimensions = layout?.dimensions ?? [];
  const columns = [...dimensions.filter(it => !it.time), ...dimensions.filter(it => it.time)];
  const names = columns.map(({ column }) => column);
  return names.every(name => known.has(name) || name === stampColumn) ? names : [];
}

function missingIndex(
  layout: SliceLayout | null,
  { indexes }: ExistingTable,
  known: ReadonlySet<string>,
): string[] {
  const wanted = indexColumns(layout, known);
  const serves = (index: readonly string[]) => {
    const first = index.slice(0, wanted.length);
    return wanted.every(name => first.includes(name));
  };
  return indexes.some(serves) ? [] : wanted;
}

/** Whether `_partition` may be added or dropped as the asset's partitions want it. */
function requireStamp(
  { asset, relation, onSchemaChange, layout }: ChangedTarget,
  table: ExistingTable,
): void {
  const { stamp, owned } = table;
  if (layout?.stamped) {
    if (stamp && !/^(text|character varying)$/.test(withoutModifier(stamp.type))) {
      throw new Error(
        `The column "${stampColumn}" of the table ${qualified(relation)} is ${stamp.type}, but keys of partitions are text. ` +
          'Rename the column, or name the one that tells the partition: postgresTable({ partitionColumn: "…" }).',
      );
    }
    if (stamp || owned) return;
    throw new Error(
      `The table ${qualified(relation)} was not created by Millrace and has no column that tells the partition of a row. ` +
        `Name the column that does, postgresTable({ adopt: true, partitionColumn: "…" }), or add "${stampColumn}" (text) to it.`,
    );
  }
  if (!stamp || onSchemaChange === "sync") return;
  const now = layout ? "tells partitions by another column" : "has no partitions";
  throw new Error(
    `The table ${qualified(relation)} keeps the partition of each row in "${stampColumn}", but ${asset} ${now} now. ` +
      'Nothing was changed. Drop the table, or let the column be dropped: postgresTable({ onSchemaChange: "sync" }).',
  );
}

/** The type by which a column's values are stored: that of the table if they fit, else their own. */
export function storedType(existing: ExistingColumn | undefined, column: RowColumn): string {
  return existing && !differs(existing, column) ? existing.type : columnType(column);
}

/** All columns of rows, for a table that does not exist yet. */
export function newColumns(columns: readonly RowColumn[]): TypedColumn[] {
  return columns.map(typedColumn);
}

/** The same without length or precision. */
export function storedBase(existing: ExistingColumn | undefined, column: RowColumn): string {
  if (existing && !differs(existing, column)) return withoutModifier(existing.type);
  return column.declared?.base ?? columnType(column);
}

function typedColumn(column: RowColumn): TypedColumn {
  return {
    name: column.name,
    type: columnType(column),
    untyped: column.declared === null && column.kind === null,
  };
}

function differs(existing: ExistingColumn | undefined, { declared, kind }: RowColumn): boolean {
  if (!existing) return false;
  if (declared) {
    const same =
      withoutModifier(existing.type) === declared.base &&
      modifierOf(existing.type) === modifierOf(declared.written);
    return existing.untyped || !same;
  }
  if (kind === null) return false;
  return existing.untyped || !holds(existing.type, kind);
}

function drift(
  { asset, relation }: { asset: AssetKey; relation: Relation },
  differences: readonly string[],
  retyped: boolean,
): Error {
  const append = 'io: postgresTable({ onSchemaChange: "append" }) to add columns, or ';
  const sync = 'io: postgresTable({ onSchemaChange: "sync" }) to add, drop and retype columns';
  return new Error(
    `The rows of ${asset} do not fit its table ${qualified(relation)}: ${differences.join("; ")}. ` +
      `Nothing was changed. Adapt the rows, drop the table, or say ${retyped ? "" : append}${sync}; ` +
      'postgresTable is imported from "millrace/postgres".',
  );
}

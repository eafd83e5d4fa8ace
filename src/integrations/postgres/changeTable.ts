import type { AssetKey } from "../../model/assetKey.ts";
import type { Database, Sql } from "../../sdk/ioManager.ts";
import { type ExistingTable, findTable, stampComment, untypedComment } from "./catalog.ts";
import {
  indexColumns,
  newColumns,
  type OnSchemaChange,
  planChanges,
  type TableChanges,
  type TypedColumn,
} from "./drift.ts";
import { qualified, quoted, type Relation } from "./relation.ts";
import type { RowColumn } from "./rowColumns.ts";
import { type SliceLayout, stampColumn } from "./sliceLayout.ts";

/** An asset's table, and what the asset allows to happen to it. */
export interface TableTarget {
  readonly asset: AssetKey;
  readonly relation: Relation;
  readonly adopt: boolean;
  readonly onSchemaChange: OnSchemaChange;
  /** How the rows are known that are replaced; null: all of them are. */
  readonly layout: SliceLayout | null;
}

/** A change of a table waits so long for those who read it, and keeps new readers waiting so long. */
const lockTimeout = "5s";

/**
 * Before publishing: creates the schema, or adds the columns that an existing table lacks, in a transaction of
 * its own, so that publishing locks no reader out. Answers what is left to do, null when the table is missing.
 * Left is what a failed attempt must not leave behind: a new table, and changes that cost old rows.
 */
export async function prepareTable(
  database: Database,
  target: TableTarget,
  found: ExistingTable | null,
  columns: readonly RowColumn[],
): Promise<TableChanges | null> {
  if (!found) {
    await database.transaction(sql => createSchema(sql, target.relation.schema));
    return null;
  }
  const changes = planChanges(target, found, columns, "all");
  if (!changesEarly(changes) || found.columns.length === 0) return changes;
  return database.transaction(async sql => {
    await lockName(sql, qualified(target.relation));
    // Another process may have been quicker.
    const present = await findTable(sql, database, target);
    if (!present) return null;
    const { added, stamped, indexed, ...left } = planChanges(target, present, columns, "all");
    await alterTable(sql, target, { ...noChanges, added, stamped, indexed });
    return { ...noChanges, ...left };
  });
}

/** Whether anything is to change, for which nobody else may write. */
export function changesAnything(changes: TableChanges): boolean {
  const { typed, retyped, dropped } = changes;
  return changesEarly(changes) || typed.length + retyped.length + dropped.length > 0;
}

function changesEarly({ added, stamped, indexed }: TableChanges): boolean {
  return stamped || added.length + indexed.length > 0;
}

/**
 * Inside the publishing transaction, which has locked the name: creates the table and answers null,
 * or answers the table that somebody else created by now, and how it is to change.
 */
export async function createTable(
  sql: Sql,
  database: Database,
  target: TableTarget,
  columns: readonly RowColumn[],
): Promise<{ table: ExistingTable; changes: TableChanges } | null> {
  const { asset, relation, layout } = target;
  const table = await findTable(sql, database, target);
  if (table) return { table, changes: planChanges(target, table, columns, "all") };
  const created = newColumns(columns);
  const definitions = created.map(({ name, type }) => `${quoted(name)} ${type}`);
  if (layout?.stamped) definitions.unshift(stampDefinition);
  await sql.query(`create table ${qualified(relation)} (${definitions.join(", ")})`);
  await commentColumns(sql, relation, created);
  if (layout?.stamped) await commentStamp(sql, relation);
  await createIndex(sql, relation, indexColumns(layout, new Set(created.map(({ name }) => name))));
  await database.recordRelation(sql, relation, asset);
  return null;
}

/** Changes a table that exists; gives up when somebody uses it for too long. */
export async function alterTable(sql: Sql, target: TableTarget, changes: TableChanges): Promise<void> {
  const { asset, relation, layout } = target;
  const { added, typed, retyped, dropped, stamped, indexed } = changes;
  const actions = [
    ...dropped.map(name => `drop column ${quoted(name)}`),
    ...[...typed, ...retyped].map(retype),
    ...added.map(({ name, type }) => `add column ${quoted(name)} ${type}`),
    ...(stamped ? [`add column ${stampDefinition}`] : []),
  ];
  if (!changesAnything(changes)) return;
  const isAdded = ({ column }: { column: string }) => added.some(({ name }) => name === column);
  if (stamped || layout?.dimensions.some(isAdded)) await requireNoRows(sql, target);
  try {
    await sql.query(`set local lock_timeout = '${lockTimeout}'`);
    if (actions.length > 0) await sql.query(`alter table ${qualified(relation)} ${actions.join(", ")}`);
    await createIndex(sql, relation, indexed);
    await sql.query("set local lock_timeout to default");
    await commentColumns(sql, relation, [...added.filter(({ untyped }) => untyped), ...typed]);
    if (stamped) await commentStamp(sql, relation);
  } catch (error) {
    const { code } = error as { code?: string };
    if (code?.startsWith("22") && layout) throw otherRowsDiffer(target, error as Error);
    if (code !== "55P03") throw error;
    throw new Error(
      `The table ${qualified(relation)} of ${asset} has to change, but somebody has been using it for more than ` +
        `${lockTimeout}. Nothing was changed. Find the session in pg_stat_activity, or try again later.`,
      { cause: error },
    );
  }
}

const noChanges: TableChanges = {
  added: [],
  typed: [],
  retyped: [],
  dropped: [],
  stamped: false,
  indexed: [],
};

/** Never null, so that no row is in a table of partitions that belongs to none. */
const stampDefinition = `${quoted(stampColumn)} text not null`;

/**
 * Makes two processes that create or change the same thing take turns; the lock ends with the transaction.
 * Those who share it do so at the same time, but not beside one who does not share it.
 */
export async function lockName(sql: Sql, name: string, { shared = false } = {}): Promise<void> {
  const lock = shared ? "pg_advisory_xact_lock_shared" : "pg_advisory_xact_lock";
  await sql.query(`select ${lock}(hashtextextended($1, 0))`, [`millrace ${name}`]);
}

/** Creates a schema that is missing; asks first, for creating one takes a right that a user may not have. */
export async function createSchema(sql: Sql, schema: string): Promise<void> {
  const exists = async () =>
    (await sql.query("select from pg_namespace where nspname = $1", [schema])).rows.length > 0;
  if (await exists()) return;
  await lockName(sql, `schema ${schema}`);
  if (!(await exists())) await sql.query(`create schema ${quoted(schema)}`);
}

function otherRowsDiffer({ asset, relation }: TableTarget, cause: Error): Error {
  return new Error(
    `A column of the table ${qualified(relation)} cannot get the type that the rows of ${asset} have now, ` +
      `because of what other partitions hold: ${cause.message}. Nothing was changed. Adapt the rows, or drop the table.`,
    { cause },
  );
}

/** Old rows of which nothing says to which partition they belong would never be replaced again. */
async function requireNoRows(sql: Sql, { asset, relation }: TableTarget): Promise<void> {
  const { rows } = await sql.query(`select from ${qualified(relation)} limit 1`);
  if (rows.length === 0) return;
  throw new Error(
    `The table ${qualified(relation)} holds rows from before ${asset} was cut into these partitions, ` +
      "and nothing says to which of them they belong. Nothing was changed. Delete the rows or drop the table, " +
      'or name a column of theirs that tells it: postgresTable({ partitionColumn: "…" }).',
  );
}

async function createIndex(sql: Sql, relation: Relation, columns: readonly string[]): Promise<void> {
  if (columns.length === 0) return;
  await sql.query(`create index on ${qualified(relation)} (${columns.map(quoted).join(", ")})`);
}

async function commentStamp(sql: Sql, relation: Relation): Promise<void> {
  await sql.query(`comment on column ${qualified(relation)}.${quoted(stampColumn)} is '${stampComment}'`);
}

/** By way of text, which every type can be read from. */
function retype({ name, type }: TypedColumn): string {
  return `alter column ${quoted(name)} type ${type} using ${quoted(name)}::text::${type}`;
}

async function commentColumns(sql: Sql, relation: Relation, columns: readonly TypedColumn[]): Promise<void> {
  for (const { name, untyped } of columns) {
    const comment = untyped ? `'${untypedComment}'` : "null";
    await sql.query(`comment on column ${qualified(relation)}.${quoted(name)} is ${comment}`);
  }
}

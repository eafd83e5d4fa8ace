import { createHash } from "node:crypto";
import type { AssetKey } from "../../model/assetKey.ts";
import type { Database, Sql, StreamingSql } from "../../sdk/ioManager.ts";
import type { Row } from "../../sdk/row.ts";
import type { ExistingTable } from "./catalog.ts";
import { createSchema } from "./changeTable.ts";
import { CopyIn } from "./copyIn.ts";
import { storedType } from "./drift.ts";
import { qualified, quoted, type Relation } from "./relation.ts";
import type { RowColumns } from "./rowColumns.ts";
import type { RowPartition } from "./rowPartition.ts";
import { stampColumn } from "./sliceLayout.ts";

/** Where rows wait that are not published yet. */
const stagingSchema = "millrace_staging";

/** One attempt at one step. */
export interface Attempt {
  readonly stepId: string;
  readonly attempt: number;
}

/** The staging table of one asset in one attempt. */
export function stagingRelation(attempt: Attempt, asset: AssetKey): Relation {
  return { schema: stagingSchema, table: `${attemptPrefix(attempt)}${hash(asset)}` };
}

/** Streams rows into a new staging table, whose columns grow as they are met. Answers the number of rows. */
export async function stageRows(
  database: Database,
  staged: {
    asset: AssetKey;
    relation: Relation;
    rows: Iterable<unknown> | AsyncIterable<unknown>;
    columns: RowColumns;
    partition: RowPartition | null;
    existing: ExistingTable | null;
    signal: AbortSignal;
    /** Called when columns were met, before their rows are stored. */
    onColumns(): void;
  },
): Promise<number> {
  const { asset, relation, rows, columns, partition, existing, signal, onColumns } = staged;
  const stamp = columns.stamped ? `${quoted(stampColumn)} text` : "";
  await database.transaction(async sql => {
    await createSchema(sql, stagingSchema);
    await sql.query(`drop table if exists ${qualified(relation)}`);
    await sql.query(
      `create unlogged table ${qualified(relation)} (${stamp}) with (autovacuum_enabled = false)`,
    );
  });
  return database.connect(async sql => {
    const types = new Map<string, string>();
    let number = 0;
    let copy: CopyIn | null = null;
    try {
      await widen(sql, relation, columns, existing, types);
      for await (const row of rows) {
        number++;
        if (columns.learn(row, number)) {
          await copy?.finish();
          copy = null;
          onColumns();
          await widen(sql, relation, columns, existing, types);
        }
        partition?.require(row as Row, number);
        copy ??= new CopyIn(sql, { asset, relation, columns: columns.names, rowsBefore: number - 1 });
        if (copy.add(columns.line(row as Row, number))) {
          signal.throwIfAborted();
          await copy.flush();
        }
      }
      await copy?.finish();
      return number;
    } catch (error) {
      copy?.fail(error);
      throw error;
    }
  });
}

export async function dropStaging(database: Database, relation: Relation): Promise<void> {
  await database.connect(sql => sql.query(`drop table if exists ${qualified(relation)}`));
}

/**
 * Drops the staging tables that dead attempts left behind; answers how many.
 * The tables are listed before the living are asked for, so that what begins meanwhile is not touched.
 */
export async function sweepStaging(sql: Sql, living: () => Promise<readonly Attempt[]>): Promise<number> {
  const { rows } = await sql.query<{ table: string }>(
    `select relname as table from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = $1 and relkind = 'r'`,
    [stagingSchema],
  );
  if (rows.length === 0) return 0;
  const prefixes = (await living()).map(attemptPrefix);
  const dead = rows.filter(({ table }) => !prefixes.some(prefix => table.startsWith(prefix)));
  for (const { table } of dead) {
    await sql.query(`drop table if exists ${qualified({ schema: stagingSchema, table })}`);
  }
  return dead.length;
}

/** Gives the staging table the columns that the rows have by now; one that was only null so far is replaced. */
async function widen(
  sql: StreamingSql,
  relation: Relation,
  columns: RowColumns,
  existing: ExistingTable | null,
  types: Map<string, string>,
): Promise<void> {
  const actions: string[] = [];
  for (const column of columns.all) {
    const present = existing?.columns.find(({ name }) => name === column.name);
    const type = storedType(present, column);
    const before = types.get(column.name);
    if (before === type) continue;
    if (before) actions.push(`drop column ${quoted(column.name)}`);
    actions.push(`add column ${quoted(column.name)} ${type}`);
    types.set(column.name, type);
  }
  if (actions.length > 0) await sql.query(`alter table ${qualified(relation)} ${actions.join(", ")}`);
}

function attemptPrefix({ stepId, attempt }: Attempt): string {
  return `${/^[\w-]{1,36}$/.test(stepId) ? stepId : hash(stepId)}_${attempt}_`;
}

function hash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

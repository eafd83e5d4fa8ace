import type { AssetKey } from "../../model/assetKey.ts";
import type { Columns } from "../../sdk/columns.ts";
import type { Database, Sql } from "../../sdk/ioManager.ts";
import type { Row } from "../../sdk/row.ts";
import { nameProblem, qualified, type Relation } from "./relation.ts";
import type { DeclaredType } from "./rowColumns.ts";
import { type SliceLayout, stampColumn } from "./sliceLayout.ts";

/** A table that exists, as an asset's rows see it. */
export interface ExistingTable {
  /** Without the column `_partition` that we keep. */
  readonly columns: readonly ExistingColumn[];
  readonly stamp: ExistingColumn | null;
  /** The columns of each index by which rows can be found. */
  readonly indexes: readonly (readonly string[])[];
  /** Millrace created it. */
  readonly owned: boolean;
}

export interface ExistingColumn {
  readonly name: string;
  /** As format_type spells it, with length or precision. */
  readonly type: string;
  /** It was only null so far: its first value decides its type. */
  readonly untyped: boolean;
  /** PostgreSQL fills it in when a row does not name it: a default, an identity, a generated column. */
  readonly filled: boolean;
  /** It is the `_partition` that we added. */
  readonly isStamp: boolean;
}

/** Anything that has columns: a table, a view. */
export interface ReadTable {
  readonly kind: string;
  readonly columns: readonly ExistingColumn[];
  readonly indexes: readonly (readonly string[])[];
}

/** The comment by which a column is known that was only null so far. */
export const untypedComment = "Only null so far: its first value decides its type.";

/** The comment by which the column is known that we add to tables of partitions. */
export const stampComment = "The partition of the row, kept by Millrace.";

/** What PostgreSQL knows of a relation; null when there is none. */
export async function readTable(sql: Sql, relation: Relation): Promise<ReadTable | null> {
  const { rows } = await prepared<FoundTable & Row>(
    sql,
    "millrace_table",
    // The comments are looked up in the catalog itself: PostgreSQL plans col_description anew at each call.
    `select relkind as kind, coalesce((
       select json_agg(json_build_object(
         'number', attnum,
         'name', attname,
         'type', format_type(atttypid, atttypmod),
         'untyped', coalesce(description = $3, false),
         'filled', atthasdef or attidentity <> '',
         'isStamp', attname = $5 and coalesce(description = $4, false)
       ) order by attnum)
       from pg_attribute left join pg_description
         on objoid = attrelid and classoid = 'pg_class'::regclass and objsubid = attnum
       where attrelid = pg_class.oid and attnum > 0 and not attisdropped
     ), '[]') as columns, coalesce((
       select json_agg(indkey::smallint[])
       from pg_index
       where indrelid = pg_class.oid and indisvalid and indpred is null and indexprs is null
     ), '[]') as indexes
     from pg_class join pg_namespace on pg_namespace.oid = relnamespace
     where nspname = $1 and relname = $2`,
    [relation.schema, relation.table, untypedComment, stampComment, stampColumn],
  );
  const [found] = rows;
  if (!found) return null;
  const names = new Map(found.columns.map(({ number, name }) => [number, name]));
  return {
    kind: found.kind,
    columns: found.columns.map(({ number: _, ...column }) => column),
    indexes: found.indexes.map(numbers => numbers.map(it => names.get(it) as string)),
  };
}

/** Indexes name their columns by number. */
interface FoundTable {
  readonly kind: string;
  readonly columns: readonly (ExistingColumn & { readonly number: number })[];
  readonly indexes: readonly (readonly number[])[];
}

/** Asked before every step: PostgreSQL parses and plans it once for each connection. The name stands for this text. */
function prepared<R extends Row>(sql: Sql, name: string, text: string, values: unknown[]) {
  const query = sql.query as unknown as (query: object) => Promise<{ rows: R[] }>;
  return query.call(sql, { name, text, values });
}

/** The asset's table if it exists. Throws when it is not Millrace's to write, and nothing is touched. */
export async function findTable(
  sql: Sql,
  database: Database,
  target: { asset: AssetKey; relation: Relation; adopt: boolean; layout: SliceLayout | null },
): Promise<ExistingTable | null> {
  const { asset, relation, adopt, layout } = target;
  const found = await readTable(sql, relation);
  if (!found) return null;
  if (!["r", "p"].includes(found.kind)) {
    throw new Error(
      `${qualified(relation)} is ${kinds[found.kind] ?? "no table"}, so the asset ${asset} cannot be stored there. ` +
        "Give the asset another key, or name another table: postgresTable({ table: … }).",
    );
  }
  const owner = await database.relationOwner(sql, relation);
  if (!adopt && owner !== asset) throw notOurs(asset, relation, owner);
  const isStamp = ({ name, isStamp }: ExistingColumn) =>
    isStamp || (name === stampColumn && layout?.stamped === true);
  return {
    columns: found.columns.filter(it => !isStamp(it)),
    stamp: found.columns.find(isStamp) ?? null,
    indexes: found.indexes,
    owned: owner !== null,
  };
}

/** What PostgreSQL makes of the declared types; throws for a type or a column name that it does not have. */
export async function declaredTypes(
  sql: Sql,
  asset: AssetKey,
  columns: Columns,
): Promise<Map<string, DeclaredType>> {
  const names = Object.keys(columns);
  const bases = await Promise.resolve(
    sql.query<{ base: string | null }>(typesQuery, [Object.values(columns)]),
  ).then(
    ({ rows }) => rows.map(it => it.base),
    () => null,
  );
  const declared = new Map<string, DeclaredType>();
  for (const [at, name] of names.entries()) {
    const written = columns[name] as string;
    const problem = nameProblem(name);
    if (problem)
      throw new Error(`The column name "${name}" of the asset ${asset} ${problem}. Rename the column.`);
    const base = bases ? bases[at] : await baseOf(sql, written);
    if (!base) {
      throw new Error(
        `The asset ${asset} declares the column "${name}" as "${written}", which is no type of this database. ` +
          `Write a type such as "text", "double precision", "numeric(10, 2)" or "timestamptz".`,
      );
    }
    declared.set(name, { written, base });
  }
  return declared;
}

const typesQuery = `select format_type(to_regtype(type), null) as base
  from unnest($1::text[]) with ordinality as declared(type, at) order by at`;

/** Alone: PostgreSQL refuses some misspellings with an error that does not say which of many it was. */
async function baseOf(sql: Sql, type: string): Promise<string | null> {
  try {
    const { rows } = await sql.query<{ base: string | null }>(typesQuery, [[type]]);
    return rows[0]?.base ?? null;
  } catch (error) {
    if ((error as { code?: string }).code?.startsWith("42")) return null;
    throw error;
  }
}

function notOurs(asset: AssetKey, relation: Relation, owner: AssetKey | null): Error {
  const stranger = owner ? `belongs to the asset ${owner}` : "exists already and was not created by Millrace";
  return new Error(
    `The table ${qualified(relation)} ${stranger}, so the asset ${asset} does not touch it. ` +
      "Give the asset another key, or say that its rows may be replaced: postgresTable({ adopt: true }).",
  );
}

const kinds: Record<string, string> = {
  v: "a view",
  m: "a materialized view",
  f: "a foreign table",
  i: "an index",
  I: "an index",
  S: "a sequence",
  c: "a composite type",
};

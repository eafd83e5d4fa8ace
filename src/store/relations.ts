import type { AssetKey } from "../model/assetKey.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** Which asset created this relation, or null when Millrace did not create it. */
export async function relationOwner(
  sql: Sql,
  relation: { schema: string; table: string },
): Promise<AssetKey | null> {
  const { rows } = await queryPrepared<{ asset: AssetKey }>(
    sql,
    "relation_owner",
    "select asset from millrace.relation where schema_name = $1 and table_name = $2",
    [relation.schema, relation.table],
  );
  return rows[0]?.asset ?? null;
}

/** Records, in the transaction that creates it, that a relation is Millrace's own. */
export async function recordRelation(
  sql: Sql,
  relation: { schema: string; table: string },
  asset: AssetKey,
): Promise<void> {
  await sql.query(
    `insert into millrace.relation (schema_name, table_name, asset) values ($1, $2, $3)
     on conflict (schema_name, table_name) do update set asset = excluded.asset`,
    [relation.schema, relation.table, asset],
  );
}

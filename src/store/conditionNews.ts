import type { AssetKey } from "../model/assetKey.ts";
import { queryPrepared, type Sql } from "./database.ts";

/** What became visible between two snapshots of the state. */
export interface ConditionNews {
  /** What the second one, this transaction's, can see: to be handed to the next question. */
  readonly snapshot: string;
  /** In the order in which they happened. */
  readonly materializations: readonly NewMaterialization[];
  /** Assets of which materializations were forgotten by hand. */
  readonly wiped: readonly AssetKey[];
}

export interface NewMaterialization {
  readonly asset: AssetKey;
  /** Epoch milliseconds. */
  readonly at: number;
  /** Null: by hand, or reported from outside. */
  readonly runId: string | null;
  /** [key] of one partition or [first, last] of a range; null: a whole asset. */
  readonly keys: readonly string[] | null;
  /** The same as positions of a definition, where a run made it. */
  readonly positions: { readonly definition: string; readonly first: number; readonly last: number } | null;
  /** When its step began to load what it needs, in epoch milliseconds; null: by hand. */
  readonly startedAt: number | null;
  /** The assets that its run planned. */
  readonly together: readonly AssetKey[];
}

/**
 * What was committed since another snapshot, however long its transaction took: comparing snapshots misses nothing
 * and tells nothing twice, where numbers or times would. Without one there is no news. Ask in a transaction that
 * reads one moment.
 */
export async function conditionNews(
  sql: Sql,
  environment: string,
  since: string | null,
): Promise<ConditionNews> {
  const { rows: now } = await sql.query<{ snapshot: string }>(
    "select pg_current_snapshot()::text as snapshot",
  );
  const snapshot = now[0]?.snapshot as string;
  if (since === null) return { snapshot, materializations: [], wiped: [] };
  const materializations = await queryPrepared<NewMaterialization & Record<string, unknown>>(
    sql,
    "condition_news",
    `with news as materialized (
       select id, asset, at, run_id, step_id, partitions from millrace.materialization
       where environment = $1 and xid >= pg_snapshot_xmin($2::pg_snapshot)
         and not pg_visible_in_snapshot(xid, $2::pg_snapshot)
     ), planned as materialized (
       select run_id, array_agg(distinct asset) as assets from millrace.step
       where run_id in (select run_id from news) group by run_id
     )
     select news.asset, round(extract(epoch from news.at) * 1000)::float8 as at, news.run_id as "runId",
            news.partitions as keys, coalesce(planned.assets, '{}') as together,
            round(extract(epoch from step.started_at) * 1000)::float8 as "startedAt", ${positionsColumn}
     from news left join millrace.step on step.id = news.step_id left join planned on planned.run_id = news.run_id
     order by news.at, news.id`,
    [environment, since],
  );
  const wiped = await queryPrepared<{ key: AssetKey }>(
    sql,
    "wiped_since",
    `select key from millrace.asset
     where environment = $1 and wiped_by is not null and not pg_visible_in_snapshot(wiped_by, $2::pg_snapshot)`,
    [environment, since],
  );
  return { snapshot, materializations: materializations.rows, wiped: wiped.rows.map(it => it.key) };
}

/** What was made of some assets after an instant each, by whichever run. */
export async function materializedAfter(
  sql: Sql,
  environment: string,
  assets: readonly { readonly asset: AssetKey; readonly after: number }[],
): Promise<Omit<NewMaterialization, "together">[]> {
  if (assets.length === 0) return [];
  const { rows } = await queryPrepared<Omit<NewMaterialization, "together"> & Record<string, unknown>>(
    sql,
    "materialized_after",
    `select it.asset, round(extract(epoch from it.at) * 1000)::float8 as at, it.run_id as "runId",
            it.partitions as keys, round(extract(epoch from step.started_at) * 1000)::float8 as "startedAt",
            ${positionsColumn}
     from unnest($2::text[], $3::float8[]) as asked(asset, after)
     join millrace.materialization as it on it.environment = $1 and it.asset = asked.asset
       and it.at > to_timestamp(after / 1000)
     left join millrace.step on step.id = it.step_id order by it.at, it.id`,
    [environment, assets.map(it => it.asset), assets.map(it => it.after)],
  );
  return rows;
}

const positionsColumn = `case when positions is not null then jsonb_build_object(
    'definition', definition, 'first', lower(positions), 'last', upper(positions) - 1) end as positions`;

/** The partitions of which a check failed the last time that it was asked; "" of an asset without partitions. */
export async function failedChecks(
  sql: Sql,
  environment: string,
): Promise<{ asset: AssetKey; partition: string; isBlocking: boolean }[]> {
  const { rows } = await sql.query<{ asset: AssetKey; partition: string; isBlocking: boolean }>(
    `select asset, partition, bool_or(blocking) as "isBlocking"
     from millrace.check_result where environment = $1 and not passed group by 1, 2`,
    [environment],
  );
  return rows;
}

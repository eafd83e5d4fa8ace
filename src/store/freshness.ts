import type { AssetKey } from "../model/assetKey.ts";
import type { FreshnessState } from "../model/freshness.ts";
import { channel, queryPrepared, type Sql } from "./database.ts";

/** When each of some assets was last materialized, in epoch milliseconds; what never was, or was wiped, is left out. */
export async function lastMaterializations(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
): Promise<Map<AssetKey, number>> {
  const { rows } = await queryPrepared<{ asset: AssetKey; at: number }>(
    sql,
    "last_materializations",
    `select asset, round(extract(epoch from last.at) * 1000)::float8 as at
     from unnest($2::text[]) as asset, lateral (
       select at from millrace.materialization as it
       where environment = $1 and it.asset = asset.asset order by id desc limit 1) as last
     where exists (select from millrace.asset_partition as part
                   where environment = $1 and part.asset = asset.asset and materialization_id is not null)`,
    [environment, assets],
  );
  return new Map(rows.map(it => [it.asset, it.at]));
}

/** How fresh an asset is from now on. */
export interface FreshnessChange {
  readonly asset: AssetKey;
  readonly state: FreshnessState;
  /** Epoch milliseconds. */
  readonly since: number | null;
  /** In words, for who reads the history. */
  readonly reason: string;
}

/** The states as they were last recorded. */
export async function recordedFreshness(
  sql: Sql,
  environment: string,
): Promise<Map<AssetKey, FreshnessState>> {
  const { rows } = await sql.query<{ asset: AssetKey; state: FreshnessState }>(
    "select asset, state from millrace.freshness where environment = $1",
    [environment],
  );
  return new Map(rows.map(it => [it.asset, it.state]));
}

/**
 * Records states that are others than before, each with a tick, and tells every engine. A tick stands for the instant
 * from which the state holds, however late somebody looked, and is dropped with the others.
 */
export async function recordFreshness(
  sql: Sql,
  environment: string,
  now: number,
  changes: readonly FreshnessChange[],
  forgotten: readonly AssetKey[],
): Promise<void> {
  if (changes.length > 0) {
    await queryPrepared(
      sql,
      "record_freshness",
      `with given as (
         select asset, state, to_timestamp(since / 1000) as since, reason, to_timestamp($3::float8 / 1000) as now
         from jsonb_to_recordset($2::jsonb) as it(asset text, state text, since float8, reason text)
       ), told as (
         insert into millrace.tick (environment, kind, automation, at, started_at, ended_at, status, reason, details)
         select $1, 'freshness', asset, least(since, now), now, now, 'skipped', reason,
                jsonb_build_object('state', state)
         from given returning id
       ), heard as (
         select pg_notify($4, 'tick ' || string_agg(id::text, ',' order by id))
         from (select id from told order by id limit 500) as first
       )
       insert into millrace.freshness as present (environment, asset, state, since, changed_at)
       select $1, asset, state, since, now from given where exists (select from heard)
       on conflict (environment, asset) do update
       set state = excluded.state, since = excluded.since, changed_at = excluded.changed_at`,
      [environment, JSON.stringify(changes), now, channel],
    );
    await sql.query("select pg_notify($1, 'freshness')", [channel]);
  }
  if (forgotten.length > 0) {
    await sql.query("delete from millrace.freshness where environment = $1 and asset = any($2)", [
      environment,
      forgotten,
    ]);
  }
}

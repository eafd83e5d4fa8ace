import type { AssetKey } from "../model/assetKey.ts";
import type { FreshnessState } from "../model/freshness.ts";
import { channel, queryPrepared, type Sql } from "./database.ts";

/**
 * How new each of some assets is, in epoch milliseconds: when it was last materialized, or, of a measured one, its
 * newest row when it was last looked at, unless it was made since. What never was, or was wiped, is left out.
 */
export async function lastLoaded(
  sql: Sql,
  environment: string,
  assets: readonly { readonly key: AssetKey; readonly measuredSources?: readonly string[] }[],
): Promise<Map<AssetKey, number>> {
  const { rows } = await queryPrepared<{ asset: AssetKey; at: number }>(
    sql,
    "last_loaded",
    `select asset, round(extract(epoch from at) * 1000)::float8 as at from (
       select wanted.asset, case when measured.checked_at >= coalesce(last.at, '-infinity')
                                 then coalesce(measured.loaded_at, to_timestamp(0)) else last.at end as at
       from unnest($2::text[], $3::bool[]) as wanted(asset, is_measured)
       left join lateral (
         select at from millrace.materialization as it
         where environment = $1 and it.asset = wanted.asset
           and exists (select from millrace.asset_partition as part
                       where environment = $1 and part.asset = wanted.asset and materialization_id is not null)
         order by id desc limit 1) as last on true
       left join millrace.source_freshness as measured
         on is_measured and measured.environment = $1 and measured.asset = wanted.asset
     ) as found where at is not null`,
    [environment, assets.map(it => it.key), assets.map(it => it.measuredSources !== undefined)],
  );
  return new Map(rows.map(it => [it.asset, it.at]));
}

/** What was measured of a source. */
export interface MeasuredSource {
  readonly asset: AssetKey;
  /** The time of its newest row, ISO 8601; null: it holds none. */
  readonly loadedAt: string | null;
  readonly checkedAt: string;
}

/** Notes how new sources are, and tells every engine. */
export async function recordMeasured(
  sql: Sql,
  environment: string,
  sources: readonly MeasuredSource[],
): Promise<void> {
  if (sources.length === 0) return;
  await sql.query(
    `insert into millrace.source_freshness as present (environment, asset, loaded_at, checked_at)
     select $1, asset, "loadedAt", "checkedAt"
     from jsonb_to_recordset($2) as it(asset text, "loadedAt" timestamptz, "checkedAt" timestamptz)
     on conflict (environment, asset) do update
     set loaded_at = excluded.loaded_at, checked_at = excluded.checked_at
     where excluded.checked_at >= present.checked_at`,
    [environment, JSON.stringify(sources)],
  );
  await sql.query("select pg_notify($1, 'freshness'), pg_notify($1, 'measured')", [channel]);
}

/** When each source was last measured, in epoch milliseconds. */
export async function measuredAt(sql: Sql, environment: string): Promise<Map<AssetKey, number>> {
  const { rows } = await sql.query<{ asset: AssetKey; at: number }>(
    `select asset, round(extract(epoch from checked_at) * 1000)::float8 as at
     from millrace.source_freshness where environment = $1`,
    [environment],
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

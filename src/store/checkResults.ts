import type { AssetKey } from "../model/assetKey.ts";
import type { FailedCheck } from "../model/assetState.ts";
import { channel, type Database, type Sql } from "./database.ts";
import type { RecordedCheck } from "./publish.ts";

/** What somebody found who looked at what is stored of an asset, all of its partitions together. */
export interface LookedAt {
  readonly asset: AssetKey;
  readonly check: RecordedCheck;
}

/**
 * Records what a look without a run found; it speaks for every partition, until one of them is made again. What was
 * made or looked at since that look (`at`, epoch milliseconds; null: it was just now) is newer and stays. Answers the
 * assets of which something was recorded.
 */
export async function recordLook(
  database: Database,
  environment: string,
  found: readonly LookedAt[],
  at: number | null = null,
): Promise<AssetKey[]> {
  if (found.length === 0) return [];
  const rows = found.map(({ asset, check: { failedRows, ...check } }) => ({
    ...{ asset, failed_rows: failedRows },
    ...check,
  }));
  return database.transaction(async sql => {
    const { rows: recorded } = await sql.query<{ asset: AssetKey }>(
      `with found as (
         select * from jsonb_to_recordset($2::jsonb)
           as found(asset text, name text, passed boolean, blocking boolean, severity text, failed_rows bigint, message text)
         where $3::float8 is null
           or not exists (select from millrace.asset_partition as made
                          where made.environment = $1 and made.asset = found.asset
                            and made.at > to_timestamp($3 / 1000.0))
           and not exists (select from millrace.check_result as newer
                           where newer.environment = $1 and newer.asset = found.asset and newer.name = found.name
                             and newer.at >= to_timestamp($3 / 1000.0))
       ), outdated as (
         delete from millrace.check_result as before using found
         where before.environment = $1 and before.asset = found.asset and before.name = found.name
           and before.partition <> ''
       )
       insert into millrace.check_result as present
         (environment, asset, partition, name, passed, blocking, severity, failed_rows, message, run_id, at)
       select $1, asset, '', name, passed, blocking, severity, failed_rows, message, null,
              coalesce(to_timestamp($3 / 1000.0), clock_timestamp()) from found
       on conflict (environment, asset, partition, name) do update set
         passed = excluded.passed, blocking = excluded.blocking, severity = excluded.severity,
         failed_rows = excluded.failed_rows, message = excluded.message, run_id = null, at = excluded.at
       returning asset`,
      [environment, JSON.stringify(rows), at],
    );
    if (recorded.length > 0) await sql.query("select pg_notify($1, 'handwork')", [channel]);
    return [...new Set(recorded.map(it => it.asset))];
  });
}

/** The checks that do not hold, by asset: of all, or of some. Of several partitions the latest word counts. */
export async function failedChecks(
  sql: Sql,
  environment: string,
  only?: readonly AssetKey[],
): Promise<Map<AssetKey, FailedCheck[]>> {
  const { rows } = await sql.query<Omit<FailedCheck, "at"> & { asset: AssetKey; at: Date }>(
    `select distinct on (asset, name) asset, name, severity, message, at
     from millrace.check_result
     where environment = $1 and not passed and ($2::text[] is null or asset = any($2))
     order by asset, name, at desc`,
    [environment, only ?? null],
  );
  const failed = new Map<AssetKey, FailedCheck[]>();
  for (const { asset, at, ...check } of rows) {
    const ofAsset = failed.get(asset) ?? [];
    ofAsset.push({ ...check, at: at.toISOString() });
    failed.set(asset, ofAsset);
  }
  return failed;
}

/**
 * Of some assets those that were materialized after any of these checks has looked at them. What a run that goes on
 * has written, that run looks at.
 */
export async function notLookedAtSince(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
  checks: readonly string[],
): Promise<AssetKey[]> {
  const { rows } = await sql.query<{ asset: AssetKey }>(
    `select asset from unnest($2::text[]) as asked(asset)
     where exists (
       select from millrace.asset_partition as part
       where part.environment = $1 and part.asset = asked.asset and materialization_id is not null
         and not exists (select from millrace.run_lease as lease
                         where lease.run_id = part.run_id and lease.expires_at > now())
         and part.at > coalesce((select max(at) from millrace.check_result as said
                                 where said.environment = $1 and said.asset = asked.asset and name = any($3)),
                                '-infinity'))`,
    [environment, assets, checks],
  );
  return rows.map(it => it.asset);
}

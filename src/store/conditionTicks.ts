import type { AssetKey } from "../model/assetKey.ts";
import type { ExplanationRecord } from "../model/conditionRecord.ts";
import { channel, queryPrepared, type Sql } from "./database.ts";

/** What a look at conditions came to for one asset, where that is another thing than at the look before. */
export interface ConditionTickRecord {
  readonly asset: AssetKey;
  readonly status: "requested" | "skipped" | "failed";
  /** Why it did or did not request its asset, in one line. */
  readonly reason: string;
  /** Why nothing could come of a request. */
  readonly error: string | null;
  readonly runIds: readonly string[];
  readonly details: ExplanationRecord;
}

/** The same as it is read. */
export interface ConditionTickRow extends ConditionTickRecord {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
}

/** Writes what a look came to, and tells every engine. */
export async function recordConditionTicks(
  sql: Sql,
  environment: string,
  look: { readonly at: number; readonly startedAt: number; readonly endedAt: number },
  ticks: readonly ConditionTickRecord[],
): Promise<void> {
  if (ticks.length === 0) return;
  await queryPrepared(
    sql,
    "record_condition_ticks",
    `with written as (
       insert into millrace.tick (environment, kind, automation, at, started_at, ended_at, status, reason, error,
                                  run_ids, details)
       select $1, 'condition', asset, to_timestamp($3 / 1000.0), to_timestamp($4 / 1000.0),
              to_timestamp($5 / 1000.0), status, reason,
              case when error is not null then jsonb_build_object('message', error) end, "runIds", details
       from jsonb_to_recordset($2::jsonb)
         as it(asset text, status text, reason text, error text, "runIds" bigint[], details jsonb)
       returning id
     )
     select pg_notify($6, 'tick ' || string_agg(id::text, ','))
     from (select id from written order by id limit 500) as told`,
    [environment, JSON.stringify(ticks), look.at, look.startedAt, look.endedAt, channel],
  );
}

/** How the condition of an asset came to its answers, newest first; `until` leaves out what came later. */
export async function conditionTicks(
  sql: Sql,
  environment: string,
  asset: AssetKey,
  {
    limit,
    until = null,
    status = null,
  }: {
    readonly limit: number;
    readonly until?: number | null;
    readonly status?: ConditionTickRecord["status"] | null;
  },
): Promise<ConditionTickRow[]> {
  return rowsOf(
    sql,
    `where environment = $1 and kind = 'condition' and automation = $2
       and ($4::float8 is null or at <= to_timestamp($4::float8 / 1000)) and ($5::text is null or status = $5)
     order by tick.id desc limit $3`,
    [environment, asset, limit, until, status],
  );
}

/** The runs that the condition of an asset has requested since an instant, each with the instant. */
export async function runsOfCondition(
  sql: Sql,
  environment: string,
  asset: AssetKey,
  since: number,
): Promise<{ runId: string; at: number }[]> {
  const { rows } = await sql.query<{ runId: string; at: number }>(
    `select unnest(run_ids)::text as "runId", round(extract(epoch from at) * 1000)::float8 as at
     from millrace.tick
     where environment = $1 and kind = 'condition' and automation = $2 and at >= to_timestamp($3 / 1000.0)
     order by id`,
    [environment, asset, since],
  );
  return rows;
}

async function rowsOf(sql: Sql, which: string, values: unknown[]): Promise<ConditionTickRow[]> {
  const { rows } = await sql.query<
    Omit<ConditionTickRow, "at" | "error"> & { at: Date; error: Problem | null }
  >(
    `select id, automation as asset, at, status, reason, error, run_ids::text[] as "runIds", details
     from millrace.tick ${which}`,
    values,
  );
  return rows.map(row => ({ ...row, at: row.at.toISOString(), error: row.error?.message ?? null }));
}

interface Problem {
  readonly message: string;
}

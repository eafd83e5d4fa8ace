import type { AssetKey } from "../model/assetKey.ts";
import type { BackfillStatus, BackfillSummary } from "../model/backfillState.ts";
import type { DbtRunOptions } from "../model/dbtNode.ts";
import type { RunError } from "../model/run.ts";
import type { Sql } from "./database.ts";

/** The newest backfills first, each with its progress counted from the steps of its runs. */
export async function listBackfills(sql: Sql, limit: number): Promise<BackfillSummary[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from millrace.backfill order by id desc limit $1",
    [limit],
  );
  return summaries(
    sql,
    rows.map(row => row.id),
  );
}

export async function findBackfill(sql: Sql, backfillId: string): Promise<BackfillSummary | null> {
  if (!/^\d{1,18}$/.test(backfillId)) return null;
  return (await summaries(sql, [backfillId]))[0] ?? null;
}

/** Whether there is such a backfill and it goes on: one row, however large it is. */
export async function isBackfillOpen(sql: Sql, backfillId: string): Promise<boolean> {
  if (!/^\d{1,18}$/.test(backfillId)) return false;
  const { rows } = await sql.query("select from millrace.backfill where id = $1 and ended_at is null", [
    backfillId,
  ]);
  return rows.length > 0;
}

/** So many failures are told with their errors; the counts tell of all. */
const shownFailures = 20;

interface BackfillRow extends Record<string, unknown> {
  id: string;
  status: BackfillStatus;
  environment: string;
  selection: string;
  partitions: string;
  requested_by: string;
  created_at: Date;
  ended_at: Date | null;
  error: RunError | null;
  dbt_options: DbtRunOptions | null;
}

interface ProgressRow extends Record<string, unknown> {
  backfill_id: string;
  asset: AssetKey;
  targeted: number;
  materialized: number;
  running: number;
  failed: number;
  skipped: number;
}

async function summaries(sql: Sql, ids: readonly string[]): Promise<BackfillSummary[]> {
  const { rows } = await sql.query<BackfillRow>(
    `select id, status, environment, selection, partitions, requested_by, created_at, ended_at, error, dbt_options
     from millrace.backfill where id = any($1::bigint[]) order by id desc`,
    [ids],
  );
  const progress = await sql.query<ProgressRow>(
    `with done as (
       select backfill_id, asset,
              sum(size) filter (where status = 'succeeded') as materialized,
              sum(size) filter (where status = 'running') as running,
              sum(size) filter (where has_failed) as failed
       from (select run.backfill_id, step.asset, step.status, coalesce(upper(positions) - lower(positions), 1) as size,
                    ${hasFailed} as has_failed
             from millrace.backfill join millrace.run on run.backfill_id = backfill.id
             join millrace.step on run_id = run.id where backfill.id = any($1::bigint[])) as steps
       group by 1, 2
     )
     select target.backfill_id, asset, case when definition is null then 1 else ${sizeOf("positions")} end::float8 as targeted,
            coalesce(materialized, 0)::float8 as materialized, coalesce(running, 0)::float8 as running,
            coalesce(failed, 0)::float8 as failed, ${sizeOf("given_up")}::float8 as skipped
     from millrace.backfill_target as target left join done using (backfill_id, asset)
     where target.backfill_id = any($1::bigint[]) order by 1, 2`,
    [ids],
  );
  const failures = await sql.query<{ id: string; asset: AssetKey; partitions: string[]; error: RunError }>(
    `select backfill.id, failure.* from millrace.backfill, lateral (
       select asset, coalesce(partitions, '{}') as partitions, step.error
       from millrace.run join millrace.step on run_id = run.id
       where backfill_id = backfill.id and ${hasFailed} order by asset, positions limit ${shownFailures}) as failure
     where backfill.id = any($1::bigint[])`,
    [ids],
  );
  return rows.map(row => ({
    id: row.id,
    status: row.status,
    environment: row.environment,
    selection: row.selection,
    partitions: row.partitions,
    requestedBy: row.requested_by,
    createdAt: row.created_at.toISOString(),
    endedAt: row.ended_at?.toISOString() ?? null,
    progress: progress.rows
      .filter(it => it.backfill_id === row.id)
      .map(({ backfill_id: _, ...counts }) => counts),
    failures: failures.rows.filter(it => it.id === row.id).map(({ id: _, ...failure }) => failure),
    error: row.error,
    ...(row.dbt_options ? { dbt: row.dbt_options } : {}),
  }));
}

/** A partition that stands alone and failed by itself; of a range that failed, the halves are tried again. */
const hasFailed = `(step.status in ('failed', 'unknown', 'canceled') and step.lost is null
  and run.id > backfill.forgiven_run
  and not (step.status = 'canceled' and backfill.status in ('canceling', 'canceled')) and (step.status <> 'canceled' or run.cancel_requested_at is not null)
  and coalesce(upper(positions) - lower(positions), 1) = 1)`;

function sizeOf(multirange: string): string {
  return `coalesce((select sum(upper(range) - lower(range)) from unnest(${multirange}) as range), 0)`;
}

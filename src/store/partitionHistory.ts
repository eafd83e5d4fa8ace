import type { AssetKey } from "../model/assetKey.ts";
import type { RunError } from "../model/run.ts";
import type { Sql } from "./database.ts";

/** What is recorded about one partition: its last materialization, and the failure after it. */
export interface PartitionRecord {
  /** ISO 8601. */
  materializedAt: string | null;
  rows: number | null;
  durationMs: number | null;
  /** Of the failure when there is one, else of the materialization. */
  runId: string | null;
  error: RunError | null;
  /** The run that makes or will make it. */
  openRun: { id: string; status: string } | null;
}

export async function partitionRecord(
  sql: Sql,
  environment: string,
  asset: AssetKey,
  partition: string,
  position: { definition: string; at: number } | null,
): Promise<PartitionRecord> {
  const { rows } = await sql.query<RecordRow>(
    `select state.at, state.rows, state.duration_ms, coalesce(failed.run_id, state.run_id) as run_id, failed.error,
            open.run_id as open_run, open.status as open_status
     from (select 1) as one
     left join millrace.asset_partition as state on environment = $1 and asset = $2 and partition = $3
     left join millrace.step as failed on failed.id = state.failed_step
     left join lateral (
       select run_id, step.status from millrace.run join millrace.step on run_id = run.id
       where run.environment = $1 and run.ended_at is null and step.asset = $2
         and step.status in ('queued', 'running')
         and (step.positions is null or step.definition = $4 and step.positions @> $5::int)
       order by step.status desc, step.id limit 1) as open on true`,
    [environment, asset, partition, position?.definition ?? null, position?.at ?? null],
  );
  const row = rows[0] as RecordRow;
  return {
    materializedAt: row.at?.toISOString() ?? null,
    rows: row.rows === null ? null : Number(row.rows),
    durationMs: row.duration_ms,
    runId: row.run_id,
    error: row.error,
    openRun: row.open_run === null ? null : { id: row.open_run, status: row.open_status ?? "queued" },
  };
}

interface RecordRow extends Record<string, unknown> {
  at: Date | null;
  rows: string | null;
  duration_ms: number | null;
  run_id: string | null;
  error: RunError | null;
  open_run: string | null;
  open_status: string | null;
}

/** The mean of an asset's last hundred materializations, for one partition, in milliseconds; only what has any. */
export async function partitionDurations(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
): Promise<Map<AssetKey, number>> {
  const { rows } = await sql.query<{ asset: AssetKey; ms: number | null }>(
    `select asset, recent.ms from unnest($2::text[]) as asset, lateral (
       select (sum(duration_ms) / nullif(sum(partition_count), 0))::float8 as ms from (
         select duration_ms, partition_count from millrace.materialization
         where environment = $1 and materialization.asset = asset.asset order by id desc limit 100) as last
     ) as recent`,
    [environment, assets],
  );
  return new Map(rows.flatMap(({ asset, ms }) => (ms === null ? [] : [[asset, ms] as const])));
}

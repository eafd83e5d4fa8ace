import type { PastMaterialization, RecordedOutcome } from "../model/assetFacts.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Sql } from "./database.ts";

/** The last materializations of an asset, newest first. */
export async function pastMaterializations(
  sql: Sql,
  environment: string,
  asset: AssetKey,
  limit: number,
): Promise<PastMaterialization[]> {
  const { rows } = await sql.query<HistoryRow>(
    `select at, rows, duration_ms as "durationMs", run_id::text as "runId",
            metadata->'dbt'->>'partitions' = 'unknown' as "isUnsure", partitions[1] as first, partitions[array_upper(partitions, 1)] as last
     from millrace.materialization where environment = $1 and asset = $2 order by id desc limit $3`,
    [environment, asset, limit],
  );
  return rows.map(({ at, rows, first, last, isUnsure, ...row }) => ({
    ...row,
    ...(isUnsure ? { isUnsure } : {}),
    at: at.toISOString(),
    rows: rows === null ? null : Number(rows),
    partitions: first === null || last === null ? null : [first, last],
  }));
}

/** How each check of an asset came out the last time, with a materialization or by a look at what is stored. */
export async function lastOutcomes(
  sql: Sql,
  environment: string,
  asset: AssetKey,
): Promise<RecordedOutcome[]> {
  const { rows } = await sql.query<OutcomeRow>(
    `select distinct on (name) name, passed, severity, failed_rows as "failedRows", message, at,
            run_id::text as "runId",
            count(*) filter (where not passed and partition <> '') over (partition by name) as "failedPartitions"
     from millrace.check_result where environment = $1 and asset = $2 order by name, at desc`,
    [environment, asset],
  );
  return rows.map(({ at, failedRows, failedPartitions, ...row }) => ({
    ...row,
    at: at.toISOString(),
    failedRows: failedRows === null ? null : Number(failedRows),
    failedPartitions: Number(failedPartitions),
  }));
}

interface HistoryRow extends Record<string, unknown> {
  at: Date;
  rows: string | null;
  durationMs: number | null;
  runId: string | null;
  isUnsure: boolean | null;
  first: string | null;
  last: string | null;
}

interface OutcomeRow extends Record<string, unknown> {
  name: string;
  passed: boolean;
  severity: "error" | "warning";
  failedRows: string | null;
  message: string | null;
  at: Date;
  runId: string | null;
  failedPartitions: string;
}

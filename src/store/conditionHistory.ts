import type { AssetKey } from "../model/assetKey.ts";
import type { Sql } from "./database.ts";

/** Some partitions of an asset, as they were recorded. */
export interface RecordedSlice {
  readonly asset: AssetKey;
  /** [key] of one partition or [first, last] of a range; null: a whole asset. */
  readonly keys: readonly string[] | null;
  readonly definition: string | null;
  readonly first: number | null;
  readonly last: number | null;
}

/** When an asset was materialized, in the order of time. */
export interface RecordedMaterialization extends RecordedSlice {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly runId: string | null;
}

/** A run that began within the time, with what it planned of the assets. */
export interface RecordedRun {
  readonly id: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly slices: readonly RecordedSlice[];
}

const sliceColumns = `'definition', step.definition, 'first', lower(positions), 'last', upper(positions) - 1`;

/** The compact history of some assets from an instant on. */
export async function recordedMaterializations(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
  from: number,
): Promise<RecordedMaterialization[]> {
  const { rows } = await sql.query<RecordedMaterialization & Record<string, unknown>>(
    `select it.asset, it.partitions as keys, step.definition, lower(positions) as first, upper(positions) - 1 as last,
            round(extract(epoch from it.at) * 1000)::float8 as at, it.run_id as "runId"
     from millrace.materialization as it left join millrace.step on step.id = it.step_id
     where it.environment = $1 and it.asset = any($2) and it.at >= to_timestamp($3 / 1000.0)
     order by it.at, it.id`,
    [environment, assets, from],
  );
  return rows;
}

/** What was materialized before an instant. */
export async function materializedBefore(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
  until: number,
): Promise<RecordedSlice[]> {
  const { rows } = await sql.query<RecordedSlice & Record<string, unknown>>(
    `select distinct it.asset, it.partitions as keys, step.definition, lower(positions) as first,
            upper(positions) - 1 as last
     from millrace.materialization as it left join millrace.step on step.id = it.step_id
     where it.environment = $1 and it.asset = any($2) and it.at < to_timestamp($3 / 1000.0)`,
    [environment, assets, until],
  );
  return rows;
}

/** Runs that planned any of these assets, and began since an instant; oldest first. */
export async function recordedRuns(
  sql: Sql,
  environment: string,
  assets: readonly AssetKey[],
  from: number,
): Promise<RecordedRun[]> {
  const { rows } = await sql.query<RecordedRun & Record<string, unknown>>(
    `select run.id, round(extract(epoch from run.started_at) * 1000)::float8 as "startedAt",
            round(extract(epoch from run.ended_at) * 1000)::float8 as "endedAt",
            jsonb_agg(jsonb_build_object('asset', asset, 'keys', partitions, ${sliceColumns})) as slices
     from millrace.run join millrace.step on run_id = run.id
     where run.environment = $1 and asset = any($2) and run.started_at >= to_timestamp($3 / 1000.0)
     group by run.id order by run.started_at, run.id`,
    [environment, assets, from],
  );
  return rows;
}

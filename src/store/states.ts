import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState, AssetStateName } from "../model/assetState.ts";
import type { RunError, StepStatus } from "../model/run.ts";
import type { Sql } from "./database.ts";

/** What is known about each asset that was ever asked for in this environment. */
export async function assetStates(
  sql: Sql,
  environment: string,
  only?: readonly AssetKey[],
): Promise<AssetState[]> {
  const { rows } = await sql.query<StateRow>(
    `with last_step as (
       select asset.key, step.*
       from millrace.asset left join
       lateral (select * from millrace.step
                where step.asset = asset.key
                  and exists (select from millrace.run
                              where run.id = step.run_id and run.environment = asset.environment)
                -- What runs counts before what waits for it; an attempt that never began tells nothing of the data.
                order by status = 'running' desc, (status = 'canceled' and attempt = 0), id desc limit 1) as step on true
       where asset.environment = $1 and ($2::text[] is null or asset.key = any($2))
     )
     select last_step.key as asset, status, reason, error, last_step.run_id, started_at, ended_at,
            case when "isMaterialized" then coalesce(state.at, latest.at) end as at, state.rows, state.duration_ms,
            "isMaterialized",
            state.run_id is null and coalesce(state.at > coalesce(ended_at, '-infinity'), false) as "isMarked",
            -- Whatever was made or marked since is known again.
            case when unsure.at is not null and (
              exists (select from millrace.asset_partition as part
                      where part.environment = $1 and part.asset = last_step.key and part.at < unsure.at)
              or not exists (select from millrace.asset_partition as part
                             where part.environment = $1 and part.asset = last_step.key and part.at is not null)
            ) then unsure.at end as "unsureSince"
     from last_step left join millrace.asset_partition as state
       on state.environment = $1 and state.asset = last_step.key and state.partition = ''
     cross join lateral (select state.at is not null or exists (
       select from millrace.asset_partition as part
       where part.environment = $1 and part.asset = last_step.key and part.materialization_id is not null
     ) as "isMaterialized") as known
     -- Of many partitions the one that was made last; to look at each of them would take too long.
     left join lateral (select at from millrace.materialization as made
                        where state.at is null and made.environment = $1 and made.asset = last_step.key
                        order by id desc limit 1) as latest on true
     cross join lateral (select max(made.at) as at from millrace.materialization as made
                         where made.environment = $1 and made.asset = last_step.key
                           and made.metadata->'dbt'->>'partitions' = 'unknown') as unsure`,
    [environment, only ?? null],
  );
  return rows.map(describe);
}

/** The assets that have been materialized: what a plan may load instead of recomputing. */
export async function materializedAssets(sql: Sql, environment: string): Promise<Set<AssetKey>> {
  const { rows } = await sql.query<{ asset: AssetKey }>(
    "select distinct asset from millrace.asset_partition where environment = $1 and materialization_id is not null",
    [environment],
  );
  return new Set(rows.map(row => row.asset));
}

/** The partitions of one asset that were ever tried: what is there, and whose last attempt failed. */
export async function partitionStates(
  sql: Sql,
  environment: string,
  asset: AssetKey,
): Promise<{ partition: string; isMaterialized: boolean; hasFailed: boolean }[]> {
  const { rows } = await sql.query<{ partition: string; isMaterialized: boolean; hasFailed: boolean }>(
    `select partition, materialization_id is not null as "isMaterialized", failed_step is not null as "hasFailed"
     from millrace.asset_partition where environment = $1 and asset = $2 and partition <> ''`,
    [environment, asset],
  );
  return rows;
}

interface StateRow extends Record<string, unknown> {
  asset: AssetKey;
  /** Null: no run ever was to make it; somebody marked it as materialized, or wiped it. */
  status: StepStatus | null;
  reason: string | null;
  error: RunError | null;
  run_id: string | null;
  started_at: Date | null;
  ended_at: Date | null;
  at: Date | null;
  rows: string | null;
  duration_ms: number | null;
  /** The asset, or any of its partitions. */
  isMaterialized: boolean;
  /** Without a run, after whatever runs made of it. */
  isMarked: boolean;
  unsureSince: Date | null;
}

function describe(row: StateRow): AssetState {
  const state = stateOf(row);
  const unsure = row.unsureSince && { unsureSince: row.unsureSince.toISOString() };
  if (row.isMarked && state === "materialized") {
    const at = row.at?.toISOString() ?? null;
    return {
      ...nothingElse,
      asset: row.asset,
      state,
      materializedAt: at,
      since: at,
      rows: numberOf(row.rows),
      ...unsure,
    };
  }
  return {
    asset: row.asset,
    state,
    materializedAt: row.at?.toISOString() ?? null,
    rows: numberOf(row.rows),
    durationMs: row.duration_ms,
    since: (row.ended_at ?? row.started_at)?.toISOString() ?? null,
    reason: row.reason,
    error: row.error,
    runId: row.run_id,
    ...unsure,
  };
}

/** What runs did last counts, unless somebody has marked or wiped the asset since. */
function stateOf({ status, isMaterialized, isMarked }: StateRow): AssetStateName {
  if (status === "running" || status === "queued") return status;
  if (isMarked) return "materialized";
  if (status === null || status === "succeeded") return isMaterialized ? "materialized" : "missing";
  return status;
}

const nothingElse = { durationMs: null, reason: null, error: null, runId: null };

function numberOf(text: string | null): number | null {
  return text === null ? null : Number(text);
}

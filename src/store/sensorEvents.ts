import type { AssetKey } from "../model/assetKey.ts";
import type { EndedRunStatus } from "../model/automationNode.ts";
import type { SeenMaterialization, SeenRun } from "../model/sensorTick.ts";
import { queryPrepared, type Sql } from "./database.ts";

/**
 * Rows become visible when their transaction commits, which is later than they were numbered or dated. What was
 * committed within this time of its date is found nevertheless: the last minutes are looked at again, without
 * what was handed over already.
 */
const overlap = "interval '10 minutes'";

/** How far the materializations of an asset were handed over. */
export interface MaterializationPosition {
  /** All up to this one are older than anybody's transaction. */
  readonly after: string;
}

/** Begins with what comes from now on. */
export async function materializationPosition(sql: Sql): Promise<MaterializationPosition> {
  const { rows } = await sql.query<{ after: string }>(
    "select coalesce(max(id), 0)::text as after from millrace.materialization",
  );
  return { after: rows[0]?.after ?? "0" };
}

/** The materializations of an asset that a sensor was not handed yet, oldest first. */
export async function newMaterializations(
  sql: Sql,
  environment: string,
  automation: string,
  asset: AssetKey,
  { after }: MaterializationPosition,
  limit: number,
): Promise<SeenMaterialization[]> {
  const { rows } = await queryPrepared<SeenMaterialization & { at: Date } & Record<string, unknown>>(
    sql,
    "new_materializations",
    `select id::text, asset, partitions, run_id::text as "runId",
            to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as at, rows::float8 as rows,
            coalesce(metadata, '{}') as metadata
     from millrace.materialization as made
     where environment = $1 and asset = $3 and id > $4
       and not exists (select from millrace.automation_seen
                       where environment = $1 and automation = $2 and key = made.id::text)
     order by id limit $5`,
    [environment, automation, asset, after, limit],
  );
  return rows;
}

/** Notes them as handed over, and forgets those that are too old to be met again; answers the new position. */
export async function noteMaterializations(
  sql: Sql,
  environment: string,
  automation: string,
  handed: readonly SeenMaterialization[],
  position: MaterializationPosition,
): Promise<MaterializationPosition> {
  const { rows } = await sql.query<{ after: string }>(
    `with noted as (
       insert into millrace.automation_seen (environment, automation, key, value)
       select $1, $2, key, '' from unnest($3::text[]) as key on conflict do nothing
     ), dropped as (
       delete from millrace.automation_seen
       where environment = $1 and automation = $2 and at < now() - ${overlap} returning key
     )
     select greatest($4::bigint, max(key::bigint))::text as after from dropped`,
    [environment, automation, handed.map(it => it.id), position.after],
  );
  return { after: rows[0]?.after ?? position.after };
}

/** How far ended runs were handed over. */
export interface RunPosition {
  /** ISO 8601: nothing that ended before is handed over. */
  readonly since: string;
  /** All that ended up to here were handed over, but for what was not committed yet. */
  readonly until: string;
}

/** Begins with what ends from now on. */
export async function runPosition(sql: Sql): Promise<RunPosition> {
  const { rows } = await sql.query<{ now: Date }>("select now() as now");
  const now = (rows[0]?.now ?? new Date()).toISOString();
  return { since: now, until: now };
}

/** Runs that ended so and were not handed to the sensor yet, oldest first. */
export async function newlyEndedRuns(
  sql: Sql,
  environment: string,
  automation: string,
  statuses: readonly EndedRunStatus[],
  { since, until }: RunPosition,
  limit: number,
): Promise<SeenRun[]> {
  const { rows } = await queryPrepared<SeenRun & Record<string, unknown>>(
    sql,
    "newly_ended_runs",
    `select id::text, status, selection, requested_by as "requestedBy",
            to_char(ended_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "endedAt",
            array(select distinct asset from millrace.step where run_id = run.id order by 1) as assets,
            coalesce(error ->> 'message', (select step.error ->> 'message' from millrace.step
                     where run_id = run.id and step.error is not null order by position limit 1)) as error
     from millrace.run
     where environment = $1 and ended_at >= $4::timestamptz and ended_at > $5::timestamptz - ${overlap}
       and status = any($3) and requested_by <> 'sensor ' || $2
       and not exists (select from millrace.automation_seen
                       where environment = $1 and automation = $2 and key = run.id::text)
     order by ended_at, id limit $6`,
    [environment, automation, statuses, since, until, limit],
  );
  return rows;
}

/** Notes them as handed over, and forgets those that are too old to be met again; answers the new position. */
export async function noteEndedRuns(
  sql: Sql,
  environment: string,
  automation: string,
  handed: readonly SeenRun[],
  position: RunPosition,
): Promise<RunPosition> {
  const until = handed.at(-1)?.endedAt ?? position.until;
  await sql.query(
    `with noted as (
       insert into millrace.automation_seen (environment, automation, key, value)
       select $1, $2, key, ended from unnest($3::text[], $4::text[]) as it(key, ended) on conflict do nothing
     )
     delete from millrace.automation_seen
     where environment = $1 and automation = $2 and value::timestamptz < $5::timestamptz - 2 * ${overlap}`,
    [environment, automation, handed.map(it => it.id), handed.map(it => it.endedAt), until],
  );
  return { since: position.since, until };
}

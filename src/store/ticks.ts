import type { AutomationName } from "../model/automationNode.ts";
import type { TickStatus, TickSummary } from "../model/automationState.ts";
import type { LogLine, RunError } from "../model/run.ts";
import { channel, queryPrepared, type Sql } from "./database.ts";

export interface TickRecord extends AutomationName {
  /** Epoch milliseconds, as all instants here. */
  readonly at: number;
  readonly startedAt: number;
  readonly endedAt: number;
  readonly status: TickStatus;
  readonly cursorBefore: string | null;
  readonly cursorAfter: string | null;
  readonly reason: string | null;
  readonly error: RunError | null;
  readonly runIds: readonly string[];
  readonly log: readonly LogLine[];
  readonly details?: unknown;
}

/** Writes ticks that have ended, and tells every engine; the ids are in the order of the records. */
export async function recordTicks(
  sql: Sql,
  environment: string,
  ticks: readonly TickRecord[],
): Promise<string[]> {
  const { rows } = await queryPrepared<{ ids: string[] }>(
    sql,
    "record_ticks",
    `with given as (
       select * from jsonb_to_recordset($2::jsonb) as it(
         kind text, name text, at float8, "startedAt" float8, "endedAt" float8, status text, "cursorBefore" text,
         "cursorAfter" text, reason text, error jsonb, "runIds" bigint[], log jsonb, details jsonb, place int)
     ), written as (
       insert into millrace.tick (environment, kind, automation, at, started_at, ended_at, status, cursor_before,
                                  cursor_after, reason, error, run_ids, log, details)
       select $1, kind, name, to_timestamp(at / 1000), to_timestamp("startedAt" / 1000),
              to_timestamp("endedAt" / 1000), status, "cursorBefore", "cursorAfter", reason, nullif(error, 'null'),
              "runIds", nullif(log, '[]'), nullif(details, 'null')
       from given order by place returning id
     )
     select array_agg(id::text order by id) as ids, pg_notify($3, 'tick ' || string_agg(id::text, ',' order by id))
     from written`,
    [environment, JSON.stringify(ticks.map((tick, place) => ({ ...tick, place }))), channel],
  );
  return rows[0]?.ids ?? [];
}

/** Notes that further evaluations came to nothing in the same way as the tick before. */
export async function extendTicks(
  sql: Sql,
  ticks: readonly { id: string; evaluations: number; endedAt: number }[],
): Promise<void> {
  await queryPrepared(
    sql,
    "extend_ticks",
    `update millrace.tick set evaluations = tick.evaluations + it.evaluations,
            ended_at = greatest(tick.ended_at, to_timestamp(it."endedAt" / 1000))
     from jsonb_to_recordset($1::jsonb) as it(id bigint, evaluations int, "endedAt" float8) where tick.id = it.id`,
    [JSON.stringify(ticks)],
  );
}

/** The ticks of an automation, newest first. */
export async function listTicks(
  sql: Sql,
  environment: string,
  { kind, name }: AutomationName,
  limit: number,
): Promise<TickSummary[]> {
  return summaries(
    sql,
    "where environment = $1 and kind = $2 and automation = $3 order by id desc limit $4",
    [environment, kind, name, limit],
  );
}

export async function findTicks(
  sql: Sql,
  environment: string,
  ids: readonly string[],
): Promise<TickSummary[]> {
  return summaries(sql, "where id = any($1::bigint[]) and environment = $2 order by id", [ids, environment]);
}

/** The last tick of each of these. */
export async function lastTicks(
  sql: Sql,
  environment: string,
  automations: readonly AutomationName[],
): Promise<TickSummary[]> {
  return summaries(
    sql,
    `where id in (select (select id from millrace.tick where environment = $1 and tick.kind = it.kind
                          and tick.automation = it.name order by id desc limit 1)
                  from unnest($2::text[], $3::text[]) as it(kind, name))`,
    [environment, automations.map(it => it.kind), automations.map(it => it.name)],
  );
}

interface TickRow extends Record<string, unknown> {
  id: string;
  kind: TickSummary["kind"];
  automation: string;
  at: Date;
  started_at: Date;
  ended_at: Date;
  evaluations: number;
  status: TickStatus;
  cursor_before: string | null;
  cursor_after: string | null;
  reason: string | null;
  error: RunError | null;
  run_ids: string[];
  log: LogLine[] | null;
  details: unknown;
}

async function summaries(sql: Sql, which: string, values: unknown[]): Promise<TickSummary[]> {
  const { rows } = await sql.query<TickRow>(
    `select id, kind, automation, at, started_at, ended_at, evaluations, status, cursor_before, cursor_after, reason,
            error, run_ids::text[], log, details
     from millrace.tick ${which}`,
    values,
  );
  return rows.map(row => ({
    id: row.id,
    kind: row.kind,
    name: row.automation,
    at: row.at.toISOString(),
    startedAt: row.started_at.toISOString(),
    endedAt: row.ended_at.toISOString(),
    evaluations: row.evaluations,
    status: row.status,
    cursorBefore: row.cursor_before,
    cursorAfter: row.cursor_after,
    reason: row.reason,
    error: row.error,
    runIds: row.run_ids,
    log: row.log ?? [],
    details: row.details,
  }));
}

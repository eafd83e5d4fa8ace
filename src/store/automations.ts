import type { AutomationKind, AutomationName } from "../model/automationNode.ts";
import { channel, queryPrepared, type Sql } from "./database.ts";

/** What is remembered of an automation between its ticks. */
export interface AutomationRow extends AutomationName {
  /** By hand; null: as the code has it. */
  readonly switched: boolean | null;
  /** As it was when it was last evaluated or passed over. */
  readonly wasOn: boolean;
  readonly cursor: string | null;
  readonly definition: string | null;
  /** How far what it watches was handed to it. */
  readonly position: unknown;
  /** Everything up to this instant has been dealt with; epoch milliseconds. */
  readonly doneUntil: number | null;
  /** Moves with each tick and each change by hand. */
  readonly version: string;
}

const columns = `kind, name, switched, was_on as "wasOn", cursor, definition, position,
  round(extract(epoch from done_until) * 1000)::float8 as "doneUntil", version`;

export async function automationRows(sql: Sql, environment: string): Promise<AutomationRow[]> {
  const { rows } = await queryPrepared<AutomationRow & Record<string, unknown>>(
    sql,
    "automation_rows",
    `select ${columns} from millrace.automation where environment = $1`,
    [environment],
  );
  return rows;
}

/** What a tick leaves behind. */
export interface AutomationChange {
  readonly wasOn: boolean;
  readonly cursor: string | null;
  readonly definition: string | null;
  readonly position: unknown;
  readonly doneUntil: number | null;
}

/**
 * Writes what is remembered, if it is still as `before` was read; null when somebody changed it meanwhile.
 * Without `before` there must be none yet.
 */
export async function changeAutomation(
  sql: Sql,
  environment: string,
  { kind, name }: AutomationName,
  before: Pick<AutomationRow, "version"> | null,
  change: AutomationChange,
): Promise<AutomationRow | null> {
  const { rows } = await queryPrepared<AutomationRow & Record<string, unknown>>(
    sql,
    "change_automation",
    `insert into millrace.automation as present (environment, kind, name, was_on, cursor, definition, done_until, position)
     values ($1, $2, $3, $5, $6, $7, to_timestamp($8 / 1000.0), $9::jsonb)
     on conflict (environment, kind, name) do update
     set was_on = excluded.was_on, cursor = excluded.cursor, definition = excluded.definition,
         done_until = excluded.done_until, position = excluded.position, version = present.version + 1
     where present.version = $4
     returning ${columns}`,
    [
      environment,
      kind,
      name,
      before?.version ?? null,
      change.wasOn,
      change.cursor,
      change.definition,
      change.doneUntil,
      change.position === null ? null : JSON.stringify(change.position),
    ],
  );
  return rows[0] ?? null;
}

/** Switches by hand; null: as the code has it. Whoever evaluates it hears of it at once. */
export async function switchAutomation(
  sql: Sql,
  environment: string,
  { kind, name }: AutomationName,
  switched: boolean | null,
): Promise<void> {
  await sql.query(
    `with changed as (
       insert into millrace.automation as present (environment, kind, name, switched) values ($1, $2, $3, $4)
       on conflict (environment, kind, name) do update
       set switched = excluded.switched, version = present.version + 1 returning name
     )
     select pg_notify($5, 'automation ' || name) from changed`,
    [environment, kind, name, switched, channel],
  );
}

/** Sets the cursor by hand; null: as at its first tick. Keys of runs are kept: each still has its one run. */
export async function setAutomationCursor(
  sql: Sql,
  environment: string,
  { kind, name }: AutomationName,
  cursor: string | null,
): Promise<void> {
  await sql.query(
    `with changed as (
       insert into millrace.automation as present (environment, kind, name, cursor) values ($1, $2, $3, $4)
       on conflict (environment, kind, name) do update
       set cursor = excluded.cursor, position = case when excluded.cursor is null then null else present.position end,
           version = present.version + 1
       returning name
     ), forgotten as (
       delete from millrace.automation_seen where environment = $1 and automation = $3 and $4::text is null
     )
     select pg_notify($5, 'automation ' || name) from changed`,
    [environment, kind, name, cursor, channel],
  );
}

/** How many runs that an automation requested wait to be dispatched. */
export async function queuedRunsOf(
  sql: Sql,
  environment: string,
  requestedBy: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await queryPrepared<{ requested_by: string; runs: number }>(
    sql,
    "queued_runs_of",
    `select requested_by, count(*)::int as runs from millrace.run
     where status in ('queued', 'dispatched') and environment = $1 and requested_by = any($2) group by 1`,
    [environment, requestedBy],
  );
  return new Map(rows.map(row => [row.requested_by, row.runs]));
}

/** As a run says who requested it. */
export function requesterOf({ kind, name }: { kind: AutomationKind; name: string }): string {
  return `${kind} ${name}`;
}

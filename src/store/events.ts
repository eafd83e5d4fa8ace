import type { AssetKey } from "../model/assetKey.ts";
import type { LogLine } from "../model/run.ts";
import type { Database, Sql } from "./database.ts";

/** A line is cut here, so that one chatty asset cannot fill the state; the cut says so. */
const longestMessage = 4_000;

export async function appendLog(
  sql: Sql,
  runId: string,
  stepId: string | null,
  lines: readonly LogLine[],
): Promise<void> {
  await sql.query(
    `insert into millrace.event (at, run_id, step_id, level, message)
     select at, $1, $2, level, message
     from jsonb_to_recordset($3::jsonb) as line(at timestamptz, level text, message text)`,
    [
      runId,
      stepId,
      JSON.stringify(lines.map(({ at, level, message }) => ({ at, level, message: cut(message) }))),
    ],
  );
}

export async function runLog(sql: Sql, runId: string): Promise<LogLine[]> {
  const { rows } = await sql.query<{
    at: Date;
    level: LogLine["level"];
    asset: AssetKey | null;
    message: string;
  }>(
    `select event.at, event.level, step.asset, event.message
     from millrace.event left join millrace.step on step.id = event.step_id
     where event.run_id = $1 order by event.at`,
    [runId],
  );
  return rows.map(row => ({ ...row, at: row.at.toISOString() }));
}

const daysAhead = 14;

/** Makes the event partitions of today and the days ahead, and drops those older than `keepDays`. */
export async function maintainEvents(database: Database, keepDays: number): Promise<void> {
  const { rows } = await database.query<{ day: string; exists: boolean; expired: boolean; name: string }>(
    `select to_char(day, 'YYYY-MM-DD') as day, false as exists, false as expired, '' as name
     from generate_series(current_date - 1, current_date + $1::int, interval '1 day') as day
     where to_regclass('millrace.event_' || to_char(day, 'YYYYMMDD')) is null
     union all
     select '', true, true, relname from pg_class
     where relnamespace = 'millrace'::regnamespace and relname ~ '^event_\\d{8}$'
       and to_date(right(relname, 8), 'YYYYMMDD') < current_date - $2::int`,
    [daysAhead, keepDays],
  );
  for (const { day, expired, name } of rows) {
    const statement = expired
      ? `drop table if exists millrace.${name}`
      : `create table if not exists millrace.event_${day.replaceAll("-", "")} partition of millrace.event
         for values from ('${day} 00:00:00+00') to (('${day}'::date + 1)::timestamp at time zone 'UTC')`;
    await database
      .transaction(async sql => {
        await sql.query("set local lock_timeout = '2s'");
        await sql.query(statement);
      })
      .catch(ignoreRace);
  }
}

/** Two engines that start together make the same partition; a reader may hold up a drop until the next round. */
function ignoreRace(error: { code?: string }): void {
  if (!["42P07", "23505", "55P03", "40P01", "42710"].includes(error.code ?? "")) throw error;
}

function cut(message: string): string {
  const text = message.replaceAll("\u0000", "");
  return text.length <= longestMessage
    ? text
    : `${text.slice(0, longestMessage)} … (${text.length - longestMessage} more characters)`;
}

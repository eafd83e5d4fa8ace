import type { StateFigures } from "../model/stateFigures.ts";
import type { Sql } from "./database.ts";

/** Of an environment; rejects when the database does not answer. */
export async function stateFigures(sql: Sql, environment: string): Promise<StateFigures> {
  const { rows } = await sql.query<{ open: Record<string, number>; oldest: number; engines: number }>(
    `with open as (
       select status, count(*) as runs, extract(epoch from now() - min(created_at)) as age from millrace.run
       where status in ('queued', 'dispatched', 'running', 'canceling') and environment = $1 group by status
     )
     select coalesce(jsonb_object_agg(status, runs), '{}') as open,
            coalesce(max(age) filter (where status = 'queued'), 0)::float8 as oldest,
            (select count(*)::int from millrace.engine where beat_at > now() - interval '1 minute') as engines
     from open`,
    [environment],
  );
  const { open, oldest, engines } = rows[0] ?? { open: {}, oldest: 0, engines: 0 };
  return { openRuns: open, oldestQueuedSeconds: oldest, engines };
}

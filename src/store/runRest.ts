import { type LostRunStep, restOfRun } from "../model/runRest.ts";
import { channel, type Sql } from "./database.ts";

/** An engine that dies of what it runs must not take one after the other with it. */
const mostLosses = 3;

/**
 * Requests the rest of an automated run that was lost with its engine: its run key is taken and its cursor has moved
 * on, so nobody else would. A run that somebody asked for waits for that somebody. Answers the new run, if any.
 */
export async function requestRest(sql: Sql, runId: string): Promise<string | null> {
  const { rows: steps } = await sql.query<LostRunStep & { id: string } & Record<string, unknown>>(
    `select step.id, position, step.status, lost, depends_on as "dependsOn"
     from millrace.step join millrace.run on run.id = run_id
     where run_id = $1 and automated and times_lost < ${mostLosses - 1} and cancel_requested_at is null`,
    [runId],
  );
  const rest = restOfRun(steps);
  if (rest.length === 0) return null;
  const { rows } = await sql.query<{ id: string }>(
    `insert into millrace.run (environment, digest, selection, requested_by, priority, evaluated_at, automated,
                               dbt_options, times_lost, rest_of)
     select environment, digest, selection, requested_by, priority, evaluated_at, automated, dbt_options, times_lost + 1, id
     from millrace.run where id = $1 returning id`,
    [runId],
  );
  const again = rows[0]?.id ?? null;
  await sql.query(
    `insert into millrace.step (run_id, position, asset, partitions, positions, definition, depends_on)
     select $1, place, asset, partitions, positions, definition, rest."dependsOn"
     from jsonb_to_recordset($2) as rest(id bigint, place int, "dependsOn" int[]) join millrace.step using (id)`,
    [again, JSON.stringify(rest.map(({ step, dependsOn }, place) => ({ id: step.id, place, dependsOn })))],
  );
  await sql.query("update millrace.step set reason = $2 where run_id = $1 and lost = 'engine'", [
    runId,
    `run ${again} makes what was lost`,
  ]);
  await sql.query("select pg_notify($1, 'queued')", [channel]);
  return again;
}

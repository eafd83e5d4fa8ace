import type { StepDetails } from "../model/run.ts";
import type { Sql } from "./database.ts";

/** What is known of each step of a run beyond its summary; nothing of a run that there is not. */
export async function runDetails(sql: Sql, runId: string): Promise<StepDetails[]> {
  if (!/^\d{1,18}$/.test(runId)) return [];
  const { rows } = await sql.query<StepDetails & Record<string, unknown>>(
    `select step.id, step.attempt,
            array(select other.id::text from millrace.step as other
                  where other.run_id = step.run_id and other.position = any(step.depends_on)
                  order by other.position) as "dependsOn",
            coalesce((
              select jsonb_agg(jsonb_build_object(
                       'name', name, 'passed', passed, 'blocking', blocking, 'severity', severity,
                       'failedRows', failed_rows, 'message', message) order by name)
              from millrace.check_result as result
              where result.environment = run.environment and result.asset = step.asset
                and result.partition = coalesce(step.partitions[1], '') and result.run_id = run.id
            ), '[]') as checks
     from millrace.step join millrace.run on run.id = run_id
     where run_id = $1 order by step.position`,
    [runId],
  );
  return rows;
}

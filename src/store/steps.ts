import type { RunError, StepStatus } from "../model/run.ts";
import { type Database, givenRows, type Sql, withoutWaiting } from "./database.ts";

/** Begins an attempt; null when the step is no longer to be had (canceled, or taken over). */
export async function startStep(
  database: Database,
  stepId: string,
  worker: string,
): Promise<{ attempt: number } | null> {
  return (await startSteps(database, [{ stepId, worker }]))[0] ?? null;
}

/** The same for several at once, answered in their order. */
export async function startSteps(
  database: Database,
  steps: readonly { stepId: string; worker: string }[],
): Promise<({ attempt: number } | null)[]> {
  const { rows } = await database.planOnce<{ id: string; attempt: number }>("start_steps", startingSteps, [
    JSON.stringify(steps.map(({ stepId, worker }) => ({ id: stepId, worker }))),
  ]);
  const attempts = new Map(rows.map(({ id, attempt }) => [id, { attempt }]));
  return steps.map(({ stepId }) => attempts.get(stepId) ?? null);
}

const startingSteps = `
  update millrace.step set status = 'running', attempt = attempt + 1, worker = given.worker,
    started_at = clock_timestamp(), reason = null
  from ${givenRows("id bigint, worker uuid")} as given
  where step.id = given.id and status = 'queued' and ${withoutWaiting} returning step.id, attempt`;

/** Leaves a mark at the partitions of a failed step; what was materialized of them before stays. */
export async function recordFailedPartitions(
  sql: Sql,
  stepId: string,
  keys: readonly string[],
): Promise<void> {
  await sql.query(
    `insert into millrace.asset_partition as present (environment, asset, partition, position, definition, failed_step)
     select environment, asset, key, lower(positions) + place - 1, definition, step.id
     from millrace.step join millrace.run on run.id = run_id,
          unnest($2::text[]) with ordinality as slice(key, place)
     where step.id = $1 and step.status = 'failed'
     on conflict (environment, asset, partition) do update set
       failed_step = excluded.failed_step, position = excluded.position, definition = excluded.definition`,
    [stepId, keys],
  );
}

/** Ends an attempt that did not publish; without effect when the attempt was superseded or did publish. */
export async function endStep(
  sql: Sql,
  step: { id: string; attempt: number },
  end: { status: Exclude<StepStatus, "running">; error?: RunError; reason?: string; lost?: "worker" },
): Promise<boolean> {
  const { rowCount } = await sql.query(
    `update millrace.step set status = $3, error = $4, reason = $5, lost = $6,
       started_at = case when $3 = 'queued' then null else started_at end,
       ended_at = case when $3 = 'queued' then null else clock_timestamp() end
     where id = $1 and attempt = $2 and status in ('running', 'queued')`,
    [
      step.id,
      step.attempt,
      end.status,
      end.error ? JSON.stringify(end.error) : null,
      end.reason ?? null,
      end.lost ?? null,
    ],
  );
  return rowCount === 1;
}

export async function stepStatus(sql: Sql, stepId: string): Promise<StepStatus | null> {
  const { rows } = await sql.query<{ status: StepStatus }>("select status from millrace.step where id = $1", [
    stepId,
  ]);
  return rows[0]?.status ?? null;
}

/** The attempts that run now, wherever: what they have staged is theirs. */
export async function runningAttempts(sql: Sql): Promise<{ stepId: string; attempt: number }[]> {
  const { rows } = await sql.query<{ id: string; attempt: number }>(
    "select id, attempt from millrace.step where status = 'running'",
  );
  return rows.map(({ id, attempt }) => ({ stepId: id, attempt }));
}

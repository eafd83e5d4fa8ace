import type { AssetKey } from "../model/assetKey.ts";
import type { DbtRunOptions, DbtTest } from "../model/dbtNode.ts";
import type { RunError } from "../model/run.ts";
import type { Sql } from "./database.ts";
import { recordOutside } from "./outside.ts";
import { type RecordedCheck, recordChecks } from "./publish.ts";

/** What dbt was asked to make, as it is known before dbt begins. */
export interface DbtInvocation {
  readonly id: string;
  readonly runId: string;
  readonly host: string;
  /** Where its account lies, absolute on its host. */
  readonly folder: string;
  readonly since: string;
  readonly steps: readonly DbtInvocationStep[];
}

export interface DbtInvocationStep {
  readonly step: string;
  readonly asset: AssetKey;
  readonly uniqueId: string;
  readonly codeVersion: string | null;
  readonly inputs: readonly AssetKey[];
  readonly partitions: readonly { readonly key: string; readonly position: number }[] | null;
  /** The tests that it waits for. */
  readonly tests: readonly DbtTest[];
}

/** What a run asks of dbt beside its models. */
export async function dbtOptionsOfRun(sql: Sql, runId: string): Promise<DbtRunOptions> {
  const { rows } = await sql.query<{ options: DbtRunOptions | null }>(
    "select dbt_options as options from millrace.run where id = $1",
    [runId],
  );
  return rows[0]?.options ?? {};
}

/** What the run was asked to make, as it was written. */
export async function selectionOfRun(sql: Sql, runId: string): Promise<string> {
  const { rows } = await sql.query<{ selection: string | null }>(
    "select selection from millrace.run where id = $1",
    [runId],
  );
  return rows[0]?.selection ?? "";
}

/** The target that the runs of an environment have named last; null when none has named any. */
export async function targetOfEnvironment(sql: Sql, environment: string): Promise<string | null> {
  const { rows } = await sql.query<{ target: string }>(
    `select dbt_options->>'target' as target from millrace.run
     where environment = $1 and dbt_options ? 'target' order by id desc limit 1`,
    [environment],
  );
  return rows[0]?.target ?? null;
}

/** Before dbt begins, and before any of its steps does. */
export async function recordInvocation(sql: Sql, it: DbtInvocation): Promise<void> {
  await sql.query(
    "insert into millrace.dbt_invocation (id, run_id, host, folder, since, steps) values ($1, $2, $3, $4, $5, $6)",
    [it.id, it.runId, it.host, it.folder, it.since, JSON.stringify(it.steps)],
  );
}

/** The invocations of a run whose steps have not all ended. */
export async function openInvocations(sql: Sql, runId: string): Promise<DbtInvocation[]> {
  const { rows } = await sql.query<DbtInvocation & Record<string, unknown>>(
    `select id, run_id as "runId", host, folder, since, steps from millrace.dbt_invocation as invocation
     where run_id = $1 and exists (
       select from jsonb_to_recordset(steps) as made(step bigint) join millrace.step on step.id = made.step
       where status in ('running', 'queued'))`,
    [runId],
  );
  return rows;
}

/** What was found out of a step whose engine is gone. */
export type FoundEnd =
  | {
      readonly status: "succeeded" | "failed";
      readonly made: DbtInvocationStep & {
        readonly since: string;
        readonly rows: number | null;
        readonly durationMs: number;
        readonly metadata: Readonly<Record<string, unknown>>;
      };
      readonly checks: readonly RecordedCheck[];
      readonly error: RunError | null;
    }
  | { readonly status: "failed" | "unknown" | "skipped"; readonly error: RunError; readonly made?: never };

/**
 * Within a take-over: writes down how a step of dbt ended, unless it has ended already. Only what never began counts
 * as lost, so that nothing else is repeated by itself.
 */
export async function endFoundStep(sql: Sql, runId: string, stepId: string, end: FoundEnd): Promise<void> {
  const { rows } = await sql.query<{ attempt: number; isRecorded: boolean }>(
    `update millrace.step set status = 'running', attempt = attempt + 1, started_at = coalesce(started_at, now())
     where id = $1 and status in ('running', 'queued') returning attempt,
       exists (select from millrace.materialization where step_id = step.id) as "isRecorded"`,
    [stepId],
  );
  const [step] = rows;
  if (step === undefined) return;
  if (end.made) {
    const { since, step: id, asset, partitions, ...made } = end.made;
    if (!step.isRecorded) {
      const watermark = made.inputs.length > 0 ? since : null;
      await recordOutside(sql, { ...made, stepId: id, attempt: step.attempt, asset, partitions, watermark });
    }
    if (end.checks.length > 0) {
      const slice = partitions && { keys: partitions.map(it => it.key) };
      await recordChecks(sql, { runId, asset, slice, checks: end.checks });
    }
  }
  await sql.query(
    `update millrace.step set status = $2, error = $3, reason = case when $2 = 'skipped' then $4 end,
       ended_at = now(), lost = case when $2 = 'skipped' then 'engine' end
     where id = $1`,
    [
      stepId,
      end.status,
      end.status === "skipped" || end.error === null ? null : JSON.stringify(end.error),
      end.error?.message ?? null,
    ],
  );
}

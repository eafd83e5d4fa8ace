import type { AssetKey } from "../model/assetKey.ts";
import type { DbtRunOptions } from "../model/dbtNode.ts";
import type { Plan, PlanStep } from "../model/plan.ts";
import type { RunError, RunFilter, RunStatus, RunSummary, StepStatus, StepSummary } from "../model/run.ts";
import { channel, type Database, queryPrepared, type Sql } from "./database.ts";
import { overlaps } from "./overlap.ts";

export interface RunRequest {
  environment: string;
  digest: string;
  selection: string;
  requestedBy: string;
  priority: number;
  /** Epoch milliseconds: which partitions exist was decided at this instant. */
  evaluatedAt: number;
  /** By a sensor, a schedule or a condition: nobody watches it, and what its engine loses is requested again. */
  automated?: boolean;
  dbt?: DbtRunOptions;
  plan: Plan;
}

/** Writes a queued run with its steps; the coordinator decides when it starts. */
export async function submitRun(database: Database, request: RunRequest): Promise<string> {
  return database.transaction(async sql => {
    const runId = await insertRun(sql, request);
    await sql.query("select pg_notify($1, $2)", [channel, "queued"]);
    return runId;
  });
}

/** The same within a transaction of the caller, who tells the coordinator. */
export async function insertRun(sql: Sql, request: RunRequest): Promise<string> {
  const { rows } = await queryPrepared<{ id: string }>(
    sql,
    "insert_run",
    `insert into millrace.run (environment, digest, selection, requested_by, priority, evaluated_at, automated)
     values ($1, $2, $3, $4, $5, to_timestamp($6 / 1000.0), $7) returning id`,
    [
      request.environment,
      request.digest,
      request.selection,
      request.requestedBy,
      request.priority,
      request.evaluatedAt,
      request.automated ?? false,
    ],
  );
  const runId = rows[0]?.id as string;
  if (request.dbt) {
    await sql.query("update millrace.run set dbt_options = $2 where id = $1", [
      runId,
      JSON.stringify(request.dbt),
    ]);
  }
  await insertSteps(
    sql,
    request.plan.steps.map((step, position) => ({ runId, position, step })),
  );
  return runId;
}

export async function insertSteps(
  sql: Sql,
  steps: readonly { runId: string; position: number; step: PlanStep }[],
): Promise<void> {
  await queryPrepared(
    sql,
    "insert_steps",
    `insert into millrace.step (run_id, position, asset, partitions, positions, definition, depends_on)
     select run_id, position, asset, keys, case when first is not null then int4range(first, last, '[]') end,
            definition, depends_on
     from jsonb_to_recordset($1) as it(run_id bigint, position int, asset text, keys text[], first int, last int,
                                       definition text, depends_on int[])`,
    [
      JSON.stringify(
        steps.map(({ runId, position, step: { assets, partitions, dependsOn } }) => ({
          run_id: runId,
          position,
          asset: assets[0],
          ...partitions,
          depends_on: dependsOn,
        })),
      ),
    ],
  );
}

export interface StepRow {
  id: string;
  /** Of its run. */
  environment: string;
  position: number;
  asset: AssetKey;
  partitions: string[] | null;
  positions: { definition: string; first: number; last: number; now: number } | null;
  /** Epoch milliseconds: which partitions exist was decided at this instant. */
  now: number;
  dependsOn: number[];
  status: StepStatus;
  attempt: number;
}

/** The steps of some runs in their order, by run. */
export async function stepsOfRuns(
  database: Database,
  runIds: readonly string[],
): Promise<Map<string, StepRow[]>> {
  type Row = StepRow & { runId: string } & Record<string, unknown>;
  const { rows } = await database.planOnce<Row>("steps_to_run", stepsToRun, [runIds]);
  const steps = new Map<string, StepRow[]>(runIds.map(id => [id, []]));
  for (const { runId, ...step } of rows) steps.get(runId)?.push(step);
  return steps;
}

const stepsToRun = `
  select run_id as "runId", step.id, environment, position, asset, partitions, depends_on as "dependsOn", step.status, attempt,
         round(extract(epoch from evaluated_at) * 1000)::float8 as now,
         case when positions is not null then
           jsonb_build_object('definition', definition, 'first', lower(positions), 'last', upper(positions) - 1,
                              'now', round(extract(epoch from evaluated_at) * 1000)) end as positions
  from millrace.step join millrace.run on run.id = run_id where run_id = any($1::bigint[])
  order by run_id, position`;

export async function stepsOfRun(database: Database, runId: string): Promise<StepRow[]> {
  return (await stepsOfRuns(database, [runId])).get(runId) ?? [];
}

/** So many steps fit into one answer; a run of thousands of partitions has as many. */
const mostSteps = 50_000;

/** The newest runs first, each with its steps; fewer than asked for when these have too many. */
export async function listRuns(
  sql: Sql,
  { limit, assets, statuses, partition, backfillId, environment }: RunFilter & { limit: number },
): Promise<RunSummary[]> {
  return summaries(
    sql,
    `select id from (
       select id, steps, sum(steps) over (order by id desc) as so_far from (
         select id, (select count(*) from millrace.step where run_id = run.id) as steps
         from millrace.run
         where ($2::text[] is null or status = any($2)) and ($3::bigint is null or backfill_id = $3)
           and ($4::text is null or environment = $4)
           and ($5::text[] is null and $6::text is null or exists (
             select from millrace.step
             where run_id = run.id and ($5::text[] is null or asset = any($5))
               and ($6::text is null or $6 = any(partitions) or exists (
                 select from unnest($7::text[], $8::int[]) as meant(of_definition, position)
                 where definition = of_definition and positions @> meant.position))))
         order by id desc limit $1
       ) as newest
     ) as counted where so_far - steps < ${mostSteps}`,
    [
      limit,
      statuses ?? null,
      backfillId ?? null,
      environment ?? null,
      assets ?? null,
      partition?.key ?? null,
      partition?.positions.map(it => it.definition) ?? [],
      partition?.positions.map(it => it.position) ?? [],
    ],
  );
}

/** Oldest first. */
export async function runsOfBackfill(sql: Sql, backfillId: string): Promise<RunSummary[]> {
  const newestFirst = await summaries(sql, "select id from millrace.run where backfill_id = $1", [
    backfillId,
  ]);
  return newestFirst.reverse();
}

export async function findRun(sql: Sql, runId: string): Promise<RunSummary | null> {
  if (!/^\d{1,18}$/.test(runId)) return null;
  return (await summaries(sql, "select $1::bigint as id", [runId]))[0] ?? null;
}

/** Why nobody can claim a run, if so. */
const nobody = `(
  select case
    when count(*) = 0
      then 'no living engine has these definitions loaded; start one in this workspace, or run it again'
    when backfill_id is not null
      and coalesce(sum(backfill_slots) filter (where beat_at > now() - interval '15 seconds'), 0) = 0
      then format('no living engine carries out backfills; start millrace daemon, or call millrace backfill resume %s',
                  backfill_id) end
  from millrace.engine where run.digest = any(digests))`;

/** Why a queued run waits, found when somebody asks: it changes with every run that ends. */
const waitReason = `coalesce(
  (select format('waits for run %s, which writes %s', run_id, asset)
   from (${overlaps("run.id", "run.environment")} order by claim.run_id limit 1) as owner),
  (select format('backfill %s is %s', backfill_id, backfill.status) from millrace.backfill
   where backfill.id = backfill_id and backfill.status <> 'running'),
  (select format('waits until fewer than %s runs go on', run_limit) from millrace.coordinator
   where run_limit <= (select count(*) from millrace.run as other
                       where other.status in ('dispatched', 'running', 'canceling'))),
  (select 'waits until the engine is given up that coordinated and stopped answering'
   from millrace.coordinator join millrace.engine on engine.id = coordinator.engine
   where expires_at > now() and beat_at < now() - interval '6 seconds'),
  ${nobody},
  (select format('waits until fewer than %s runs of backfill %s go on', max_parallel, id) from millrace.backfill
   where backfill.id = backfill_id and max_parallel <= (${goingOn("other.backfill_id = backfill.id")})),
  (select 'waits for a place: its engines have as many runs of backfills as they take' from millrace.engine
   where backfill_id is not null and run.digest = any(digests)
   having 2 * sum(backfill_slots) <= (${goingOn("other.digest = run.digest and other.backfill_id is not null")})))`;

function goingOn(which: string): string {
  return `select count(*) from millrace.run as other
          where ${which} and other.status in ('dispatched', 'running', 'canceling')`;
}

interface RunRow extends Record<string, unknown> {
  id: string;
  status: RunStatus;
  environment: string;
  selection: string;
  requested_by: string;
  backfill_id: string | null;
  created_at: Date;
  started_at: Date | null;
  ended_at: Date | null;
  reason: string | null;
  error: RunError | null;
  dbt_options: DbtRunOptions | null;
}

interface StepSummaryRow extends Record<string, unknown> {
  id: string;
  run_id: string;
  asset: AssetKey;
  partitions: string[] | null;
  partition_count: number | null;
  status: StepStatus;
  rows: string | null;
  started_at: Date | null;
  ended_at: Date | null;
  reason: string | null;
  error: RunError | null;
}

async function summaries(sql: Sql, ids: string, values: unknown[]): Promise<RunSummary[]> {
  const runs = await sql.query<RunRow>(
    `select id, status, environment, selection, requested_by, backfill_id, created_at, started_at, ended_at, error,
            dbt_options, case status when 'queued' then ${waitReason} when 'dispatched' then ${nobody} end as reason
     from millrace.run where id in (${ids}) order by id desc`,
    values,
  );
  const steps = await queryPrepared<StepSummaryRow>(
    sql,
    "steps_of_runs",
    `select id, run_id, asset, partitions, upper(positions) - lower(positions) as partition_count,
            status, rows, started_at, ended_at, reason, error
     from millrace.step where run_id = any($1::bigint[]) order by run_id, position`,
    [runs.rows.map(run => run.id)],
  );
  const stepsByRun = new Map<string, StepSummary[]>(runs.rows.map(run => [run.id, []]));
  for (const step of steps.rows) stepsByRun.get(step.run_id)?.push(summarizeStep(step));
  return runs.rows.map(run => summarizeRun(run, stepsByRun.get(run.id) ?? []));
}

function summarizeRun(row: RunRow, steps: StepSummary[]): RunSummary {
  return {
    id: row.id,
    status: row.status,
    environment: row.environment,
    selection: row.selection,
    requestedBy: row.requested_by,
    backfillId: row.backfill_id,
    createdAt: row.created_at.toISOString(),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    steps,
    reason: row.reason,
    error: row.error,
    ...(row.dbt_options ? { dbt: row.dbt_options } : {}),
  };
}

function summarizeStep(row: StepSummaryRow): StepSummary {
  return {
    id: row.id,
    assets: [row.asset],
    partitions: row.partitions,
    ...(row.partition_count === null ? {} : { partitionCount: row.partition_count }),
    status: row.status,
    rows: row.rows === null ? null : Number(row.rows),
    startedAt: row.started_at?.toISOString() ?? null,
    endedAt: row.ended_at?.toISOString() ?? null,
    durationMs: row.started_at && row.ended_at ? row.ended_at.getTime() - row.started_at.getTime() : null,
    error: row.error,
    reason: row.reason,
  };
}

export async function findRuns(sql: Sql, runIds: readonly string[]): Promise<RunSummary[]> {
  return summaries(sql, "select unnest($1::bigint[])", [runIds]);
}

/** Tells every engine that runs have changed, so that editors on other machines show them. */
export async function announceRuns(sql: Sql, runIds: readonly string[]): Promise<void> {
  await sql.query("select pg_notify($1, 'run ' || id) from unnest($2::text[]) as id", [channel, runIds]);
}

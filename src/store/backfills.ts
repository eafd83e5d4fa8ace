import type { AssetKey } from "../model/assetKey.ts";
import type { BackfillStatus } from "../model/backfillState.ts";
import type { DbtRunOptions } from "../model/dbtNode.ts";
import type { KeptKeys } from "../model/keptKeys.ts";
import type { PlanStep } from "../model/plan.ts";
import { channel, type Database, queryPrepared, type Sql } from "./database.ts";
import { insertSteps } from "./runs.ts";

/** A range of positions; the second is not included. */
export interface PositionRange {
  from: number;
  to: number;
}

export interface BackfillTargetRow {
  asset: AssetKey;
  /** `partitionsId` of the definition that the positions count in; null for an asset without partitions. */
  definition: string | null;
  ranges: readonly PositionRange[];
}

export interface NewBackfill {
  environment: string;
  digest: string;
  selection: string;
  /** In words. */
  partitions: string;
  requestedBy: string;
  maxParallel: number | null;
  /** Epoch milliseconds: which partitions exist was decided at this instant. */
  evaluatedAt: number;
  dbt?: DbtRunOptions;
  targets: readonly BackfillTargetRow[];
  /** Of dynamic partitions in which the targets count. */
  keptKeys: KeptKeys;
}

/** Runs of a backfill stand behind whatever a person asks for. */
export const backfillPriority = -10;

export async function createBackfill(database: Database, backfill: NewBackfill): Promise<string> {
  return database.transaction(async sql => {
    const { rows } = await sql.query<{ id: string }>(
      `insert into millrace.backfill (environment, digest, selection, partitions, requested_by, max_parallel, evaluated_at,
                                      dbt_options, dynamic_keys)
       values ($1, $2, $3, $4, $5, $6, to_timestamp($7 / 1000.0), $8, $9) returning id`,
      [
        backfill.environment,
        backfill.digest,
        backfill.selection,
        backfill.partitions,
        backfill.requestedBy,
        backfill.maxParallel,
        backfill.evaluatedAt,
        backfill.dbt ? JSON.stringify(backfill.dbt) : null,
        JSON.stringify(backfill.keptKeys),
      ],
    );
    const id = rows[0]?.id as string;
    await sql.query(
      `insert into millrace.backfill_target (backfill_id, asset, definition, positions)
       select $1, * from unnest($2::text[], $3::text[], $4::int4multirange[])`,
      [
        id,
        backfill.targets.map(it => it.asset),
        backfill.targets.map(it => it.definition),
        backfill.targets.map(it => (it.definition === null ? null : multirange(it.ranges))),
      ],
    );
    await announceBackfill(sql, id);
    return id;
  });
}

/** What whoever drives a backfill has to know of it. */
export interface OpenBackfill {
  id: string;
  /** Each submission checks it: proof that nobody else drives meanwhile. */
  epoch: string;
  environment: string;
  digest: string;
  status: BackfillStatus;
  selection: string;
  maxParallel: number | null;
  evaluatedAt: number;
  dbt: DbtRunOptions | null;
  targets: BackfillTargetRow[];
  keptKeys: KeptKeys;
}

/**
 * Takes or renews the lease on open backfills: on those of these definitions, and on those whose definitions
 * no living engine has any more, for whoever finds out whether the present ones still fit.
 */
export async function driveBackfills(
  sql: Sql,
  engine: string,
  digests: readonly string[],
  leaseMs: number,
): Promise<OpenBackfill[]> {
  const { rows } = await sql.query<OpenBackfill & Record<string, unknown>>(
    `with held as (
       update millrace.backfill set driver = $1, driver_epoch = driver_epoch + (driver is distinct from $1)::int,
         driven_until = now() + make_interval(secs => $3 / 1000.0)
       where status in ('running', 'paused', 'canceling') and (driver = $1 or driven_until < now())
         and (digest = any($2) or not exists (select from millrace.engine where backfill.digest = any(digests)))
       returning *
     )
     select held.id, driver_epoch as epoch, environment, digest, status, selection, max_parallel as "maxParallel",
            round(extract(epoch from evaluated_at) * 1000)::float8 as "evaluatedAt", dbt_options as dbt,
            coalesce(dynamic_keys, '{}') as "keptKeys",
            (select jsonb_agg(jsonb_build_object('asset', asset, 'definition', definition, 'ranges', coalesce(
               (select jsonb_agg(jsonb_build_object('from', lower(range), 'to', upper(range)) order by range)
                from unnest(positions) as range), '[{"from": 0, "to": 1}]')))
             from millrace.backfill_target where backfill_id = held.id) as targets
     from held order by held.id`,
    [engine, digests, leaseMs],
  );
  return rows;
}

/** Leaves them to whoever comes next. */
export async function leaveBackfills(sql: Sql, engine: string, ids: readonly string[] | null): Promise<void> {
  await sql.query(
    `update millrace.backfill set driven_until = '-infinity', driver = null
     where driver = $1 and ($2::bigint[] is null or id = any($2))`,
    [engine, ids],
  );
  await sql.query("select pg_notify($1, 'backfill')", [channel]);
}

/** A step of one of its runs. */
export interface BackfillStepRow {
  runId: string;
  asset: AssetKey;
  from: number;
  to: number;
  status: "succeeded" | "failed" | "skipped" | "canceled" | "unknown" | "queued" | "running";
  /** It ended through no fault of its own: its engine stopped or died, or the worker under it did. */
  lost: "engine" | "worker" | null;
  runEnded: boolean;
  /** The run's failures were forgiven by a retry. */
  forgiven: boolean;
}

/** All steps of a backfill, oldest first. */
export async function backfillSteps(sql: Sql, backfillId: string): Promise<BackfillStepRow[]> {
  const { rows } = await sql.query<BackfillStepRow & Record<string, unknown>>(
    `${backfillStep} where backfill.id = $1 order by run.id, position`,
    [backfillId],
  );
  return rows;
}

/** The steps of those of some of its runs that have ended, oldest first. */
export async function endedBackfillSteps(
  database: Database,
  backfillId: string,
  runIds: readonly string[],
): Promise<BackfillStepRow[]> {
  const { rows } = await database.planOnce<BackfillStepRow & Record<string, unknown>>(
    "ended_backfill_steps",
    `${backfillStep} where backfill.id = $1 and run.id = any($2::bigint[]) and run.ended_at is not null
     order by run.id, position`,
    [backfillId, runIds],
  );
  return rows;
}

const backfillStep = `
  select run.id as "runId", asset, coalesce(lower(positions), 0) as from, coalesce(upper(positions), 1) as to,
         step.status, run.ended_at is not null as "runEnded", run.id <= forgiven_run as forgiven,
         -- An engine that stops cancels what it runs, without anybody having asked for it.
         coalesce(lost, case when step.status = 'canceled' and run.cancel_requested_at is null
                          then 'engine' end) as lost
  from millrace.backfill join millrace.run on run.backfill_id = backfill.id join millrace.step on run_id = run.id`;

/** Adds runs to a backfill, if this engine still drives it and it still runs; null otherwise. */
export async function submitBackfillRuns(
  database: Database,
  backfill: Pick<OpenBackfill, "id" | "epoch" | "environment" | "selection" | "evaluatedAt">,
  digest: string,
  runs: readonly { steps: readonly PlanStep[] }[],
): Promise<string[] | null> {
  return database.transaction(
    async sql => {
      const held = await sql.query(
        "select from millrace.backfill where id = $1 and driver_epoch = $2 and status = 'running' for update",
        [backfill.id, backfill.epoch],
      );
      if (held.rowCount === 0) return null;
      const { rows } = await queryPrepared<{ id: string }>(
        sql,
        "submit_backfill_runs",
        `insert into millrace.run (environment, digest, selection, requested_by, priority, evaluated_at, backfill_id,
                                   dbt_options)
         select $1, $2, $3, 'backfill ' || $4, ${backfillPriority}, to_timestamp($5 / 1000.0), $4::bigint,
                (select dbt_options from millrace.backfill where id = $4::bigint)
         from generate_series(1, $6) returning id`,
        [backfill.environment, digest, backfill.selection, backfill.id, backfill.evaluatedAt, runs.length],
      );
      const ids = rows.map(row => row.id).sort((a, b) => Number(a) - Number(b));
      await insertSteps(
        sql,
        runs.flatMap(({ steps }, at) =>
          steps.map((step, position) => ({ runId: ids[at] as string, position, step })),
        ),
      );
      await sql.query("select pg_notify($1, 'queued')", [channel]);
      return ids;
    },
    { planOnce: true },
  );
}

/** The present definitions take the place of those it was asked for with. */
export async function adoptBackfill(
  sql: Sql,
  { id, epoch }: Pick<OpenBackfill, "id" | "epoch">,
  digest: string,
): Promise<void> {
  await sql.query("update millrace.backfill set digest = $3 where id = $1 and driver_epoch = $2", [
    id,
    epoch,
    digest,
  ]);
}

export async function recordGivenUp(
  sql: Sql,
  backfillId: string,
  sets: readonly { asset: AssetKey; ranges: readonly PositionRange[] }[],
): Promise<void> {
  await sql.query(
    `update millrace.backfill_target set given_up = given.positions
     from unnest($2::text[], $3::int4multirange[]) as given(asset, positions)
     where backfill_id = $1 and backfill_target.asset = given.asset`,
    [backfillId, sets.map(it => it.asset), sets.map(it => multirange(it.ranges))],
  );
}

/** Ends it, if this engine still drives it. */
export async function endBackfill(
  sql: Sql,
  { id, epoch }: Pick<OpenBackfill, "id" | "epoch">,
  status: "succeeded" | "failed" | "canceled",
  error: { message: string } | null = null,
): Promise<void> {
  await sql.query(
    `update millrace.backfill set status = $3, error = $4, ended_at = now(), driver = null, driven_until = '-infinity'
     where id = $1 and driver_epoch = $2`,
    [
      id,
      epoch,
      status,
      error && JSON.stringify({ file: null, line: null, column: null, stack: null, ...error }),
    ],
  );
  await announceBackfill(sql, id);
}

/** From which states each verb leads to which. */
const verbs = {
  pause: { from: ["running"], to: "paused" },
  // Of one that runs, the engine may be gone: whoever resumes it is the next one.
  resume: { from: ["paused", "running"], to: "running" },
  // Whoever cancels once more goes on where the first one may have died.
  cancel: { from: ["running", "paused", "canceling"], to: "canceling" },
  retry: { from: ["failed", "canceled", "succeeded"], to: "running" },
} as const;

/**
 * Pauses, resumes, cancels or retries; answers the state that stood in the way, or null when it was done.
 * A retry forgives all failures so far: what was made stays made, the rest is requested again.
 */
export async function changeBackfill(
  sql: Sql,
  backfillId: string,
  verb: keyof typeof verbs,
): Promise<{ refusedIn: BackfillStatus | null } | null> {
  if (!/^\d{1,18}$/.test(backfillId)) return null;
  const { from, to } = verbs[verb];
  const { rows } = await sql.query<{ before: BackfillStatus; changed: boolean }>(
    `with present as (select id, status from millrace.backfill where id = $1 for update), changed as (
       update millrace.backfill set status = $3,
         ended_at = case when $3 in ('running', 'paused', 'canceling') then null else ended_at end,
         error = case when $4 then null else error end,
         forgiven_run = case when $4 then (select coalesce(max(id), 0) from millrace.run) else forgiven_run end
       from present where backfill.id = present.id and present.status = any($2) returning backfill.id
     )
     select present.status as before, exists (select from changed) as changed from present`,
    [backfillId, from, to, verb === "retry"],
  );
  const [row] = rows;
  if (row === undefined) return null;
  if (verb === "retry") {
    await sql.query("update millrace.backfill_target set given_up = null where backfill_id = $1", [
      backfillId,
    ]);
  }
  await announceBackfill(sql, backfillId);
  return { refusedIn: row.changed ? null : row.before };
}

/** Ends a canceled backfill whose runs have all ended, unless an engine drives it, which says so itself. */
export async function endCanceledBackfill(sql: Sql, backfillId: string): Promise<void> {
  await sql.query(
    `update millrace.backfill set status = 'canceled', ended_at = now(), driver = null, driven_until = '-infinity'
     where id = $1 and status = 'canceling' and driven_until < now()
       and not exists (select from millrace.run where backfill_id = $1 and ended_at is null)`,
    [backfillId],
  );
}

/** Its runs that have not ended: to be canceled with it. */
export async function openRunsOfBackfill(sql: Sql, backfillId: string): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    "select id from millrace.run where backfill_id = $1 and ended_at is null order by id desc",
    [backfillId],
  );
  return rows.map(row => row.id);
}

/** Tells every engine to look at it. */
export async function announceBackfill(sql: Sql, backfillId: string): Promise<void> {
  await sql.query("select pg_notify($1, $2)", [channel, `backfill ${backfillId}`]);
}

function multirange(ranges: readonly PositionRange[]): string {
  return `{${ranges.map(({ from, to }) => `[${from},${to})`).join(",")}}`;
}

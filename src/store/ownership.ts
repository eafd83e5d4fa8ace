import type { RunError } from "../model/run.ts";
import { channel, type Database, givenRows, queryPrepared, type Sql, withoutWaiting } from "./database.ts";
import { endFoundStep, type FoundEnd } from "./dbtInvocations.ts";
import type { Doorbell, Lane } from "./doorbell.ts";
import { requestRest } from "./runRest.ts";

export interface EngineRecord {
  id: string;
  name: string;
  host: string;
  pid: number;
  version: string;
  /** How many runs of backfills it may have. */
  backfillSlots: number;
}

export async function registerEngine(sql: Sql, engine: EngineRecord): Promise<void> {
  await sql.query(
    "insert into millrace.engine (id, name, host, pid, version, backfill_slots) values ($1, $2, $3, $4, $5, $6)",
    [engine.id, engine.name, engine.host, engine.pid, engine.version, engine.backfillSlots],
  );
}

/** Says how many runs of backfills this engine may have: so many, and as many again, are dispatched for it. */
export async function recordBackfillSlots(sql: Sql, engine: string, slots: number): Promise<void> {
  await sql.query("update millrace.engine set backfill_slots = $2 where id = $1", [engine, slots]);
}

/** Says which definitions this engine can run. */
export async function recordDigests(sql: Sql, engine: string, digests: readonly string[]): Promise<void> {
  await sql.query("update millrace.engine set digests = $2 where id = $1", [engine, digests]);
}

/** Of these definitions, the ones that runs not yet ended still need. */
export async function digestsInUse(sql: Sql, digests: readonly string[]): Promise<Set<string>> {
  const { rows } = await sql.query<{ digest: string }>(
    `select distinct digest from millrace.run
     where digest = any($1) and status in ('queued', 'dispatched', 'running', 'canceling')
     union select digest from millrace.backfill
     where digest = any($1) and status in ('running', 'paused', 'canceling')`,
    [digests],
  );
  return new Set(rows.map(row => row.digest));
}

export async function removeEngine(sql: Sql, engine: string): Promise<void> {
  await sql.query("delete from millrace.engine where id = $1", [engine]);
}

/** How many engines answer, by what they are: "daemon", "worker", "editor". */
export async function enginesByName(sql: Sql): Promise<Map<string, number>> {
  const { rows } = await sql.query<{ name: string; engines: number }>(
    `select name, count(*)::int as engines from millrace.engine
     where beat_at > now() - interval '1 minute' group by name`,
  );
  return new Map(rows.map(row => [row.name, row.engines]));
}

/** Those that are at work, the longest first. */
export async function livingEngines(sql: Sql): Promise<{ name: string; host: string; pid: number }[]> {
  const { rows } = await sql.query<{ name: string; host: string; pid: number }>(
    `select name, host, pid from millrace.engine
     where beat_at > now() - interval '15 seconds' order by started_at`,
  );
  return rows;
}

/** One beat for the engine and all its runs. */
export async function beat(sql: Sql, engine: string, leaseMs: number): Promise<void> {
  await sql.query(
    `with alive as (update millrace.engine set beat_at = now() where id = $1)
     update millrace.run_lease set expires_at = now() + make_interval(secs => $2 / 1000.0) where engine = $1`,
    [engine, leaseMs],
  );
}

/** Who claims runs, and how many it may have. */
export interface Claim {
  engine: string;
  digest: string;
  lane: Lane;
  limit: number;
  leaseMs: number;
  /** Looks for runs whose ring was lost as well: who heard it died before it could claim them. */
  unheard: boolean;
}

/** Claims the runs that the doorbell names, as far as they are still to be had; the ring ends with the claim. */
export async function claimRuns(database: Database, doorbell: Doorbell, claim: Claim): Promise<string[]> {
  const rings = await doorbell.answer(claim.digest, claim.lane, claim.limit);
  if (rings.length === 0 && !claim.unheard) return [];
  const claimed = await claimNamed(database, doorbell, claim, rings);
  // They were all canceled meanwhile: there may be others behind them.
  if (claimed.length === 0 && rings.length > 0) return claimRuns(database, doorbell, claim);
  return claimed;
}

async function claimNamed(
  database: Database,
  doorbell: Doorbell,
  claim: Claim,
  rings: readonly { runId: string; job: string }[],
): Promise<string[]> {
  return database.transaction(
    async sql => {
      const { rows } = await queryPrepared<{ run_id: string }>(
        sql,
        claim.unheard ? "claim_unheard_runs" : "claim_runs",
        `with named as (
           select id from millrace.run
           where status = 'dispatched' and (id = any($1::bigint[])${claim.unheard ? unheard : ""})
           order by id <> all($1::bigint[]), priority desc, id limit $4
           for update skip locked
         ), claimed as (
           update millrace.run set status = 'running', started_at = now()
           where id in (select id from named) returning id
         )
         insert into millrace.run_lease (run_id, engine, attempt, expires_at)
         select id, $2, 1, now() + make_interval(secs => $3 / 1000.0) from claimed returning run_id`,
        [
          rings.map(ring => ring.runId),
          claim.engine,
          claim.leaseMs,
          claim.limit,
          ...(claim.unheard ? [claim.digest, claim.lane === "back"] : []),
        ],
      );
      if (rings.length > 0) {
        await doorbell.done(
          sql,
          claim.digest,
          claim.lane,
          rings.map(ring => ring.job),
        );
      }
      return rows.map(row => row.run_id);
    },
    { planOnce: true },
  );
}

const unheard = `
  or digest = $5 and (priority < 0) = $6 and dispatched_at < now() - make_interval(secs => $3 / 1000.0)`;

/** Ends runs from their steps' ends, frees their slices, and wakes whoever waits for them. */
export async function endRuns(
  database: Database,
  engine: string,
  runs: readonly { runId: string; error: RunError | null }[],
): Promise<void> {
  await database.planOnce("close_runs", closingRuns, closed(runs, engine));
}

/**
 * Takes over what engines left behind that no longer answer: their steps fail, their runs end, slices are freed.
 * Of steps that were made outside, `findEnds` says by their ids what became of them.
 */
export async function takeOverLostRuns(
  database: Database,
  findEnds: (runId: string) => Promise<ReadonlyMap<string, FoundEnd>> = async () => new Map(),
): Promise<string[]> {
  const { rows: lost } = await database.query<{ run_id: string }>(
    `select run_id from millrace.run_lease where expires_at < now()`,
  );
  const ended: string[] = [];
  for (const { run_id: runId } of lost) {
    const ends = await findEnds(runId);
    await database.transaction(async sql => {
      const { rows } = await sql.query<{ host: string | null; pid: number | null; name: string | null }>(
        `with expired as (
           delete from millrace.run_lease where run_id = $1 and expires_at < now() returning engine
         )
         select engine.host, engine.pid, engine.name from expired left join millrace.engine on engine.id = expired.engine`,
        [runId],
      );
      const owner = rows[0];
      if (!owner) return;
      for (const [stepId, end] of ends) await endFoundStep(sql, runId, stepId, end);
      const who = owner.pid ? ` (${owner.name}, process ${owner.pid} on ${owner.host})` : "";
      const message = `The engine that ran this step${who} stopped answering, or lost its database. Nothing was published; materialize it again.`;
      const error: RunError = { message, file: null, line: null, column: null, stack: null };
      // The update waits for a publish that is about to commit, and then finds the step succeeded.
      const steps = await sql.query<{ worker: string | null }>(
        `update millrace.step set status = 'failed', attempt = attempt + 1, ended_at = now(), error = $2,
           lost = 'engine'
         where run_id = $1 and status = 'running' returning worker`,
        [runId, JSON.stringify(error)],
      );
      await endWorkerSessions(
        sql,
        steps.rows.map(step => step.worker).filter(it => it !== null),
      );
      await sql.query(
        `update millrace.step set status = 'skipped', reason = 'the engine stopped before this step', lost = 'engine'
         where run_id = $1 and status = 'queued'`,
        [runId],
      );
      await closeRun(sql, runId);
      await requestRest(sql, runId);
      ended.push(runId);
    });
  }
  await database.query(
    `delete from millrace.engine where beat_at < now() - interval '1 minute'
       and not exists (select from millrace.run_lease where engine = millrace.engine.id)`,
  );
  return ended;
}

/** The name under which a worker's connections are found, and ended when the worker is given up. */
export const workerSessionName = (worker: string) => `millrace worker ${worker}`;

/** A zombie could not pass the fence, but it could hold locks: its sessions are ended. */
async function endWorkerSessions(sql: Sql, workers: string[]): Promise<void> {
  await sql.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = any($1)", [
    workers.map(workerSessionName),
  ]);
}

async function closeRun(sql: Sql, runId: string): Promise<void> {
  await queryPrepared(sql, "close_runs", closingRuns, closed([{ runId, error: null }], null));
}

/** With an engine, only those on which its lease still stands. */
function closed(
  runs: readonly { runId: string; error: RunError | null }[],
  engine: string | null,
): unknown[] {
  return [JSON.stringify(runs.map(({ runId, error }) => ({ id: runId, error }))), engine, channel];
}

const closingRuns = `
  with given as ${givenRows("id bigint, error jsonb")}, released as (
    delete from millrace.run_lease using given where run_id = given.id and engine = $2 returning run_id
  ), ended as (
    update millrace.run set ended_at = now(), error = given.error, status = case
      when given.error is not null or has_failed then 'failed'
      when cancel_requested_at is not null and has_others then 'canceled'
      else 'succeeded' end
    from given, lateral (
      select bool_or(step.status in ('failed', 'unknown')) as has_failed,
              bool_or(step.status <> 'succeeded') as has_others
      from millrace.step where run_id = given.id
    ) as steps
    where run.id = given.id and ($2::uuid is null or given.id in (select run_id from released))
      and ${withoutWaiting}
    returning run.id
  ), freed as (
    delete from millrace.slice_claim where run_id in (select id from ended)
  ), left_slots as (
    delete from millrace.pool_slot where run_id in (select id from ended)
  )
  select pg_notify($3, concat_ws(' ', 'ended', $2::text)) from ended limit 1`;

/** A run that has not started ends at once; a running one is asked to, by its engine. */
export async function requestCancel(database: Database, runId: string): Promise<boolean> {
  return database.transaction(async sql => {
    const { rows } = await sql.query<{ status: string }>(
      `update millrace.run set cancel_requested_at = now(),
         status = case when status = 'running' then 'canceling' else status end
       where id = $1 and status in ('queued', 'dispatched', 'running') returning status`,
      [runId],
    );
    const status = rows[0]?.status;
    if (status === undefined) return false;
    if (status === "canceling") {
      await sql.query("select pg_notify($1, $2)", [channel, `cancel ${runId}`]);
    } else {
      await sql.query(
        "update millrace.step set status = 'canceled', ended_at = now() where run_id = $1 and status = 'queued'",
        [runId],
      );
      await closeRun(sql, runId);
    }
    return true;
  });
}

/** The runs that an engine owns by the state: more than it knows of when the server forgot that one has ended. */
export async function ownedRuns(sql: Sql, engine: string): Promise<string[]> {
  const { rows } = await sql.query<{ run_id: string }>(
    `select run_id from millrace.run_lease join millrace.run on run.id = run_id
     where engine = $1 and started_at < now() - interval '10 seconds'`,
    [engine],
  );
  return rows.map(row => row.run_id);
}

/** Gives up at once what an engine owns, or some of it: the next one that looks takes it over. */
export async function abandonRuns(
  sql: Sql,
  engine: string,
  runIds: readonly string[] | null = null,
): Promise<void> {
  await sql.query(
    `update millrace.run_lease set expires_at = now()
     where engine = $1 and ($2::bigint[] is null or run_id = any($2))`,
    [engine, runIds],
  );
  await sql.query("select pg_notify($1, $2)", [channel, "ended"]);
}

/** Which of this engine's runs somebody wants canceled. */
export async function cancelRequests(sql: Sql, engine: string): Promise<string[]> {
  const { rows } = await sql.query<{ id: string }>(
    `select run.id from millrace.run join millrace.run_lease on run_id = run.id
     where engine = $1 and status = 'canceling'`,
    [engine],
  );
  return rows.map(row => row.id);
}

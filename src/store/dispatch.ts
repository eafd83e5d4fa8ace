import { channel, type Database, queryPrepared, type Sql } from "./database.ts";
import { type Doorbell, type Lane, laneOf } from "./doorbell.ts";
import { overlaps } from "./overlap.ts";

/** Proof of being the coordinator, checked again by each of its writes. */
export interface Coordinator {
  engine: string;
  epoch: string;
}

/** Takes or renews the one coordinator's lease; null while a living engine holds it. */
export async function holdCoordinator(
  sql: Sql,
  engine: string,
  leaseMs: number,
  runLimit: number | null = null,
): Promise<Coordinator | null> {
  const { rows } = await queryPrepared<{ epoch: string }>(
    sql,
    "hold_coordinator",
    `update millrace.coordinator
     set engine = $1,
         epoch = epoch + (engine is distinct from $1)::int,
         expires_at = now() + make_interval(secs => $2 / 1000.0),
         run_limit = $3
     where engine = $1 or expires_at < now()
     returning epoch`,
    [engine, leaseMs, runLimit],
  );
  return rows[0] ? { engine, epoch: rows[0].epoch } : null;
}

/** Gives the lease back, so that the next engine need not wait for its end. */
export async function releaseCoordinator(sql: Sql, engine: string): Promise<void> {
  await sql.query(
    "update millrace.coordinator set expires_at = '-infinity', engine = null where engine = $1",
    [engine],
  );
}

/** Runs that one pass dispatches at the most: enough for every engine, few enough for a short transaction. */
const batch = 100;

export interface Dispatched {
  id: string;
  lane: Lane;
}

/**
 * Dispatches the queued runs whose slices are free, in order of priority and age, in one transaction.
 * A run that overlaps a claimed slice keeps waiting and holds up no other; why it waits is told to who reads it.
 */
export async function dispatchRuns(
  database: Database,
  doorbell: Doorbell,
  coordinator: Coordinator,
): Promise<Dispatched[]> {
  const candidates = (await database.planOnce<QueuedRun>("free_runs", freeRuns, [null])).rows;
  if (candidates.length === 0) return [];
  return database.transaction(
    async sql => {
      const ids = candidates.map(run => run.id);
      await lockWhatDecides(sql, ids);
      // What was free at a glance is looked at again under lock; of two that overlap, the first is taken.
      const runs = withinRoom(withoutOverlaps(await stillFree(sql, ids)), await backfillRoom(sql, ids));
      if (runs.length === 0) return [];
      await doorbell.ring(
        sql,
        runs.map(({ id, digest, priority }) => ({ runId: id, digest, priority })),
      );
      await take(
        sql,
        runs.map(run => run.id),
        coordinator,
      );
      return runs.map(({ id, priority }) => ({ id, lane: laneOf(priority) }));
    },
    { planOnce: true },
  );
}

/** The last word: each run was still queued, and this engine still coordinates; or nothing has happened. */
async function take(sql: Sql, ids: readonly string[], { engine, epoch }: Coordinator): Promise<void> {
  const { rows } = await queryPrepared<{ taken: number }>(
    sql,
    "take_runs",
    `with taken as (
       update millrace.run set status = 'dispatched', dispatched_at = now()
       where id = any($1::bigint[]) and status = 'queued'
         and exists (select from millrace.coordinator where engine = $2 and epoch = $3 for share)
       returning id, environment
     ), claimed as (
       insert into millrace.slice_claim (environment, asset, positions, definition, run_id)
       select environment, asset, positions, definition, run_id from taken join millrace.step on run_id = taken.id
     )
     select count(*)::int as taken, pg_notify($4, 'dispatched ' || $2::text) from taken`,
    [ids, engine, epoch, channel],
  );
  if (rows[0]?.taken === ids.length) return;
  throw new Superseded("Another engine coordinates now, or a run was canceled meanwhile.");
}

interface QueuedRun extends Record<string, unknown> {
  id: string;
  backfillId: string | null;
  environment: string;
  digest: string;
  priority: number;
  slices: { asset: string; definition: string | null; first: number | null; last: number | null }[];
}

async function stillFree(sql: Sql, ids: readonly string[]): Promise<QueuedRun[]> {
  return (await queryPrepared<QueuedRun>(sql, "free_runs", freeRuns, [ids])).rows;
}

/** Queued runs that a living engine can claim and whose slices nobody owns; all, or those with ids of $1. */
const freeRuns = `
  with active as materialized (
    select backfill_id, count(*) as runs from millrace.run
    where status in ('dispatched', 'running', 'canceling') and backfill_id is not null group by 1
  ), held_back as materialized (
    select backfill.id from millrace.backfill left join active on active.backfill_id = backfill.id
    where status <> 'running' and ended_at is null or runs >= max_parallel
  )
  select run.id, backfill_id as "backfillId", environment, digest, priority,
          (select jsonb_agg(jsonb_build_object('asset', asset, 'definition', definition,
                                              'first', lower(positions), 'last', upper(positions) - 1))
          from millrace.step where run_id = run.id) as slices
  from millrace.run
  where status = 'queued' and ($1::bigint[] is null or run.id = any($1))
    and exists (select from millrace.engine where run.digest = any(digests))
    and (backfill_id is null or backfill_id not in (select id from held_back))
    -- The offset keeps it a question about each run that waits; as a join it would read every step there was.
    and not exists (${overlaps("run.id", "run.environment")} offset 0)
  order by priority desc, run.id limit ${batch}`;

function withoutOverlaps(runs: readonly QueuedRun[]): QueuedRun[] {
  const owned = new Map<string, QueuedRun["slices"]>();
  return runs.filter(({ environment, slices }) => {
    const name = (asset: string) => `${environment} ${asset}`;
    const isFree = slices.every(slice => !owned.get(name(slice.asset))?.some(other => overlap(slice, other)));
    if (isFree) {
      for (const slice of slices)
        owned.set(name(slice.asset), [...(owned.get(name(slice.asset)) ?? []), slice]);
    }
    return isFree;
  });
}

interface Room extends Record<string, unknown> {
  /** Of all runs; null: no limit. */
  all: number | null;
  /** Of the engines that have these definitions loaded, twice: who ends one run finds the next one ready. */
  slots: { digest: string; free: number }[];
  backfills: { id: string; free: number | null }[];
}

/** How many runs may start now, and how many of those of backfills. */
async function backfillRoom(sql: Sql, ids: readonly string[]): Promise<Room> {
  const { rows } = await queryPrepared<Room>(
    sql,
    "backfill_room",
    `with wanted as (
       select distinct digest, backfill_id from millrace.run where id = any($1::bigint[]) and backfill_id is not null
     ), active as (
       select digest, backfill_id, count(*) as runs from millrace.run
       where status in ('dispatched', 'running', 'canceling') and backfill_id is not null group by 1, 2
     )
     select (select run_limit - (select count(*) from millrace.run
                                 where status in ('dispatched', 'running', 'canceling'))
             from millrace.coordinator)::int as "all",
            coalesce((select jsonb_agg(jsonb_build_object('digest', digest, 'free',
              (select 2 * coalesce(sum(backfill_slots), 0) from millrace.engine where it.digest = any(digests))
              - (select coalesce(sum(runs), 0) from active where active.digest = it.digest)))
              from (select distinct digest from wanted) as it), '[]') as slots,
            coalesce((select jsonb_agg(jsonb_build_object('id', backfill_id::text, 'free', max_parallel
              - (select coalesce(sum(runs), 0) from active where active.backfill_id = it.backfill_id)))
              from (select distinct backfill_id from wanted) as it join millrace.backfill on id = backfill_id), '[]')
              as backfills`,
    [ids],
  );
  return rows[0] as Room;
}

function withinRoom(runs: readonly QueuedRun[], room: Room): QueuedRun[] {
  const slots = new Map(room.slots.map(({ digest, free }) => [digest, free]));
  const shares = new Map(room.backfills.map(({ id, free }) => [id, free ?? Number.POSITIVE_INFINITY]));
  let all = room.all ?? Number.POSITIVE_INFINITY;
  return runs.filter(({ backfillId, digest }) => {
    if (all <= 0) return false;
    if (backfillId === null) {
      all--;
      return true;
    }
    const [slot, share] = [slots.get(digest) ?? 0, shares.get(backfillId) ?? 0];
    if (slot <= 0 || share <= 0) return false;
    all--;
    slots.set(digest, slot - 1);
    shares.set(backfillId, share - 1);
    return true;
  });
}

/** As `overlaps` says it in SQL. */
function overlap(a: QueuedRun["slices"][number], b: QueuedRun["slices"][number]): boolean {
  if (a.first === null || a.last === null || b.first === null || b.last === null) return true;
  return a.definition !== b.definition || (a.first <= b.last && b.first <= a.last);
}

/** The coordinator's lease went to another engine, or the run changed meanwhile. */
export class Superseded extends Error {
  override name = "Superseded";
}

/**
 * Assets, in one order for everybody, so that two coordinators in passing cannot block each other; and backfills:
 * whoever pauses one waits for this transaction, and then nothing more of it starts.
 */
async function lockWhatDecides(sql: Sql, runs: readonly string[]): Promise<void> {
  if (await lockKnown(sql, runs)) return;
  await queryPrepared(
    sql,
    "add_assets",
    `insert into millrace.asset (environment, key) ${assetsOfRuns} order by 1, 2 on conflict do nothing`,
    [runs],
  );
  await lockKnown(sql, runs);
}

const assetsOfRuns = `select distinct environment, asset from millrace.step join millrace.run on run.id = run_id
                      where run_id = any($1::bigint[])`;

/** Whether there was a row to lock for each asset. */
async function lockKnown(sql: Sql, runs: readonly string[]): Promise<boolean> {
  const { rows } = await queryPrepared<{ complete: boolean }>(
    sql,
    "lock_what_decides",
    `with wanted as (${assetsOfRuns}), assets as (
       select from millrace.asset where (environment, key) in (select environment, asset from wanted)
       order by environment, key for update
     ), backfills as (
       select from millrace.backfill where id in (select backfill_id from millrace.run where id = any($1::bigint[]))
       order by id for share
     )
     select (select count(*) from assets) = (select count(*) from wanted) as complete,
            (select count(*) from backfills) as backfills`,
    [runs],
  );
  return rows[0]?.complete === true;
}

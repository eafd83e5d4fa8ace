import { channel, type Database, type Sql } from "./database.ts";

/** A pool with so many slots: as many steps that name it run at once, on all engines together. */
export interface Pool {
  environment: string;
  name: string;
  slots: number;
}

/** Takes a slot for a step; when none is free, notes at the step what it waits for, and answers false. */
export async function takeSlot(
  database: Database,
  pool: Pool,
  step: { id: string; runId: string },
): Promise<boolean> {
  return database.transaction(async sql => {
    // Who asks at the same time waits, so that the last slot is given once.
    await sql.query(
      "select pg_advisory_xact_lock(hashtextextended('millrace pool ' || $1 || ' ' || $2, 0))",
      [pool.environment, pool.name],
    );
    const { rows } = await sql.query<{ taken: boolean; used: number }>(
      `with used as (
         select count(*)::int as slots from millrace.pool_slot where environment = $1 and pool = $2
       ), taken as (
         insert into millrace.pool_slot (environment, pool, step_id, run_id)
         select $1, $2, $4, $5 from used where slots < $3 returning step_id
       )
       select exists (select from taken) as taken, slots as used from used`,
      [pool.environment, pool.name, pool.slots, step.id, step.runId],
    );
    const { taken = false, used = 0 } = rows[0] ?? {};
    if (!taken) await noteWaiting(sql, pool, used, [step.id]);
    return taken;
  });
}

/** Notes at steps, as long as they have not begun, that they wait for a slot of a pool that has none. */
export async function noteWaiting(
  sql: Sql,
  { name, slots }: Pool,
  used: number,
  stepIds: readonly string[],
): Promise<void> {
  await sql.query(
    "update millrace.step set reason = $2 where id = any($1::bigint[]) and status = 'queued' and reason is distinct from $2",
    [stepIds, `waits for pool ${name} (${used} of ${slots} in use)`],
  );
}

/** Gives back what one step holds of one pool. */
export async function freeSlotOf(sql: Sql, stepId: string, pool: string): Promise<void> {
  await sql.query(
    `with freed as (delete from millrace.pool_slot where step_id = $1 and pool = $2 returning pool)
     select pg_notify($3, 'pool ' || pool) from freed`,
    [stepId, pool, channel],
  );
}

export async function freeSlot(sql: Sql, stepId: string): Promise<void> {
  await sql.query(
    `with freed as (delete from millrace.pool_slot where step_id = $1 returning pool)
     select pg_notify($2, 'pool ' || pool) from freed`,
    [stepId, channel],
  );
}

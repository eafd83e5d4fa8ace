import type { Sql } from "./database.ts";

const dropAtOnce = 2_000;

/**
 * Drops what is older than so many days, some thousand rows at a time: ticks, ended runs with their steps, rings
 * that nobody answered, and what is only kept to know it again. How assets stand, and what was materialized when,
 * stays.
 * A tick bears the time of the daemon that wrote it: it is old when it is so by the clock of the daemon, `now` in
 * epoch milliseconds, and by the database's.
 */
export async function dropOld(sql: Sql, environment: string, keepDays: number, now: number): Promise<void> {
  const old = "make_interval(days => $2)";
  await dropAll(
    sql,
    `delete from millrace.tick where id in (
       select id from millrace.tick where environment = $1 and started_at < least(now(), to_timestamp($3::float8 / 1000)) - ${old} limit $4)`,
    [environment, keepDays, now],
  );
  // How an asset stands is told by its last step, how a partition failed by that one; a backfill counts its runs.
  await dropAll(
    sql,
    `delete from millrace.run where id in (
       select id from millrace.run
       where environment = $1 and ended_at < now() - ${old}
         and not exists (select from millrace.backfill where backfill.id = run.backfill_id and ended_at is null)
         and not exists (select from millrace.step join millrace.asset_partition on failed_step = step.id
                         where step.run_id = run.id)
         and not exists (
           select from millrace.step where step.run_id = run.id and step.id = (
             select last.id from millrace.step as last join millrace.run as its on its.id = last.run_id
             where last.asset = step.asset and its.environment = $1 order by last.id desc limit 1))
       limit $3)`,
    [environment, keepDays],
  );
  await dropAll(
    sql,
    `delete from millrace.webhook_key where ctid = any(array(
       select ctid from millrace.webhook_key where environment = $1 and at < now() - ${old} limit $3))`,
    [environment, keepDays],
  );
  // The keys of schedules are instants: what is that old is never due again. Those of sensors stay for ever.
  await dropAll(
    sql,
    `delete from millrace.run_key where ctid = any(array(
       select ctid from millrace.run_key
       where environment = $1 and kind = 'schedule' and at < now() - ${old} limit $3))`,
    [environment, keepDays],
  );
  // A ring ends when its run is claimed; those whose engine died before that, or whose run was canceled, stay.
  await dropAll(
    sql,
    `delete from millrace_queue.job where (name, id) in (
       select name, id from millrace_queue.job where created_on < now() - make_interval(days => $1) limit $2)`,
    [keepDays],
  );
}

/** The last parameter of the statement is how many rows it drops at the most. */
async function dropAll(sql: Sql, statement: string, values: readonly unknown[]): Promise<void> {
  for (let dropped = dropAtOnce; dropped >= dropAtOnce; ) {
    dropped = (await sql.query(statement, [...values, dropAtOnce])).rowCount ?? 0;
  }
}

import { channel, queryPrepared, type Sql } from "./database.ts";

/** Proof of being the one that evaluates the automations of an environment, checked again by each of its writes. */
export interface AutomationLease {
  readonly engine: string;
  readonly environment: string;
  readonly epoch: string;
}

/** Said on the channel when the lease was taken or given back. */
export const leaderChanged = "leader";

/** Takes or renews the lease; null while a living engine holds it. The database's clock counts, never our own. */
export async function holdAutomationLease(
  sql: Sql,
  engine: string,
  environment: string,
  leaseMs: number,
): Promise<AutomationLease | null> {
  const { rows } = await queryPrepared<{ epoch: string }>(
    sql,
    "hold_automation_lease",
    `with holding as (
       insert into millrace.automation_lease as held (environment, engine, epoch, held_since, expires_at)
       values ($2, $1, 1, now(), now() + make_interval(secs => $3 / 1000.0))
       on conflict (environment) do update
       set engine = excluded.engine,
           epoch = held.epoch + (held.engine is distinct from excluded.engine)::int,
           held_since = case when held.engine is distinct from excluded.engine then now() else held.held_since end,
           expires_at = excluded.expires_at
       where held.engine = excluded.engine or held.expires_at < now()
       returning epoch, held_since = now() as is_new
     )
     select epoch, case when is_new then pg_notify($4, $5) end from holding`,
    [engine, environment, leaseMs, channel, leaderChanged],
  );
  return rows[0] ? { engine, environment, epoch: rows[0].epoch } : null;
}

/** Gives the lease back, so that the next engine need not wait for its end. */
export async function releaseAutomationLease(sql: Sql, engine: string): Promise<void> {
  await sql.query(
    `with released as (
       update millrace.automation_lease set expires_at = '-infinity', engine = null, held_since = null
       where engine = $1 returning environment
     )
     select pg_notify($2, $3) from released`,
    [engine, channel, leaderChanged],
  );
}

/**
 * The last statement of each transaction of automation: it fails unless the lease is still ours. Who is stopped
 * between this and its commit holds up the one that comes after it for a few seconds at the most.
 */
export async function requireAutomationLease(sql: Sql, lease: AutomationLease): Promise<void> {
  const { rows } = await queryPrepared(
    sql,
    "require_automation_lease",
    `select set_config('idle_in_transaction_session_timeout', '5s', true) from millrace.automation_lease
     where environment = $1 and engine = $2 and epoch = $3 for share`,
    [lease.environment, lease.engine, lease.epoch],
  );
  if (rows.length === 0) throw new AutomationSuperseded("Another engine evaluates the automations now.");
}

/** The lease went to another engine: nothing of the transaction was written. */
export class AutomationSuperseded extends Error {
  override name = "AutomationSuperseded";
}

/** Who evaluates the automations of an environment; null: nobody does. */
export async function automationLeader(
  sql: Sql,
  environment: string,
): Promise<{ engine: string; name: string; host: string; pid: number; since: string } | null> {
  const { rows } = await sql.query<{ engine: string; name: string; host: string; pid: number; since: Date }>(
    `select engine.id as engine, engine.name, engine.host, engine.pid, held_since as since
     from millrace.automation_lease join millrace.engine on engine.id = automation_lease.engine
     where environment = $1 and expires_at > now()`,
    [environment],
  );
  const [row] = rows;
  return row ? { ...row, since: row.since.toISOString() } : null;
}

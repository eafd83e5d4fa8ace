import { Client, Pool, type PoolClient } from "pg";

/** One connection, or a pool that lends one: what every question of this folder is asked on. */
export interface Sql {
  // biome-ignore lint/suspicious/noExplicitAny: rows are as typed as the question that names them.
  query<R extends Record<string, unknown> = any>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
}

/**
 * The same for a question that is asked often: PostgreSQL parses and plans it once for each connection.
 * The name stands for this text for ever.
 */
export function queryPrepared<R extends Record<string, unknown>>(
  sql: Sql,
  name: string,
  text: string,
  values: unknown[],
): Promise<{ rows: R[]; rowCount: number | null }> {
  return (sql.query as unknown as (query: object) => Promise<{ rows: R[]; rowCount: number | null }>).call(
    sql,
    {
      name,
      text,
      values,
    },
  );
}

/** Rows that come as JSON in $1, with these columns: PostgreSQL expects `mostGiven` of them. */
export const givenRows = (columns: string) =>
  `(select * from jsonb_to_recordset($1::jsonb) as it(${columns}) limit ${mostGiven})`;

/** So many rows a statement is given at the most. */
export const mostGiven = 16;

/**
 * In the condition of a statement that stands alone: its commit does not wait for the disk. A server that dies
 * within the next moment forgets it, as if it had not been said, and never what is committed after it.
 */
export const withoutWaiting = "set_config('synchronous_commit', 'off', true) is not null";

export interface TransactionOptions {
  /**
   * Its prepared questions are planned once for each connection, whatever their values, and by index, however small
   * the tables still are: for questions about few rows of what grows.
   */
  planOnce?: boolean;
}

export interface Database extends Sql {
  readonly url: string;
  transaction<T>(work: (sql: PoolClient) => Promise<T>, options?: TransactionOptions): Promise<T>;
  /** One prepared question in a transaction of its own that plans it once. */
  planOnce<R extends Record<string, unknown>>(
    name: string,
    text: string,
    values: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>;
  connect(): Promise<PoolClient>;
  /** Calls back for each notification on the one channel; reconnects by itself, and then calls `missed`. */
  listen(heard: (payload: string) => void, missed: () => void): Promise<() => Promise<void>>;
  close(): Promise<void>;
}

/** Everything that says "look again" goes through one channel; its payload is only a hint. */
export const channel = "millrace";

export interface DatabaseOptions {
  name: string;
  connections?: number;
  /** What is asked before the last answer has come is sent at once; then a connection takes no COPY and no cursor. */
  pipelined?: boolean;
}

/** At most `connections` at work and one at rest, so that an idle engine holds few. */
export function openDatabase(url: string, options: DatabaseOptions): Database {
  const { pipelined = false } = options;
  const config = {
    connectionString: url,
    application_name: options.name,
    keepAlive: true,
    keepAliveInitialDelayMillis: 10_000,
    connectionTimeoutMillis: 10_000,
  };
  const pool = new Pool({
    ...config,
    pipeline: pipelined,
    async onConnect(client) {
      await client.query(noticeDeadClients);
    },
    max: options.connections ?? 8,
    min: 1,
    idleTimeoutMillis: 5_000,
    // Each connection keeps what it has prepared, also for definitions that are long gone.
    maxLifetimeSeconds: 3_600,
  });
  // A connection that breaks at rest is replaced by the pool; without a listener it would end the process.
  pool.on("error", () => {});

  return {
    url,
    query: ((text: string, values?: unknown[]) => pool.query(text, values)) as Sql["query"],
    transaction: (work, options) => transaction(pool, work, { ...options, pipelined }),
    planOnce: (name, text, values) =>
      pipelined
        ? askAtOnce(pool, sql => queryPrepared(sql, name, text, values))
        : transaction(pool, sql => queryPrepared(sql, name, text, values), { planOnce: true }),
    connect: () => pool.connect(),
    listen: (heard, missed) => listen(config, heard, missed),
    close: () => pool.end(),
  };
}

/**
 * A client that lost its network in the middle of a transaction cannot end it. The server looks after it, and within
 * half a minute lets go of what the transaction has locked, instead of after hours.
 */
const noticeDeadClients =
  "set tcp_keepalives_idle = 10; set tcp_keepalives_interval = 5; set tcp_keepalives_count = 3; set tcp_user_timeout = 25000";

const beginPlanningOnce =
  "begin; set local plan_cache_mode = force_generic_plan; set local enable_seqscan = off";

/** Runs `work` between begin and commit; any error rolls back, a broken connection is thrown away. */
export async function transaction<T>(
  pool: Pool,
  work: (sql: PoolClient) => Promise<T>,
  { planOnce = false, pipelined = false }: TransactionOptions & { pipelined?: boolean } = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  const onError = (error: Error) => {
    broken = error;
  };
  client.on("error", onError);
  try {
    const begun = client.query(planOnce ? beginPlanningOnce : "begin");
    if (!pipelined) await begun;
    // A connection that cannot begin answers nothing after it either.
    else begun.catch(() => {});
    const result = await work(client);
    await client.query("commit");
    return result;
  } catch (error) {
    await client.query("rollback").catch(failure => {
      broken = failure;
    });
    throw error;
  } finally {
    client.off("error", onError);
    client.release(broken);
  }
}

/** The question between begin and commit, without waiting for either: should it fail, the commit is a rollback. */
async function askAtOnce<T>(pool: Pool, ask: (sql: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  const onError = () => {};
  client.on("error", onError);
  const [begun, answer, ended] = await Promise.allSettled([
    client.query(beginPlanningOnce),
    ask(client),
    client.query("commit"),
  ]);
  client.off("error", onError);
  const broken = [begun, ended].find(it => it.status === "rejected")?.reason as Error | undefined;
  client.release(broken);
  if (answer.status === "rejected") throw answer.reason;
  if (broken) throw broken;
  return answer.value;
}

async function listen(
  config: ConstructorParameters<typeof Client>[0],
  heard: (payload: string) => void,
  missed: () => void,
): Promise<() => Promise<void>> {
  let client = await subscribe();
  let closed = false;

  return async () => {
    closed = true;
    await client.end().catch(() => {});
  };

  async function subscribe() {
    const subscriber = new Client(config);
    subscriber.on("notification", message => heard(message.payload ?? ""));
    subscriber.on("error", () => {});
    await subscriber.connect();
    await subscriber.query(`listen ${channel}`);
    // Only now: one that never got so far ends too, and whoever tried it tries again.
    subscriber.on("end", () => void reconnect());
    return subscriber;
  }

  async function reconnect() {
    for (let wait = 100; !closed; wait = Math.min(wait * 2, 5_000)) {
      await new Promise(resolve => setTimeout(resolve, wait));
      try {
        client = await subscribe();
        if (closed) await client.end();
        else missed();
        return;
      } catch {
        // The database is away; the next round asks again.
      }
    }
  }
}

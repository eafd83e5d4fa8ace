import type { PoolClient } from "pg";
import type { Database, Sql } from "./database.ts";

/** The connections one step uses, so that canceling the step cancels whatever they are doing. */
export interface StepConnections {
  connect<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T>;
  /** The step's database with connections that `cancel` knows. */
  database: Database;
  /** The server went away under the step: whatever it ended with, it may end otherwise another time. */
  wasLost(): boolean;
}

/**
 * Lends connections for one step; when `signal` aborts, their running statements are canceled in PostgreSQL.
 * What a canceled step leaves is cleared away by a connection too, so only a transaction is refused then.
 */
export function stepConnections(database: Database, signal: AbortSignal): StepConnections {
  const lent = new Set<number>();
  let isLost = false;
  const lose = () => {
    isLost = true;
  };
  signal.addEventListener("abort", () => void cancel(), { once: true });

  async function connect<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    const client = await noticing(database.connect());
    return lend(client, work);
  }

  async function transaction<T>(work: (client: PoolClient) => Promise<T>): Promise<T> {
    let isConnected = false;
    try {
      return await database.transaction(async client => {
        isConnected = true;
        const pid = processId(client);
        client.on("error", lose);
        lent.add(pid);
        try {
          signal.throwIfAborted();
          return await work(client);
        } finally {
          lent.delete(pid);
          client.off("error", lose);
        }
      });
    } catch (error) {
      if (!isConnected || isOutage(error)) lose();
      throw error;
    }
  }

  const query = ((text: string, values?: unknown[]) =>
    noticing(database.query(text, values))) as Sql["query"];
  return { connect, transaction, database: { ...database, query, transaction }, wasLost: () => isLost };

  async function noticing<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (isOutage(error)) lose();
      throw error;
    }
  }

  async function lend<T>(client: PoolClient, work: (client: PoolClient) => Promise<T>): Promise<T> {
    const pid = processId(client);
    let broken: Error | undefined;
    const onError = (error: Error) => {
      broken = error;
      lose();
    };
    client.on("error", onError);
    lent.add(pid);
    try {
      return await work(client);
    } catch (error) {
      // A session left inside a transaction or a COPY must not go back to the pool.
      broken ??= error as Error;
      if (isOutage(error)) lose();
      throw error;
    } finally {
      lent.delete(pid);
      client.off("error", onError);
      client.release(broken);
    }
  }

  async function cancel() {
    if (lent.size === 0) return;
    await database
      .query("select pg_cancel_backend(pid) from unnest($1::int[]) as pid", [[...lent]])
      .catch(() => {
        // The database is away: then nothing runs there either.
      });
  }
}

/** Said by the server that stops (57P01 to 57P03), that has no connection to spare, or not by the server at all. */
function isOutage(error: unknown): boolean {
  const { severity, code = "", cause } = error as { severity?: string; code?: string; cause?: unknown };
  if (cause instanceof Error && isOutage(cause)) return true;
  if (severity !== undefined) return code.startsWith("57P0") || code === "53300";
  return (
    /^E[A-Z]+$/.test(code) ||
    /Connection terminated|timeout exceeded when trying to connect/.test(String(error))
  );
}

function processId(client: PoolClient): number {
  return (client as unknown as { processID: number }).processID;
}

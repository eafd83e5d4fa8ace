import { createHash } from "node:crypto";
import { PgBoss } from "pg-boss";
import { type Database, queryPrepared, type Sql } from "./database.ts";

/** Rings when a dispatched run waits for an engine: the message names the run, our own rows are the truth. */
export interface Doorbell {
  /** Prepares the queue of the definitions with this digest. */
  open(digest: string): Promise<void>;
  /** Sends inside the caller's transaction, so that a dispatched run always has a ring and no other does. */
  ring(sql: Sql, rings: readonly { digest: string; runId: string; priority: number }[]): Promise<void>;
  /** Takes at most `limit` rings; each belongs to this caller alone. */
  answer(digest: string, lane: Lane, limit: number): Promise<{ runId: string; job: string }[]>;
  /** Ends rings in the transaction that claims their runs. */
  done(sql: Sql, digest: string, lane: Lane, jobs: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

/** What people ask for, and what goes on behind it: a queue each, for an engine may take only the one. */
export type Lane = "front" | "back";

export const laneOf = (priority: number): Lane => (priority < 0 ? "back" : "front");

const schema = "millrace_queue";

/** Only an engine that has loaded the definitions of a run may claim it, so each digest has its queues. */
const queueOf = (digest: string, lane: Lane) => (lane === "front" ? `run-${digest}` : `run-${digest}-back`);

export async function openDoorbell(database: Database): Promise<Doorbell> {
  const boss = new PgBoss({ ...quiet(database), migrate: false });
  boss.on("error", () => {});
  await boss.start();
  return {
    async open(digest) {
      for (const lane of ["front", "back"] as const) {
        await boss.createQueue(queueOf(digest, lane), { retryLimit: 0, deleteAfterSeconds: 3600 });
      }
    },
    async ring(sql, rings) {
      const queues = rings.map(it => queueOf(it.digest, laneOf(it.priority)));
      for (const queue of new Set(queues)) {
        const jobs = rings
          .filter((_, at) => queues[at] === queue)
          .map(({ runId, priority }) => ({ data: { runId }, priority, retryLimit: 0 }));
        await boss.insert(queue, jobs, { db: adapter(sql) });
      }
    },
    async answer(digest, lane, limit) {
      const jobs = await boss.fetch<{ runId: string }>(queueOf(digest, lane), { batchSize: limit });
      return jobs.map(job => ({ runId: job.data.runId, job: job.id }));
    },
    async done(sql, digest, lane, jobs) {
      // Not kept as completed: nobody asks for them again, and each would take as much room as its run.
      await boss.deleteJob(queueOf(digest, lane), [...jobs], { db: adapter(sql) });
    },
    close: () => boss.stop({ graceful: false, close: false }),
  };
}

/** Creates or updates the queue's own tables. */
export async function installQueue(database: Database): Promise<void> {
  const boss = new PgBoss({ ...quiet(database), migrate: true });
  boss.on("error", () => {});
  await boss.start();
  await boss.stop({ graceful: false, close: false });
}

/** Neither supervision nor schedules: what those loops do, the coordinator does for our own rows. */
function quiet(database: Sql) {
  return { db: adapter(database), schema, supervise: false, schedule: false };
}

/** The queue asks few questions, and these often: each is parsed and planned once for each connection. */
function adapter(sql: Sql) {
  return {
    executeSql: (text: string, values?: unknown[]) =>
      values && values.length > 0 ? queryPrepared(sql, nameOf(text), text, values) : sql.query(text, values),
  };
}

function nameOf(text: string): string {
  const name = names.get(text) ?? `queue ${createHash("sha256").update(text).digest("hex").slice(0, 16)}`;
  names.set(text, name);
  return name;
}

const names = new Map<string, string>();

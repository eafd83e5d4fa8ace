import { Query } from "pg";
import type { Database, StreamingSql } from "../../sdk/ioManager.ts";
import type { Row } from "../../sdk/row.ts";
import { columnTypes } from "./columnValue.ts";

/** How many rows are fetched at once when they are streamed. */
const batchSize = 1_000;

/** Runs one statement and answers all its rows, typed. A second statement behind a semicolon is refused. */
export function selectRows<R extends Row = Row>(
  sql: StreamingSql,
  text: string,
  values: unknown[] = [],
): Promise<R[]> {
  return new Promise((resolve, reject) => {
    const config = { text, values, types: columnTypes, queryMode: "extended" };
    sql.submit(
      new Query<R>(config, (error, result) => {
        if (error) reject(error);
        else resolve(result.rows);
      }),
    );
  });
}

/** The same row by row: a batch is fetched while the one before is worked on, so memory is bounded. */
export async function* streamRows(
  database: Database,
  { text, values = [] }: { text: string; values?: unknown[] },
  signal: AbortSignal,
): AsyncGenerator<Row, void, undefined> {
  const { sql, release } = await hold(database);
  try {
    await sql.query(`declare millrace_rows no scroll cursor for ${text}`, values);
    let next = fetchBatch(sql);
    for (;;) {
      const rows = await next;
      if (rows.length === 0) return;
      signal.throwIfAborted();
      next = fetchBatch(sql);
      // Whoever stops reading early does not hear of it.
      next.catch(() => {});
      yield* rows;
    }
  } finally {
    await release();
  }
}

function fetchBatch(sql: StreamingSql): Promise<Row[]> {
  return selectRows(sql, `fetch ${batchSize} from millrace_rows`);
}

/** A transaction that stays open until it is released. */
async function hold(database: Database): Promise<{ sql: StreamingSql; release(): Promise<void> }> {
  let end: () => void = () => {};
  const ended = new Promise<void>(resolve => {
    end = resolve;
  });
  let transaction: Promise<void> | undefined;
  const sql = await new Promise<StreamingSql>((resolve, reject) => {
    transaction = database.transaction(sql => {
      resolve(sql);
      return ended;
    });
    transaction.catch(reject);
  });
  return {
    sql,
    release: async () => {
      end();
      // What went wrong in it was thrown where it was asked.
      await transaction?.catch(() => {});
    },
  };
}

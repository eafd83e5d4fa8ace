import pg from "pg";
import { type PostgresTableOptions, postgresTable } from "../../src/integrations/postgres.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { parseAssetKey } from "../../src/model/assetKey.ts";
import type { CheckResult, SqlCheck } from "../../src/sdk/check.ts";
import type { Columns } from "../../src/sdk/columns.ts";
import type { Database, OutputContext, StreamingSql } from "../../src/sdk/ioManager.ts";
import type { Row } from "../../src/sdk/row.ts";
import type { Slice } from "../../src/sdk/slice.ts";
import { createTestDatabase } from "../support/database.ts";

/** A database in which outputs are stored as a step would, without the rest of a step. */
export interface Outputs {
  readonly url: string;
  readonly database: Database;
  query(text: string): Promise<Row[]>;
  context(key: string, more?: Partial<OutputContext>): OutputContext;
  /** Stages, publishes and commits; answers the results of the checks. */
  store(key: string, value: unknown, more?: StoreOptions): Promise<CheckResult[]>;
  load(key: string, options?: LoadOptions): Promise<Row[]>;
  stream(key: string, options?: LoadOptions): Promise<AsyncIterable<Row>>;
  close(): Promise<void>;
}

export interface LoadOptions extends PostgresTableOptions {
  slice?: Slice | null;
}

export interface StoreOptions extends LoadOptions {
  columns?: Columns;
  checks?: SqlCheck[];
  readBeforePublish?: boolean;
  signal?: AbortSignal;
}

export async function createOutputs(): Promise<Outputs> {
  const { url, drop } = await createTestDatabase();
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  pool.on("error", () => {});
  const database = databaseOver(pool);
  await pool.query("create table relation_owner (name text primary key, asset text not null)");
  let steps = 0;

  const outputs: Outputs = {
    url,
    database,
    query: async text => (await pool.query(text)).rows,
    context: (key, more = {}) => ({
      asset: assetKey(key),
      assetSchema: "assets",
      columns: null,
      slice: null,
      readBeforePublish: false,
      database,
      signal: new AbortController().signal,
      runId: "1",
      stepId: String(++steps),
      attempt: 1,
      ...more,
    }),
    async store(key, value, options = {}) {
      const {
        columns = null,
        slice = null,
        checks = [],
        readBeforePublish = false,
        signal,
        ...table
      } = options;
      const context = outputs.context(key, {
        columns,
        slice,
        readBeforePublish,
        ...(signal ? { signal } : {}),
      });
      const staged = await postgresTable(table).stage(context, value);
      try {
        return await database.transaction(sql => staged.publish(sql, checks));
      } finally {
        await staged.discard();
      }
    },
    load: async (key, { slice = null, ...table } = {}) =>
      (await postgresTable(table).load(input(key, false, slice))) as Row[],
    stream: async (key, { slice = null, ...table } = {}) =>
      (await postgresTable(table).load(input(key, true, slice))) as AsyncIterable<Row>,
    async close() {
      await pool.end();
      await drop();
    },
  };
  return outputs;

  function input(key: string, stream: boolean, slice: Slice | null) {
    return {
      asset: assetKey(key),
      relation: null,
      assetSchema: "assets",
      columns: null,
      slice,
      stream,
      database,
      signal: new AbortController().signal,
    };
  }
}

export function assetKey(text: string): AssetKey {
  const parsed = parseAssetKey(text);
  if ("error" in parsed) throw new Error(parsed.error);
  return parsed.key;
}

export async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

/** A SQL check with its defaults. */
export function sqlCheck(name: string, sql: string, more: Partial<SqlCheck> = {}): SqlCheck {
  return { kind: "sql", name, sql, blocking: false, severity: "error", description: null, ...more };
}

function databaseOver(pool: pg.Pool): Database {
  const connect: Database["connect"] = async work => {
    const client = await pool.connect();
    let broken = false;
    const onError = () => {
      broken = true;
    };
    client.on("error", onError);
    try {
      return await work(streaming(client));
    } catch (error) {
      // Whose backend was killed is told before the connection hears of it, and must not come back to the pool.
      broken = true;
      throw error;
    } finally {
      client.off("error", onError);
      client.release(broken);
    }
  };
  return {
    connect,
    transaction: work =>
      connect(async sql => {
        await sql.query("begin");
        try {
          const result = await work(sql);
          await sql.query("commit");
          return result;
        } catch (error) {
          await sql.query("rollback").catch(() => {});
          throw error;
        }
      }),
    async relationOwner(sql, { schema, table }) {
      const { rows } = await sql.query<{ asset: AssetKey }>(
        "select asset from relation_owner where name = $1",
        [JSON.stringify([schema, table])],
      );
      return rows[0]?.asset ?? null;
    },
    async recordRelation(sql, { schema, table }, asset) {
      await sql.query(
        "insert into relation_owner values ($1, $2) on conflict (name) do update set asset = $2",
        [JSON.stringify([schema, table]), asset],
      );
    },
  };
}

/** With the socket, so that a test can count what crosses it. */
function streaming(client: pg.PoolClient): StreamingSql & { socket: unknown } {
  return {
    socket: (client as unknown as { connection: { stream: unknown } }).connection.stream,
    query: (text, values) => client.query(text, values) as never,
    submit: submittable => client.query(submittable as never) as never,
  };
}

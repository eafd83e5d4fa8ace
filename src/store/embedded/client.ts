import pg from "pg";

/** The name of our own connections, which do not keep a server from stopping. */
export const launcherName = "millrace launcher";

/** One question to a server, over a connection of its own. */
export async function ask<Row extends pg.QueryResultRow>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 5_000,
    query_timeout: 30_000,
    application_name: launcherName,
  });
  // A server that dies at the wrong moment fails the query; it must not end this process.
  client.on("error", () => {});
  try {
    await client.connect();
    return (await client.query<Row>(sql)).rows;
  } finally {
    await client.end().catch(() => {});
  }
}

/** PostgreSQL's code of an error, or Node's. */
export function codeOf(error: unknown): string | undefined {
  return (error as { code?: string } | null)?.code;
}

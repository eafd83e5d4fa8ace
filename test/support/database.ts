import { randomBytes } from "node:crypto";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { startEmbedded } from "../../src/store/embedded/embedded.ts";

export interface TestDatabase {
  readonly url: string;
  drop(): Promise<void>;
}

/** A fresh database on a server that all tests of this machine's user share. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const address = await sharedServer();
  const name = `test_${Date.now()}_${randomBytes(4).toString("hex")}`;
  await administer(address, `create database ${name}`);
  const url = new URL(address);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    drop: async () => void (await administer(address, `drop database if exists ${name} with (force)`)),
  };
}

let server: Promise<string> | undefined;

function sharedServer() {
  server ??= startSharedServer().catch(error => {
    server = undefined;
    throw error;
  });
  return server;
}

async function startSharedServer() {
  const directory = join(tmpdir(), `millrace-test-pg-${process.getuid?.() ?? userInfo().username}`);
  const { url } = await startEmbedded({
    directory,
    idleMinutes: 5,
    // Nothing here has to survive a power cut.
    settings: { fsync: "off", synchronous_commit: "off", full_page_writes: "off", max_connections: "400" },
  });
  await dropForgotten(url);
  return url;
}

/** Whoever was killed has not dropped its databases. */
async function dropForgotten(address: string) {
  const rows = await administer(address, "select datname from pg_database where datname ~ '^test_\\d+_'");
  for (const { datname } of rows as { datname: string }[]) {
    const age = Date.now() - Number(datname.split("_")[1]);
    if (age > 3_600_000) await administer(address, `drop database if exists ${datname} with (force)`);
  }
}

async function administer(url: string, sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  try {
    await client.connect();
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

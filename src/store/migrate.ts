import { readdirSync, readFileSync } from "node:fs";
import type { Database, Sql } from "./database.ts";
import { installQueue } from "./doorbell.ts";

/** The state database, or its server, is of another age than this engine; `message` says which and what to do. */
export class SchemaMismatch extends Error {
  override name = "SchemaMismatch";
}

interface Migration {
  version: number;
  name: string;
  text: string;
}

/** It has multiranges, and looks after clients that are gone. */
const oldestServer = 14;

/** Any constant does; it keeps two starting engines from migrating at once. */
const migrationLock = 7_116_240_001;

/** Brings the state to this version. Forward only, safe when many start at once. */
export async function migrate(database: Database): Promise<{ applied: string[] }> {
  const wanted = migrations();
  if ((await stateVersion(database)) === latest(wanted)) return { applied: [] };
  await refuseOldServer(database);
  const guard = await database.connect();
  try {
    // The queue's tables are made by transactions of its own, so the lock belongs to a session around both.
    await guard.query("select pg_advisory_lock($1)", [migrationLock]);
    await installQueue(database);
    return { applied: await applyMissing(database, wanted) };
  } finally {
    await guard.query("select pg_advisory_unlock($1)", [migrationLock]).catch(() => {});
    guard.release();
  }
}

async function applyMissing(database: Database, wanted: Migration[]): Promise<string[]> {
  return database.transaction(async sql => {
    await sql.query("create schema if not exists millrace");
    await sql.query(
      "create table if not exists millrace.migration (version integer primary key, name text not null, applied_at timestamptz not null default now())",
    );
    const { rows } = await sql.query<{ version: number }>("select version from millrace.migration");
    const done = new Set(rows.map(row => row.version));
    const missing = wanted.filter(it => !done.has(it.version));
    for (const { version, name, text } of missing) {
      await sql.query(text);
      await sql.query("insert into millrace.migration (version, name) values ($1, $2)", [version, name]);
    }
    return missing.map(it => it.name);
  });
}

/** Rejects with `SchemaMismatch` unless this engine and the state are of the same version. */
export async function checkVersion(database: Sql): Promise<void> {
  const [found, wanted] = [await stateVersion(database), latest(migrations())];
  if (found === null) {
    await refuseOldServer(database);
    throw new SchemaMismatch('The database has no Millrace state yet. Run "millrace db migrate" once.');
  }
  if (found < wanted) {
    throw new SchemaMismatch(
      `The state in the database is version ${found}, this engine needs ${wanted}. Run "millrace db migrate".`,
    );
  }
  if (found > wanted) {
    throw new SchemaMismatch(
      `The state in the database is version ${found}, this engine knows ${wanted}. Update the millrace package.`,
    );
  }
}

/** The version of the server, such as "16.14". */
export async function serverVersion(sql: Sql): Promise<string> {
  const { rows } = await sql.query<{ server_version: string }>("show server_version");
  return rows[0]?.server_version ?? "";
}

/** Only where there is no state yet: an older server cannot hold one. */
async function refuseOldServer(sql: Sql): Promise<void> {
  const version = await serverVersion(sql);
  if (Number.parseInt(version, 10) >= oldestServer) return;
  throw new SchemaMismatch(
    `The server is PostgreSQL ${version}, and Millrace needs ${oldestServer} or newer. Name another server, or none to use the embedded one.`,
  );
}

async function stateVersion(sql: Sql): Promise<number | null> {
  try {
    const { rows } = await sql.query<{ version: number | null }>(
      "select max(version) as version from millrace.migration",
    );
    return rows[0]?.version ?? null;
  } catch (error) {
    // 42P01: no such table; 3F000: no such schema.
    if (["42P01", "3F000"].includes((error as { code?: string }).code ?? "")) return null;
    throw error;
  }
}

function latest(all: Migration[]): number {
  return all.at(-1)?.version ?? 0;
}

/** The numbered files beside this module, in the sources as in the bundle. */
function migrations(): Migration[] {
  const folder = new URL("./migrations/", import.meta.url);
  return readdirSync(folder)
    .filter(file => /^\d{4}-.*\.sql$/.test(file))
    .sort()
    .map(file => ({
      version: Number(file.slice(0, 4)),
      name: file.replace(/\.sql$/, ""),
      text: readFileSync(new URL(file, folder), "utf8"),
    }));
}

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetState } from "../model/assetState.ts";
import type { DatabaseStatus } from "../protocol/engine.ts";
import { type Database, openDatabase } from "../store/database.ts";
import { withoutPassword } from "../store/embedded/address.ts";
import {
  embeddedStatus,
  startEmbedded,
  stopEmbedded,
  whyEmbeddedIsAway,
} from "../store/embedded/embedded.ts";
import { checkVersion, migrate, serverVersion } from "../store/migrate.ts";
import { livingEngines } from "../store/ownership.ts";
import { assetStates } from "../store/states.ts";
import { withFailedChecks } from "./checkStates.ts";
import { type Configuration, ConfigurationError } from "./configuration.ts";
import type { EmbeddedCare } from "./databaseWatch.ts";

export const embeddedFolder = (root: string) => join(root, ".millrace");

/** Opens the state database: the one a URL names, else the embedded one, started when it does not run. */
export async function openState(
  configuration: Configuration,
  options: { name: string; signal?: AbortSignal; progress?: (message: string) => void },
): Promise<Database> {
  const url = await stateUrl(configuration, options);
  const database = openDatabase(url, { name: `millrace ${options.name}`, pipelined: true });
  try {
    // A shared database is migrated on purpose only: by "millrace db migrate" or the daemon.
    if (configuration.databaseUrl.value === null) await migrate(database);
    else await checkVersion(database);
    return database;
  } catch (error) {
    await database.close();
    throw explain(error, configuration);
  }
}

export async function migrateState(configuration: Configuration): Promise<{ applied: string[] }> {
  const database = openDatabase(await stateUrl(configuration, {}), {
    name: "millrace migrate",
  });
  try {
    return await migrate(database);
  } catch (error) {
    throw explain(error, configuration);
  } finally {
    await database.close();
  }
}

async function stateUrl(
  { root, databaseUrl }: Configuration,
  options: { signal?: AbortSignal; progress?: (message: string) => void },
): Promise<string> {
  if (databaseUrl.value !== null) return databaseUrl.value;
  const { url } = await startEmbedded({
    directory: embeddedFolder(root),
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.progress ? { onProgress: options.progress } : {}),
  });
  return url;
}

/** What an engine may do when its database is away; null: it is somebody else's. */
export function careForState({ root, databaseUrl }: Configuration): EmbeddedCare | null {
  if (databaseUrl.value !== null) return null;
  const directory = embeddedFolder(root);
  return { whyAway: () => whyEmbeddedIsAway(directory), start: () => startEmbedded({ directory }) };
}

export async function databaseStatus(configuration: Configuration): Promise<DatabaseStatus> {
  const { root, databaseUrl } = configuration;
  if (databaseUrl.value === null) {
    const { state, url, version } = await embeddedStatus(embeddedFolder(root));
    return {
      kind: "embedded",
      state,
      url: url && withoutPassword(url),
      version: version && `PostgreSQL ${version}`,
      source: databaseUrl.source,
      problem: null,
    };
  }
  const common = {
    kind: "url" as const,
    url: withoutPassword(databaseUrl.value),
    source: databaseUrl.source,
  };
  const database = openDatabase(databaseUrl.value, { name: "millrace status", connections: 1 });
  let version: string | null = null;
  try {
    version = `PostgreSQL ${await serverVersion(database)}`;
    await checkVersion(database);
    return { ...common, state: "running", version, problem: null };
  } catch (error) {
    const { message } = explain(error, configuration);
    return { ...common, state: version === null ? "unreachable" : "running", version, problem: message };
  } finally {
    await database.close().catch(() => {});
  }
}

/** The URL with its password, for programs that connect by themselves; starts the embedded database. */
export function connectionUrl(configuration: Configuration): Promise<string> {
  return stateUrl(configuration, {});
}

export interface StoppedState {
  /** False: it was not running. */
  stopped: boolean;
  /** Who goes on without it, until somebody starts it again. */
  usedBy: { name: string; host: string; pid: number }[];
}

export async function stopState({ root, databaseUrl }: Configuration): Promise<StoppedState> {
  if (databaseUrl.value !== null) {
    throw new ConfigurationError(
      `The database comes from ${databaseUrl.source}; Millrace starts and stops only its embedded one.`,
    );
  }
  const usedBy = await usersOf(embeddedFolder(root));
  return { stopped: await stopEmbedded(embeddedFolder(root)), usedBy };
}

/** Nobody, when it does not run or does not answer: it is to be stopped all the same. */
async function usersOf(directory: string): Promise<StoppedState["usedBy"]> {
  const { url, version } = await embeddedStatus(directory);
  if (url === null || version === null) return [];
  const database = openDatabase(url, { name: "millrace stop", connections: 1 });
  try {
    return await livingEngines(database);
  } catch {
    return [];
  } finally {
    await database.close().catch(() => {});
  }
}

/** What went wrong with the database, and what to do about it. */
function explain(error: unknown, { databaseUrl }: Configuration): Error {
  const { code, message, name } = error as { code?: string; message: string; name?: string };
  if (name === "SchemaMismatch") return new ConfigurationError(message);
  const where = databaseUrl.value === null ? "the embedded database" : withoutPassword(databaseUrl.value);
  const advice = adviceFor(code, message);
  if (!advice) return error instanceof Error ? error : new Error(message);
  return new ConfigurationError(`${where} (from ${databaseUrl.source}): ${message || code}. ${advice}`, {
    cause: error,
  });
}

function adviceFor(code: string | undefined, message: string): string | null {
  switch (code) {
    case "ECONNREFUSED":
    case "ENOTFOUND":
    case "EHOSTUNREACH":
      return "Nothing answers there. Start it (docker compose up --detach --wait postgres), or unset the variable to use the embedded one.";
    case "28P01":
    case "28000":
      return "The server refuses this user or password. Correct them in the URL.";
    case "3D000":
      return "The server has no such database. Create it, or correct the URL.";
    case "42501":
      return "The user may not do this. Grant it CREATE on the database, or name another user.";
    default:
      return /timeout/i.test(message)
        ? "The server does not answer in time. Check host, port and firewall."
        : null;
  }
}

/** The states of assets, for a reader that starts nothing: an embedded database that never was is empty. */
export async function readAssetStates(
  configuration: Configuration,
  graph: AssetGraph,
): Promise<AssetState[]> {
  const { root, databaseUrl, environment } = configuration;
  if (databaseUrl.value === null && !existsSync(join(embeddedFolder(root), "postgres"))) return [];
  const database = await openState(configuration, { name: "list" });
  try {
    const states = await assetStates(database, environment.value);
    return await withFailedChecks(states, database, environment.value, graph);
  } finally {
    await database.close();
  }
}

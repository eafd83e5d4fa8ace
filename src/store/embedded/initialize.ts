import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { promisify } from "node:util";
import { type Account, giveTo, runAs } from "./account.ts";
import { newPassword } from "./address.ts";
import type { Cluster } from "./cluster.ts";
import { serverEnvironment } from "./environment.ts";
import { initdbArguments, majorVersion, programsIn } from "./platform.ts";

/**
 * Creates the data directory, unless there is one.
 * It grows in a draft folder that gets its name when it is complete: whoever dies on the way leaves no half.
 */
export async function initialize(cluster: Cluster, native: string, account: Account, signal?: AbortSignal) {
  if (existsSync(cluster.data)) return await checkVersion(cluster);
  await removeDrafts(cluster);
  const draft = await mkdtemp(`${cluster.data}.draft-`);
  try {
    await giveTo(account, draft);
    const password = newPassword();
    const passwordFile = join(draft, "password");
    await writeFile(passwordFile, password, { mode: 0o600 });
    await giveTo(account, passwordFile);
    await runInitdb(native, initdbArguments(join(draft, "data"), passwordFile), account, draft, signal);
    await rm(cluster.passwordFile, { force: true });
    await writeFile(cluster.passwordFile, password, { mode: 0o600, flush: true });
    await rename(join(draft, "data"), cluster.data);
  } finally {
    // If that fails, the next one who creates a database removes it.
    await removeDraft(draft).catch(() => {});
  }
}

async function checkVersion({ data }: Cluster) {
  const version = (await readFile(join(data, "PG_VERSION"), "utf8").catch(() => "unknown")).trim();
  if (version === majorVersion) return;
  throw new Error(
    `${data} holds a database of PostgreSQL ${version}, and this Millrace brings PostgreSQL ${majorVersion}. ` +
      "Nothing was touched. Dump it with the Millrace that made it, or move the folder away to begin with an empty one.",
  );
}

async function removeDrafts({ data }: Cluster) {
  const names = await readdir(dirname(data));
  const drafts = names.filter(name => name.startsWith(`${basename(data)}.draft-`));
  await Promise.all(drafts.map(name => removeDraft(join(dirname(data), name))));
}

/** An `initdb` that was killed may have a child that goes on writing for a moment. */
async function removeDraft(draft: string) {
  await rm(draft, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}

async function runInitdb(
  native: string,
  args: string[],
  account: Account,
  draft: string,
  signal?: AbortSignal,
) {
  const run = async (program: string) => {
    const { command, args: all, options } = runAs(account, program, args);
    await promisify(execFile)(command, all, { ...options, cwd: draft, env: serverEnvironment(), signal });
  };
  const { initdb } = programsIn(native, process);
  try {
    await run(initdb);
  } catch (error) {
    signal?.throwIfAborted();
    const { stderr = "" } = error as { stderr?: string };
    if (!stderr.includes("could not look up effective user ID")) throw failed(error, stderr);
    await run(await namelessInitdb(native, account, draft)).catch(error => {
      signal?.throwIfAborted();
      throw failed(error, (error as { stderr?: string }).stderr ?? "");
    });
  }
}

function failed(cause: unknown, stderr: string) {
  const reason = stderr.trim().split("\n").slice(-10).join("\n") || (cause as Error).message;
  return new Error(`The embedded PostgreSQL could not create its data directory:\n${reason}`, { cause });
}

/**
 * An `initdb` for a user who is not in the list of users, as in many containers.
 * It insists on the user's name, only to use it as a default that we do not need. The copy asks for
 * the list's first name instead: `getpwent` stands where `getpwuid` stood, in the same eight letters.
 */
async function namelessInitdb(native: string, account: Account, draft: string) {
  const folder = join(draft, "native");
  await mkdir(join(folder, "bin"), { recursive: true });
  await symlink(join(native, "lib"), join(folder, "lib"));
  await symlink(join(native, "share"), join(folder, "share"));
  const from = programsIn(native, process);
  const to = programsIn(folder, process);
  for (const name of ["initdb", "postgres"] as const) {
    const program = await readFile(from[name]);
    const symbol = program.indexOf("\0getpwuid\0", 0, "latin1");
    if (symbol >= 0) program.write("getpwent", symbol + 1, "latin1");
    await writeFile(to[name], program);
    await chmod(to[name], 0o755);
    await giveTo(account, to[name]);
  }
  return to.initdb;
}

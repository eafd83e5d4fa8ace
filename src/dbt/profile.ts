import { mkdir, readFile, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import type { DbtPlace } from "./dbt.ts";

/** The profile that a project runs with. */
export interface DbtProfile {
  /** Where its profiles.yml is, absolute; null when dbt has to say itself that there is none. */
  readonly profiles: string | null;
  /** Null: what the profile says. */
  readonly target: string | null;
  readonly env: Readonly<Record<string, string>>;
  /** The user's own, or one of ours for the embedded database. */
  readonly origin: "user" | "generated" | "none";
}

export interface ProfileRequest {
  readonly project: string;
  readonly target: string | null;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's home folder, where dbt looks last. */
  readonly home: string;
  /** Where a profile of ours may lie, absolute: `<root>/.millrace/dbt`. */
  readonly cache: string;
  /** The database that a generated profile names; null when none may be generated. */
  readonly database: { readonly url: string; readonly schema: string } | null;
}

/** The user's own profile, else one for our database; it lies with our files, and the user's stay as they are. */
export async function dbtProfile(request: ProfileRequest): Promise<DbtProfile> {
  const { project, target, env, home, cache, database } = request;
  const name = await profileName(project);
  const own = await ownProfiles(project, name, env, home);
  if (own !== null) return { profiles: own, target, env: {}, origin: "user" };
  if (database === null || name === null) return { profiles: null, target, env: {}, origin: "none" };
  const { text, password } = profileFor(name, database.url, database.schema);
  const profiles = join(cache, "profiles");
  await mkdir(profiles, { recursive: true });
  const file = join(profiles, "profiles.yml");
  // A file that is written again looks changed, and the project would be parsed again.
  if ((await textIn(file)) !== text) await writeFile(file, text, { mode: 0o600 });
  return { profiles, target: ourTarget, env: { [secret]: password }, origin: "generated" };
}

/** Whether the profile hands libpq options of its own, so that it does not hear ours. */
export async function setsSearchPath({ project, profiles }: DbtPlace): Promise<boolean> {
  const name = await profileName(project);
  const folder = profiles ?? (await ownProfiles(project, name, process.env, homedir()));
  if (folder === null || name === null) return false;
  const text = blockOf(name, (await textIn(join(folder, "profiles.yml"))) ?? "") ?? "";
  return /^[^#\n]*\bsearch_path["']?\s*:/m.test(text);
}

const ourTarget = "millrace";
/** dbt keeps the values of such variables out of its logs. */
const secret = "DBT_ENV_SECRET_MILLRACE_PASSWORD";

/** The profile that dbt_project.yml names; null when it names none. */
export async function profileName(project: string): Promise<string | null> {
  const text = (await textIn(join(project, "dbt_project.yml"))) ?? "";
  const named = /^profile\s*:\s*(?:"([^"]+)"|'([^']+)'|([^\s#]+))/m.exec(text);
  return named?.[1] ?? named?.[2] ?? named?.[3] ?? null;
}

/** In dbt's order: the variable, the project, the home folder; the first that knows the profile. */
async function ownProfiles(
  project: string,
  name: string | null,
  env: ProfileRequest["env"],
  home: string,
): Promise<string | null> {
  const variable = env.DBT_ENGINE_PROFILES_DIR ?? env.DBT_PROFILES_DIR;
  const folders = [...(variable ? [resolve(project, variable)] : []), project, join(home, ".dbt")];
  for (const folder of folders) {
    const text = await textIn(join(folder, "profiles.yml"));
    if (text !== null && name !== null && blockOf(name, text) !== null) return folder;
  }
  return null;
}

/** The lines of one profile: everything below its name, up to the next one; of JSON all of it. */
function blockOf(name: string, text: string): string | null {
  if (text.trimStart().startsWith("{")) return text.includes(JSON.stringify(name)) ? text : null;
  const lines = text.split("\n");
  const isKey = (line: string) => /^[^\s#-]/.test(line);
  const start = lines.findIndex(line => isKey(line) && line.replace(/["']/g, "").startsWith(`${name}:`));
  if (start < 0) return null;
  const length = lines.slice(start + 1).findIndex(isKey);
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join("\n");
}

function profileFor(name: string, address: string, schema: string): { text: string; password: string } {
  const url = new URL(address);
  const target = {
    type: "postgres",
    host: url.hostname.replace(/^\[|\]$/g, "") || "localhost",
    port: Number(url.port || 5432),
    user: decodeURIComponent(url.username),
    password: `{{ env_var('${secret}') }}`,
    dbname: decodeURIComponent(url.pathname.slice(1)),
    schema,
    threads: 4,
    ...(url.searchParams.has("sslmode") ? { sslmode: url.searchParams.get("sslmode") } : {}),
  };
  const profile = { [name]: { target: ourTarget, outputs: { [ourTarget]: target } } };
  // JSON is YAML.
  const text = `# Written by Millrace for its embedded database. Changes are lost.\n${JSON.stringify(profile, null, 2)}\n`;
  return { text, password: decodeURIComponent(url.password) };
}

async function textIn(file: string): Promise<string | null> {
  return await readFile(file, "utf8").catch(() => null);
}

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DbtVariant } from "../model/dbtNode.ts";
import { settingsFile } from "../scan/sourceFiles.ts";
import { readSettings, type Settings } from "./settings.ts";

/** The call or the configuration is wrong; the message says what to write instead. The command line exits 2. */
export class ConfigurationError extends Error {
  override name = "ConfigurationError";
  /** Where it is wrong, when that is a place in a file; the message says so too. */
  readonly place: Place | null;

  constructor(message: string, { place = null, ...options }: ErrorOptions & { place?: Place | null } = {}) {
    super(message, options);
    this.place = place;
  }
}

/** Relative to the root, 1-based. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** What is asked for is there already: no reason to complain, but nothing was run. */
export class NothingToRun extends ConfigurationError {
  override name = "NothingToRun";
  /** Whether it would be made anew by whoever asks for all of it. */
  readonly isThere: boolean;

  constructor(message: string, { isThere = false } = {}) {
    super(message);
    this.isThere = isThere;
  }
}

/** A value and where it came from, as `millrace doctor` prints it. */
export interface Setting<T> {
  value: T;
  source: string;
}

export interface Configuration {
  root: string;
  /** Globs relative to the root; null: every file that imports "millrace". */
  assets: Setting<string[] | null>;
  /** Null: the embedded database. Holds a password: never printed. */
  databaseUrl: Setting<string | null>;
  environment: Setting<string>;
  /** The one that a run belongs to when no flag and no variable says otherwise. */
  usualEnvironment: string;
  /** Where default tables go when a key has no prefix. */
  assetSchema: Setting<string>;
  /** Runs that one engine executes at once, and steps at once within a run. */
  parallelRuns: Setting<number>;
  parallelSteps: Setting<number>;
  /** Runs of all engines at once; null: as many as they take. */
  allRuns: Setting<number | null>;
  /** How many slots each pool has. */
  pools: Setting<Readonly<Record<string, number>>>;
  /** How many days of events are kept. */
  eventDays: Setting<number>;
  /** How dbt is called; where its project is, the scan finds out. */
  dbt: Setting<DbtSettings>;
}

/** What `millrace.json` says of dbt beside the place of its project; null where dbt decides. */
export interface DbtSettings {
  /** ["uv", "run", "dbt"]; null: it is looked for. */
  command: readonly string[] | null;
  target: string | null;
  /** The target without any flag. */
  settingsTarget: string | null;
  /** The folder of profiles.yml, relative to the root. */
  profiles: string | null;
  vars: Readonly<Record<string, unknown>>;
  /** For every run: ["--defer", "--state", "prod"]; a relative folder is one of the dbt project. */
  flags: readonly string[];
  /** Where models go when the user has no profile and Millrace makes one. */
  schema: string;
  /** The folder with the manifest that `state:` compares with and `--defer` reads by; from the root, or absolute. */
  state: string | null;
  /** Whether runs defer to it unless they say otherwise. */
  defer: boolean;
  /** What this process was told to take in place of the usual target and variables; empty: nothing. */
  variant: DbtVariant;
  /** Where the manifest of that variant lies, absolute; null: where dbt always writes it. */
  variantManifest: string | null;
}

/** What a caller sets for this one process: the flags of a command, the settings of an editor. */
export interface Overrides {
  environment?: string;
  editorDatabaseUrl?: string;
  dbt?: DbtVariant;
}

/** Flag, environment, millrace.json, editor setting, default: the first that names a value has it. */
export async function readConfiguration(
  root: string,
  overrides: Overrides = {},
  env: NodeJS.ProcessEnv = process.env,
): Promise<Configuration> {
  const file = await readSettingsFile(root);
  return {
    root,
    assets: first(setting(file.assets, settingsFile)) ?? { value: null, source: "default" },
    databaseUrl: databaseUrl(file, overrides, env),
    environment: first(
      setting(overrides.environment, "--env"),
      setting(env.MILLRACE_ENV, "MILLRACE_ENV"),
      setting(file.environment, settingsFile),
    ) ?? { value: "dev", source: "default" },
    usualEnvironment: file.environment ?? "dev",
    assetSchema: setting(file.assetSchema, settingsFile) ?? { value: "assets", source: "default" },
    parallelRuns: setting(file.limits?.runs, settingsFile) ?? { value: 10, source: "default" },
    parallelSteps: setting(file.limits?.steps, settingsFile) ?? { value: 8, source: "default" },
    allRuns: first(setting(file.limits?.allRuns, settingsFile)) ?? { value: null, source: "default" },
    pools: setting(file.pools, settingsFile) ?? { value: {}, source: "default" },
    eventDays: setting(file.retention?.days, settingsFile) ?? { value: 30, source: "default" },
    dbt: { value: dbtSettings(file, overrides), source: file.dbt ? settingsFile : "default" },
  };
}

const dbtDefaults: DbtSettings = {
  command: null,
  target: null,
  settingsTarget: null,
  profiles: null,
  vars: {},
  flags: [],
  schema: "dbt",
  state: null,
  defer: false,
  variant: {},
  variantManifest: null,
};

/** A flag's variables stand beside those of millrace.json, and before the one with the same name. */
function dbtSettings({ dbt }: Settings, { dbt: variant = {} }: Overrides): DbtSettings {
  const settingsTarget = dbt?.target ?? null;
  const { target = settingsTarget, vars } = variant;
  return { ...dbtDefaults, ...dbt, target, settingsTarget, vars: { ...dbt?.vars, ...vars }, variant };
}

/** What is no URL of PostgreSQL is not repeated: it may hold a password. */
function databaseUrl(file: Settings, overrides: Overrides, env: NodeJS.ProcessEnv): Setting<string | null> {
  const found = databaseSetting(file, overrides, env);
  if (found.value === null || /^(postgres(ql)?:\/\/|socket:|\/)/i.test(found.value)) return found;
  throw new ConfigurationError(
    `The database (${found.source}) is no URL of PostgreSQL. Write postgres://USER:PASSWORD@HOST:5432/DATABASE, or unset it to use the embedded one.`,
  );
}

function databaseSetting(
  file: Settings,
  overrides: Overrides,
  env: NodeJS.ProcessEnv,
): Setting<string | null> {
  if (env.MILLRACE_DATABASE_URL) return { value: env.MILLRACE_DATABASE_URL, source: "MILLRACE_DATABASE_URL" };
  if (file.database) {
    const name = file.database.env;
    const value = env[name];
    if (!value) {
      throw new ConfigurationError(
        `${settingsFile} takes the database from the environment variable ${name}, which is not set. Set it, or remove "database" to use the embedded one.`,
      );
    }
    return { value, source: `${name}, named in ${settingsFile}` };
  }
  if (overrides.editorDatabaseUrl) return { value: overrides.editorDatabaseUrl, source: "editor setting" };
  return { value: null, source: "default: embedded PostgreSQL" };
}

function setting<T>(value: T | undefined, source: string): Setting<T> | undefined {
  return value === undefined ? undefined : { value, source };
}

function first<T>(...settings: (Setting<T> | undefined)[]): Setting<T> | undefined {
  return settings.find(it => it !== undefined);
}

async function readSettingsFile(root: string): Promise<Settings> {
  let text: string;
  try {
    text = await readFile(join(root, settingsFile), "utf8");
  } catch {
    return {};
  }
  const { settings, faults } = readSettings(text);
  const [first] = faults;
  if (first === undefined) return settings;
  const lines = faults.map(({ what, line }) => `${settingsFile}${line === null ? "" : `:${line}`} ${what}`);
  const { line, column } = first;
  throw new ConfigurationError(lines.join("\n"), {
    place: line === null || column === null ? null : { file: settingsFile, line, column },
  });
}

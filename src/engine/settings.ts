import { jsonPlaces } from "../model/jsonPlaces.ts";
import { suggest } from "../model/suggest.ts";
import type { DbtSettings } from "./configuration.ts";

/** What `millrace.json` may hold. */
export interface Settings {
  $schema?: string;
  assets?: string[];
  database?: { env: string };
  environment?: string;
  assetSchema?: string;
  limits?: { runs?: number; steps?: number; allRuns?: number };
  pools?: Record<string, number>;
  retention?: { days?: number };
  dbt?: Partial<DbtSettings> & { project?: string; manifest?: string };
}

/** What is wrong with the file, and where: the sentence follows the place. */
export interface SettingFault {
  readonly what: string;
  readonly line: number | null;
  readonly column: number | null;
}

/** Reads the text of `millrace.json`; all that is wrong with it is told at once. */
export function readSettings(text: string): { settings: Settings; faults: SettingFault[] } {
  const parsed = parse(text.replace(/^\uFEFF/, ""));
  if ("fault" in parsed) return { settings: {}, faults: [parsed.fault] };
  const places = jsonPlaces(text);
  const faults = faultsOf(parsed.value, settingRules, []).map(({ path, what }) => {
    const { line = null, column = null } = places.get(path.join(".")) ?? {};
    return { what, line, column };
  });
  return { settings: faults.length === 0 ? (parsed.value as Settings) : {}, faults };
}

function parse(text: string): { value: unknown } | { fault: SettingFault } {
  const message = jsonError(text);
  if (message === null) return { value: JSON.parse(text) };
  const before = text.slice(0, errorOffset(text)).split("\n");
  const why = message.replace(/(, \..*| (in JSON )?at position.*)$/s, "");
  return {
    fault: {
      what: `is not valid JSON: ${why}. Neither comments nor a comma behind the last value may stand in it.`,
      line: before.length,
      column: (before.at(-1)?.length ?? 0) + 1,
    },
  };
}

function jsonError(text: string): string | null {
  try {
    JSON.parse(text);
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Not every message tells where it is: the shortest beginning of the text that is wrong before its end does. */
function errorOffset(text: string): number {
  let [right, wrong] = [0, text.length + 1];
  while (right < wrong - 1) {
    const middle = (right + wrong) >> 1;
    const message = jsonError(text.slice(0, middle)) ?? "";
    const position = Number(/at position (\d+)/.exec(message)?.[1] ?? middle);
    const isWrong = message.startsWith("Unexpected token") || position < middle;
    if (isWrong) wrong = middle;
    else right = middle;
  }
  return wrong - 1;
}

/** What a setting must be, in words and as a test; those of an object are told one by one. */
type SettingRule =
  | { is: (value: unknown) => boolean; words: string }
  | { settings: Readonly<Record<string, SettingRule>>; words: string; needs?: string };

const isText = (value: unknown) => typeof value === "string" && value !== "";
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) > 0;
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isTexts = (value: unknown) => Array.isArray(value) && value.every(isText);

const count = { is: isCount, words: "a whole number above 0" };
const folder = { is: isText, words: "a folder, relative to millrace.json" };
const variable = {
  is: (value: unknown) => isText(value) && /^\w+$/.test(value as string),
  words: "the name of an environment variable that holds the URL",
};

/** Every setting that there is. */
export const settingRules: Readonly<Record<keyof Settings, SettingRule>> = {
  $schema: { is: isText, words: "a URL" },
  assets: { is: isTexts, words: 'a list of globs such as ["assets/**/*.ts"]' },
  database: {
    settings: { env: variable },
    needs: "env",
    words: '{ "env": "NAME_OF_A_VARIABLE" }, never a URL: it would hold a password',
  },
  environment: { is: isText, words: 'a name such as "dev"' },
  assetSchema: { is: isText, words: "the name of a PostgreSQL schema" },
  limits: {
    settings: { runs: count, steps: count, allRuns: count },
    words: '{ "runs": 10, "steps": 8, "allRuns": 40 }, whole numbers above 0',
  },
  pools: {
    is: value => isRecord(value) && Object.values(value).every(isCount),
    words: '{ "db": 2 }, names of pools with whole numbers above 0',
  },
  retention: { settings: { days: count }, needs: "days", words: '{ "days": 30 }' },
  dbt: {
    settings: {
      project: folder,
      manifest: { is: isText, words: "a file, relative to millrace.json" },
      command: {
        is: value => isTexts(value) && (value as unknown[]).length > 0,
        words: 'a list such as ["uv", "run", "dbt"]',
      },
      target: { is: isText, words: "the name of a target of dbt's profile" },
      profiles: folder,
      vars: { is: isRecord, words: 'an object such as { "start": "2026-01-01" }' },
      flags: { is: isTexts, words: 'a list such as ["--no-partial-parse"]' },
      schema: { is: isText, words: "the name of a PostgreSQL schema" },
      state: folder,
      defer: { is: value => typeof value === "boolean", words: "true or false" },
    },
    words:
      'an object such as { "project": "../dbt_project", "command": ["uv", "run", "dbt"], "target": "dev" }',
  },
};

interface Fault {
  readonly path: readonly string[];
  readonly what: string;
}

function faultsOf(
  settings: unknown,
  rules: Readonly<Record<string, SettingRule>>,
  path: readonly string[],
): Fault[] {
  if (!isRecord(settings)) return [{ path, what: "must hold an object." }];
  return Object.entries(settings).flatMap(([name, value]) => {
    const here = [...path, name];
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule) return [{ path: here, what: unknownSetting(name, Object.keys(rules), path) }];
    const wrong = { path: here, what: wrongValue(here, rule, value) };
    if ("is" in rule) return rule.is(value) ? [] : [wrong];
    if (!isRecord(value) || (rule.needs && !(rule.needs in value))) return [wrong];
    return faultsOf(value, rule.settings, here);
  });
}

/** What is said of the database may hold a password, and is not repeated. */
function wrongValue(path: readonly string[], { words }: SettingRule, value: unknown): string {
  const found = path[0] === "database" ? "" : `; it is ${JSON.stringify(value)}`;
  return `is wrong: "${path.join(".")}" must be ${words}${found}.`;
}

function unknownSetting(name: string, known: readonly string[], path: readonly string[]): string {
  const [nearest] = suggest(name, known);
  const within = path.length > 0 ? ` in "${path.join(".")}"` : "";
  const advice = nearest
    ? `Did you mean "${nearest}"?`
    : `Known ${within ? "there " : ""}are ${known.filter(it => it !== "$schema").join(", ")}.`;
  return `has an unknown setting "${name}"${within}. ${advice}`;
}

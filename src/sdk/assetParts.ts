import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import { completeAutomation, completeFreshness } from "./assetAutomation.ts";
import { completeBackfill, completePartitions } from "./assetPartitions.ts";
import { completeChecks } from "./checkForms.ts";
import type { Columns } from "./columns.ts";
import type { AssetDefinition } from "./definition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { completeDeps } from "./deps.ts";
import { completeInputs } from "./input.ts";
import { inWords } from "./inWords.ts";
import { isIoManager } from "./ioManager.ts";
import { isListOfTexts, isRecord } from "./labels.ts";
import { completeResources } from "./resource.ts";

type Options = Readonly<Record<string, unknown>>;

type Parts = Pick<
  AssetDefinition<never>,
  | "kinds"
  | "codeVersion"
  | "previousKeys"
  | "inputs"
  | "deps"
  | "depMappings"
  | "resources"
  | "io"
  | "columns"
  | "partitions"
  | "backfillPolicy"
  | "pool"
  | "automation"
  | "freshness"
  | "checkDefinitions"
  | "materialize"
>;

/** Everything of an asset but its labels, made complete; says all that is wrong with it. `own` is what `self` means. */
export function completeParts(
  options: Options,
  key: AssetKey,
  own: AssetDefinition,
  problems: DefinitionProblems,
): Parts {
  const partitions = completePartitions(options.partitions, key, problems);
  const declared = { key, partitions, own };
  const inputs = completeInputs(options.inputs, declared, problems);
  const loaded = Object.values(inputs).map(({ upstream }) => (upstream === own ? key : upstream.key));
  const deps = completeDeps(options.deps, declared, problems);
  const needsItself = [...loaded, ...deps.keys].includes(key);
  const columns = completeColumns(options.columns, key, problems);
  return {
    kinds: completeKinds(options.kinds, key, problems),
    codeVersion: completeCodeVersion(options.codeVersion, key, problems),
    previousKeys: completePreviousKeys(options.previousKeys, key, problems),
    inputs,
    deps: deps.keys.filter(dep => !loaded.includes(dep)),
    depMappings: deps.mappings,
    resources: completeResources(options.resources, `asset "${key}"`, problems),
    io: completeIo(options.io, { key, partitions, columns }, problems),
    columns,
    partitions,
    backfillPolicy: completeBackfill(
      options.backfill,
      { key, isPartitioned: partitions !== null, needsItself },
      problems,
    ),
    pool: completePool(options.pool, `asset "${key}"`, problems),
    automation: completeAutomation(options.automation, `asset "${key}"`, problems),
    freshness: completeFreshness(options.freshness, `asset "${key}"`, problems),
    checkDefinitions: completeChecks(options.checks ?? [], { key, columns }, problems),
    materialize: completeMaterialize(options.materialize, key, problems),
  };
}

function completeKinds(kinds: unknown = [], key: AssetKey, problems: DefinitionProblems) {
  if (isListOfTexts(kinds)) return kinds;
  problems.add(`The kinds of asset "${key}" are not texts`, 'Write kinds: ["csv"].');
  return [];
}

function completeCodeVersion(codeVersion: unknown = null, key: AssetKey, problems: DefinitionProblems) {
  if (codeVersion === null || typeof codeVersion === "string") return codeVersion;
  problems.add(
    `The code version of asset "${key}" is ${inWords(codeVersion)}`,
    'Write a text, such as codeVersion: "2".',
  );
  return null;
}

function completePreviousKeys(
  previous: unknown = [],
  key: AssetKey,
  problems: DefinitionProblems,
): AssetKey[] {
  if (!isListOfTexts(previous)) {
    problems.add(
      `"previousKeys" of asset "${key}" is not a list of keys`,
      'Write previousKeys: ["raw/orders"].',
    );
    return [];
  }
  return [...new Set(previous)].flatMap(written => {
    const parsed = parseAssetKey(written);
    if ("key" in parsed && parsed.key !== key) return [parsed.key];
    problems.add(
      `"previousKeys" of asset "${key}" names ${inWords(written)}`,
      "error" in parsed ? parsed.error : "Name only keys that it had before, not the one it has.",
    );
    return [];
  });
}

function completeIo(
  io: unknown = null,
  { key, partitions, columns }: Pick<AssetDefinition, "key" | "partitions" | "columns">,
  problems: DefinitionProblems,
) {
  if (io === null) return io;
  if (isIoManager(io)) {
    const fault = io.fault?.(partitions, columns) ?? null;
    if (fault) problems.add(`Asset "${key}" cannot be stored so. ${fault.what}`, fault.whatToDo);
    return io;
  }
  problems.add(
    `"io" of asset "${key}" is ${inWords(io)} instead of an I/O manager`,
    "Write io: postgresTable(), or ioManager({ store, load }).",
  );
  return null;
}

/** The name of a pool, or null; `subject` is how a problem calls whoever names it. */
export function completePool(pool: unknown = null, subject: string, problems: DefinitionProblems) {
  if (pool === null || (typeof pool === "string" && pool.trim() !== "")) return pool;
  problems.add(`The pool of ${subject} is ${inWords(pool)}`, 'Write the name of one: pool: "db".');
  return null;
}

function completeColumns(
  columns: unknown = null,
  key: AssetKey,
  problems: DefinitionProblems,
): Columns | null {
  if (columns === null) return null;
  const wellFormed =
    isRecord(columns) &&
    Object.keys(columns).length > 0 &&
    Object.entries(columns).every(
      ([name, type]) => name !== "" && typeof type === "string" && type.trim() !== "",
    );
  if (wellFormed) return columns as Columns;
  problems.add(
    `The columns of asset "${key}" are not names with types of PostgreSQL`,
    'Write columns: columns({ city: "text", day: "date" }).',
  );
  return null;
}

function completeMaterialize(materialize: unknown, key: AssetKey, problems: DefinitionProblems) {
  if (typeof materialize !== "function") {
    problems.add(
      materialize === undefined
        ? `Asset "${key}" has no function "materialize"`
        : `"materialize" of asset "${key}" is ${inWords(materialize)} instead of a function`,
      "Write materialize: inputs => rows.",
    );
  }
  return materialize as AssetDefinition["materialize"];
}

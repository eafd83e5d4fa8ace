import type { AssetKey } from "../model/assetKey.ts";
import type { DbtReference } from "../model/dbtReference.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import { completeAutomation, completeFreshness } from "./assetAutomation.ts";
import { isPartitionsDefinition } from "./assetPartitions.ts";
import { completePool } from "./assetParts.ts";
import { brand } from "./brand.ts";
import type { AutomationCondition } from "./conditions.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import type { Freshness } from "./freshness.ts";
import { inWords } from "./inWords.ts";
import { isRecord, rejectUnknownOptions } from "./labels.ts";
import { mappable } from "./mappedInput.ts";
import type { Row } from "./row.ts";
import type { Source } from "./source.ts";

/** What may be said of a dbt model that is an input. */
export interface DbtModelOptions {
  /** Which version of a versioned model; the latest when nothing is said. */
  readonly version?: number | string;
  /** Into which partitions its rows are cut; a consumer then reads those that it needs. */
  readonly partitions?: PartitionsDefinition;
  /** The column that tells the partition of a row, where the model's `meta` does not. */
  readonly partitionColumn?: string;
  /** The rule by which the model requests itself, where its `meta` does not say enough; export the model then. */
  readonly automation?: AutomationCondition;
  /** The pool whose slots its steps use, where its `meta` names none: `pool: "warehouse"`. */
  readonly pool?: string;
  /** How new the model must be, where its `meta` does not say so. */
  readonly freshness?: Freshness;
}

const optionNames = Object.keys({
  version: true,
  partitions: true,
  partitionColumn: true,
  automation: true,
  pool: true,
  freshness: true,
} satisfies Record<keyof DbtModelOptions, true>);

/**
 * A model, seed or snapshot of the workspace's dbt project, for the `inputs` of an asset. It is called as
 * dbt's `ref` calls it: "stg_readings", or "package.stg_readings" where two packages have it.
 * Where it lives dbt's manifest says. The type of its rows is said, not verified.
 *
 * @example
 * const summary = dbtModel<{ city: string; day: string; mean_celsius: number }>("daily_weather_summary");
 */
export function dbtModel<ModelRow extends object = Row>(
  name: string,
  options: DbtModelOptions = {},
): Source<ModelRow> {
  const definedAt = captureDefinition(dbtModel);
  const problems = new DefinitionProblems(definedAt);
  const example = 'Write it as dbt\'s ref does: dbtModel("stg_readings").';
  if (typeof name !== "string" || name.trim() === "") {
    problems.add(`A dbt model is given ${inWords(name)} as its name`, example);
    problems.raise();
  }
  const subject = `dbtModel "${name}"`;
  if (!isRecord(options)) {
    problems.add(`The options of ${subject} are ${inWords(options)}`, `Write dbtModel("${name}").`);
    problems.raise();
  }
  rejectUnknownOptions(options as Readonly<Record<string, unknown>>, optionNames, subject, problems);
  const { version = null, partitions = null, partitionColumn = null } = options;
  if (version !== null && typeof version !== "number" && (typeof version !== "string" || version === "")) {
    problems.add(`The version of ${subject} is ${inWords(version)}`, "Write a number: { version: 2 }.");
  }
  if (partitions !== null && !isPartitionsDefinition(partitions)) {
    problems.add(
      `The partitions of ${subject} are ${inWords(partitions)}`,
      'Write partitions: dailyPartitions({ start: "2026-01-01" }).',
    );
  }
  if (partitionColumn !== null && (typeof partitionColumn !== "string" || partitionColumn === "")) {
    problems.add(
      `The partition column of ${subject} is ${inWords(partitionColumn)}`,
      'Write the name of a column: partitionColumn: "day".',
    );
  }
  const automation = completeAutomation(options.automation, subject, problems);
  const freshness = completeFreshness(options.freshness, subject, problems);
  const pool = completePool(options.pool, subject, problems);
  problems.throwIfAny();
  const dbt: DbtReference = { name, version: version === null ? null : String(version), partitionColumn };
  const declared: Source<ModelRow> = {
    [brand]: "source" as const,
    key: dbtModelKey(dbt),
    description: null,
    group: "default",
    tags: {},
    owners: [],
    relation: { schema: "", table: name },
    dbt,
    automation,
    freshness,
    pool,
    io: null,
    partitions,
    definedAt,
    ...mappable<ModelRow[], ModelRow[]>(() => declared, false),
  };
  return Object.freeze(declared);
}

/** The key under which a dbt model is known until its manifest is read. */
export function dbtModelKey({ name, version }: DbtReference): AssetKey {
  return (version === null ? name : `${name}.v${version}`) as AssetKey;
}

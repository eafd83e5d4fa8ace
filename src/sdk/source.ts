import type { AssetKey } from "../model/assetKey.ts";
import { optionNames } from "../model/optionNames.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import { isPartitionsDefinition } from "./assetPartitions.ts";
import { brand } from "./brand.ts";
import type { SourceDefinition } from "./definition.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { type IoManager, isIoManager } from "./ioManager.ts";
import { completeLabels, isRecord, rejectUnknownOptions } from "./labels.ts";
import { type MappableInput, mappable } from "./mappedInput.ts";
import type { Row } from "./row.ts";

/** What may be said of a source. */
export interface SourceOptions {
  /** What it is, for the people who read it. */
  readonly description?: string;
  /** Where it is listed: letters, digits and underscores, "default" when nothing is said. */
  readonly group?: string;
  readonly tags?: Readonly<Record<string, string>>;
  /** Who answers for it: e-mail addresses or "team:weather". */
  readonly owners?: readonly string[];
  /** Loads it; without one it is read as a table of the state database. */
  readonly io?: IoManager;
  /**
   * Into which partitions it is cut: a consumer then reads those that it needs. The column that tells the
   * partition of a row is named by `io: postgresTable({ partitionColumn: "observed_at" })`.
   */
  readonly partitions?: PartitionsDefinition;
}

/** A declared source. Name it in the `inputs` of an asset to receive its rows there. */
export interface Source<SourceRow>
  extends SourceDefinition<SourceRow[]>,
    MappableInput<SourceRow[], SourceRow[]> {}

/**
 * Declares a table that somebody else writes: drawn in the lineage, loaded as an input, never materialized.
 * Its key is "schema/table". The type of its rows is said, not verified.
 *
 * @example
 * const stations = source<{ id: string; city: string }>("raw.stations");
 */
export function source<SourceRow extends object = Row>(
  relation: string,
  options: SourceOptions = {},
): Source<SourceRow> {
  const definedAt = captureDefinition(source);
  const problems = new DefinitionProblems(definedAt);
  const [schema = "", table = "", ...more] = typeof relation === "string" ? relation.split(".") : [];
  if (schema.trim() === "" || table.trim() === "" || more.length > 0) {
    problems.add(
      `A source is given ${inWords(relation)} as its table`,
      `Write schema and table: source("${typeof relation === "string" && more.length === 0 && (table || schema) ? `public.${table || schema}` : "public.orders"}").`,
    );
    problems.raise();
  }
  const subject = `source "${relation}"`;
  if (!isRecord(options)) {
    problems.add(`The options of ${subject} are ${inWords(options)}`, `Write source("${relation}").`);
    problems.raise();
  }
  rejectUnknownOptions(options as Readonly<Record<string, unknown>>, optionNames.source, subject, problems);
  const labels = completeLabels(options as Readonly<Record<string, unknown>>, subject, problems);
  const { io = null, partitions = null } = options;
  if (io !== null && !isIoManager(io)) {
    problems.add(`"io" of ${subject} is ${inWords(io)}`, "Write io: postgresTable().");
  }
  if (partitions !== null && !isPartitionsDefinition(partitions)) {
    problems.add(
      `The partitions of ${subject} are ${inWords(partitions)}`,
      'Write partitions: dailyPartitions({ start: "2026-01-01" }).',
    );
  }
  problems.throwIfAny();
  const declared: Source<SourceRow> = {
    [brand]: "source" as const,
    key: `${schema}/${table}` as AssetKey,
    ...labels,
    relation: { schema, table },
    io,
    partitions,
    definedAt,
    ...mappable<SourceRow[], SourceRow[]>(() => declared, false),
  };
  return Object.freeze(declared);
}

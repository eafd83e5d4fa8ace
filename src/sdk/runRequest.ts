import { assetsInText } from "./automationSelection.ts";
import { brand, isBranded } from "./brand.ts";
import type { AssetDefinition } from "./definition.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord, rejectUnknownOptions } from "./labels.ts";

/** A run that a sensor or a schedule asks for. */
export interface RunRequest {
  readonly [brand]: "runRequest";
  readonly key: string | null;
  readonly selection: string | null;
  /** "2026-01-01...2026-01-31". */
  readonly partitions: string | null;
  /** The same key by key. */
  readonly partitionKeys: readonly string[] | null;
}

export interface RunRequestOptions {
  /** At most one run for each key, ever: a file's name, a day. Without one there is a run for each request. */
  readonly key?: string;
  /** What it makes; the sensor's own assets when nothing is said. */
  readonly assets?: readonly (AssetDefinition | string)[];
  /** The same as a selection: "+city_aggregates". */
  readonly selection?: string;
  /** The key of one partition. */
  readonly partition?: string;
  /** Partitions: "2026-01-01...2026-01-31", several with commas, or a list of keys. */
  readonly partitions?: string | readonly string[];
}

const optionNames = Object.keys({
  key: true,
  assets: true,
  selection: true,
  partition: true,
  partitions: true,
} satisfies Record<keyof RunRequestOptions, true>);

/**
 * Asks for a run, as an answer of a sensor or a schedule.
 *
 * @example
 * run: ({ files }) => files.map(file => runRequest({ key: file.path, partition: dayOf(file.path) }))
 */
export function runRequest(options: RunRequestOptions = {}): RunRequest {
  const problems = new DefinitionProblems(captureDefinition(runRequest));
  const subject = "runRequest()";
  if (!isRecord(options)) {
    problems.add(`${subject} is given ${inWords(options)}`, 'Write runRequest({ partition: "2026-01-01" }).');
    return problems.raise();
  }
  rejectUnknownOptions(options, optionNames, subject, problems);
  const { key = null, partition = null, partitions = null } = options as RunRequestOptions;
  if (key !== null && (typeof key !== "string" || key === "")) {
    problems.add(`The key of ${subject} is ${inWords(key)}`, 'Write a text: key: "2026-01-01".');
  }
  if (partition !== null && partitions !== null) {
    problems.add(`${subject} has both "partition" and "partitions"`, "Leave one of them out.");
  }
  if (partition !== null && (typeof partition !== "string" || partition === "")) {
    problems.add(`The partition of ${subject} is ${inWords(partition)}`, "Write the key of one partition.");
  }
  if (partitions !== null && typeof partitions !== "string" && !isListOfKeys(partitions)) {
    problems.add(
      `The partitions of ${subject} are ${inWords(partitions)}`,
      'Write "2026-01-01...2026-01-31" or a list of keys.',
    );
  }
  const selection = assetsInText(options, subject, problems);
  problems.throwIfAny();
  return Object.freeze({
    [brand]: "runRequest" as const,
    key,
    selection,
    partitions: typeof partitions === "string" ? partitions : null,
    partitionKeys: partition !== null ? [partition] : typeof partitions === "string" ? null : partitions,
  });
}

/** Says why a tick requests nothing; it is shown in the history. */
export interface SkipReason {
  readonly [brand]: "skipReason";
  readonly reason: string;
}

/**
 * Says why nothing is requested, as an answer of a sensor or a schedule.
 *
 * @example
 * if (newest === cursor) return skip(`nothing newer than ${cursor}`);
 */
export function skip(reason: string): SkipReason {
  return Object.freeze({ [brand]: "skipReason" as const, reason: String(reason) });
}

/** Known by their brands: another copy of the SDK may have made them. */
export function isRunRequest(value: unknown): value is RunRequest {
  return isBranded(value, "runRequest");
}

export function isSkipReason(value: unknown): value is SkipReason {
  return isBranded(value, "skipReason");
}

function isListOfKeys(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every(it => typeof it === "string" && it !== "");
}

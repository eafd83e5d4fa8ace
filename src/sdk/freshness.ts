import { type Duration, secondsOf } from "../model/duration.ts";
import type { FreshnessPolicy } from "../model/freshness.ts";
import { defineFreshness } from "../model/freshnessDefinition.ts";
import { brand, isBranded } from "./brand.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";
import { isRecord, rejectUnknownOptions } from "./labels.ts";

/** How new an asset must be: `freshness: freshWithin("24 h")`. One value may serve many assets. */
export type Freshness = FreshnessPolicy & { readonly [brand]: "freshness" };

export interface FreshWithinOptions {
  /** From this age on it is worth a warning: "12 h". */
  readonly warn?: Duration;
}

export interface FreshByOptions {
  /** How long before the deadline it may have been materialized at the earliest: "1 h". */
  readonly lowerBound: Duration;
  /** A name of the IANA database, "Europe/Berlin"; "UTC" when nothing is said. */
  readonly timezone?: string;
}

/**
 * The asset must have been materialized within this time, whenever one looks.
 *
 * @example
 * freshWithin("24 h", { warn: "12 h" })
 */
export function freshWithin(fail: Duration, options: FreshWithinOptions = {}): Freshness {
  const problems = new DefinitionProblems(captureDefinition(freshWithin));
  const subject = "freshWithin()";
  checkOptions(options, ["warn"], subject, problems);
  const failSeconds = checkDuration(fail, `The time of ${subject}`, problems);
  const warnSeconds =
    options.warn === undefined ? null : checkDuration(options.warn, `"warn" of ${subject}`, problems);
  problems.throwIfAny();
  return complete({ kind: "timeWindow", failSeconds, warnSeconds }, problems);
}

/**
 * The asset must have been materialized by each deadline of a cron, and not too long before it.
 *
 * @example
 * freshBy("0 9 * * 1-5", { lowerBound: "2 h", timezone: "Europe/Berlin" })
 */
export function freshBy(deadlineCron: string, options: FreshByOptions): Freshness {
  const problems = new DefinitionProblems(captureDefinition(freshBy));
  const subject = "freshBy()";
  checkOptions(options, ["lowerBound", "timezone"], subject, problems);
  problems.throwIfAny();
  const { lowerBound, timezone = "UTC" } = options;
  if (typeof deadlineCron !== "string") {
    problems.add(`The deadline of ${subject} is ${inWords(deadlineCron)}`, 'Write a cron: "0 9 * * *".');
  }
  if (typeof timezone !== "string") {
    problems.add(`"timezone" of ${subject} is ${inWords(timezone)}`, 'Write timezone: "Europe/Berlin".');
  }
  const lowerBoundSeconds = checkDuration(lowerBound, `"lowerBound" of ${subject}`, problems);
  problems.throwIfAny();
  return complete({ kind: "cron", deadlineCron, lowerBoundSeconds, timezone }, problems);
}

/** Known by its brand: another copy of the SDK may have made it. */
export function isFreshness(value: unknown): value is Freshness {
  return isBranded(value, "freshness");
}

function complete(policy: FreshnessPolicy, problems: DefinitionProblems): Freshness {
  const defined = defineFreshness(policy);
  if ("faults" in defined) for (const { what, whatToDo } of defined.faults) problems.add(what, whatToDo);
  problems.throwIfAny();
  return Object.freeze({ ...policy, [brand]: "freshness" as const });
}

function checkOptions(
  options: unknown,
  known: readonly string[],
  subject: string,
  problems: DefinitionProblems,
): void {
  if (isRecord(options)) rejectUnknownOptions(options, known, subject, problems);
  else problems.add(`The options of ${subject} are ${inWords(options)}`, `They are ${known.join(", ")}.`);
}

function checkDuration(duration: unknown, subject: string, problems: DefinitionProblems): number {
  const seconds = secondsOf(duration);
  if (seconds === null) problems.add(`${subject} is ${inWords(duration)}`, 'Write a time such as "24 h".');
  return seconds ?? 0;
}

import type { Condition, Quantifier, SinceCondition } from "./condition.ts";
import { actedOn } from "./conditionForms.ts";
import { factWords, isFact } from "./factWords.ts";
import { formatCount, formatDuration } from "./format.ts";
import { keyRangesOf } from "./keyRanges.ts";
import { type PartitionSet, setOfRanges } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";

/** Why what a rule finds at its first tick is let be. */
export const beforeFirstLook = "what was there before the daemon first looked at its rule does not count";

/** A part of a condition in words, without what it is made of: its label, or what it asks. */
export function conditionInWords(condition: Condition): string {
  if (condition.label !== undefined) return condition.label;
  switch (condition.kind) {
    case "and":
      return "all of these";
    case "or":
      return "any of these";
    case "not":
      return "not";
    case "since":
      return sinceInWords(condition);
    case "newlyTrue":
      return `${isFact(condition.of) ? factWords[condition.of.kind].asked : "so"} now, and not when the daemon last looked`;
    case "deps":
      return `${condition.assets === "any" ? "any" : "every"} upstream asset${quantifierInWords(condition.partitions)}`;
    case "asset":
      return `${condition.key}${quantifierInWords(condition.partitions)}`;
    case "anyDownstream":
      return "any condition downstream";
    case "checksPassed":
      return condition.blockingOnly ? "its blocking checks passed" : "its checks passed";
    case "cronTickPassed":
      return `${cronInWords(condition)} ticked since the daemon last looked`;
    case "inLatestTimeWindow":
      return condition.lookbackSeconds === null
        ? "in the latest time window"
        : `in the last ${formatDuration(condition.lookbackSeconds * 1000)}`;
    default:
      return factWords[condition.kind].asked;
  }
}

/** The parts of a condition, each as it reads among the others. */
export function partsInWords(condition: Condition, parts: readonly Condition[]): string[] {
  const words = parts.map(partInWords);
  const isReset = condition.kind === "since" && condition.reset.label === undefined;
  return words.map((it, at) => (isReset && at === 1 ? `ended by: ${it}` : it));
}

/** A label does not say by itself whether all of what stands below it is needed. */
export function partInWords(condition: Condition): string {
  const words = conditionInWords(condition);
  return condition.kind === "and" && condition.label !== undefined ? `${words}: all of these` : words;
}

function sinceInWords({ reset }: SinceCondition): string {
  if (reset.label === actedOn) return "it happened, and was not acted on yet";
  if (reset.kind === "cronTickPassed") return `it happened since ${cronInWords(reset)} last ticked`;
  return "it happened, and was not ended since";
}

/** A whole condition in a word or two: its label, or that it is one of the user's own. */
export function ruleInWords({ label }: Condition): string {
  return label ?? ownCondition;
}

/** How a condition is called that has no label. */
export const ownCondition = "a condition of its own";

/** '"0 9 * * *" Europe/Berlin'; UTC goes without saying. */
export function cronInWords({
  cron,
  timezone,
}: {
  readonly cron: string;
  readonly timezone: string;
}): string {
  return timezone === "UTC" ? `"${cron}"` : `"${cron}" ${timezone}`;
}

/** "2026-02-03", "2026-01-01 … 2026-01-31 (31)"; empty for an asset without partitions. */
export function partitionsOfSetInWords(set: PartitionSet, partitions: Partitioning): string {
  if (partitions.kind === "listed" && partitions.definition === null) return "";
  // With dimensions, ranges of keys are others than those of indexes.
  const isLong = partitions.kind !== "multi" && set.ranges.length > mostRanges;
  const ranges = keyRangesOf(isLong ? setOfRanges(set.ranges.slice(0, mostRanges)) : set, partitions);
  const shown = ranges
    .slice(0, mostRanges)
    .map(({ first, last }) => (first === last ? first : `${first} … ${last}`));
  const isMore = isLong || ranges.length > mostRanges;
  const isPlain = !isMore && ranges.length === set.count;
  return `${shown.join(", ")}${isMore ? ", …" : ""}${isPlain ? "" : ` (${formatCount(set.count)})`}`;
}

/** More than these nobody reads. */
const mostRanges = 3;

function quantifierInWords(quantifier: Quantifier): string {
  if (quantifier.kind === "some") return "";
  return quantifier.kind === "every"
    ? ", every partition"
    : `, at least ${quantifier.count} ${quantifier.count === 1 ? "partition" : "partitions"}`;
}

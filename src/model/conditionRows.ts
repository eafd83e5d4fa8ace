import type { AssetKey } from "./assetKey.ts";
import type { ConditionExplanation, ExplainedPart } from "./conditionExplanation.ts";
import type { ConditionAnswer } from "./conditionState.ts";
import { beforeFirstLook, conditionInWords } from "./conditionWords.ts";
import { formatCount } from "./format.ts";

/** One line of a condition as it is read: a part, how deep it stands, and what it came to. */
export interface ConditionRow {
  readonly depth: number;
  readonly outcome: ExplainedPart["outcome"];
  readonly words: string;
  /** The asset that it is asked about, where that is another one than in the line above it. */
  readonly asset: AssetKey | null;
  /** "1 of 3 (2026-01-03)"; empty where there is nothing to count. */
  readonly counts: string;
}

/** The lines of an explanation, from the top; what did not matter any more stands in one line. */
export function conditionRows({ asset, tree }: ConditionExplanation): ConditionRow[] {
  return rowsOf(tree, asset, 0);
}

/** Whether the rule makes only what comes after it began: what was missing before is for somebody to ask for. */
export function beginsWithNews({ tree }: Pick<ConditionExplanation, "tree">): boolean {
  const first = conditionInWords({ kind: "initialEvaluation" });
  const has = ({ words, parts }: ExplainedPart): boolean => words.endsWith(first) || parts.some(has);
  return has(tree);
}

/** In one line what a look at a condition came to: "requests it 2026-01-03: raw was updated". */
export function explanationInWords({ requested, partitions, reason }: ConditionExplanation): string {
  const which = partitions === "" ? "" : ` ${partitions}`;
  return requested > 0 ? `requests it${which}: ${reason}` : reason;
}

/** Each outcome with its mark, which tells it without a colour, and how a screen reader says it. */
export const outcomeMarks: Readonly<
  Record<ExplainedPart["outcome"], { readonly mark: string; readonly words: string }>
> = {
  true: { mark: "✓", words: "true" },
  false: { mark: "✗", words: "not true" },
  notEvaluated: { mark: "·", words: "not asked" },
};

/** What the marks mean, for whoever sees them for the first time. */
export const marksLegend = "✓ true   ✗ not true   · not asked: what stands above it has decided already";

/**
 * Said while a rule has requested nothing: whoever wrote it may wait for a first run. Null where it has, or where
 * the rule asks for what was there before, too.
 */
export function firstRunInWords(
  { now, lastRequest, isWatched }: ConditionAnswer,
  by = "materialize it once",
): string | null {
  if (now === null || lastRequest !== null || now.requested > 0 || !beginsWithNews(now)) return null;
  const how = `To have it now, ${by}; from then on the rule makes it.`;
  // The reason says it already.
  if (now.reason.includes(beforeFirstLook)) return how;
  const when = isWatched ? "looked" : "looks";
  return `What was there or missing before the daemon first ${when} at this rule does not count as new. ${how}`;
}

function deniedInWords(words: string): string {
  return words.startsWith("something ") ? words.replace("something", "nothing") : `not ${words}`;
}

function rowsOf(part: ExplainedPart, above: AssetKey, depth: number): ConditionRow[] {
  const { outcome, words, trueCount, candidateCount, truePartitions } = part;
  // What is denied is said in the same line.
  const [denied] = words === "not" ? part.parts : [];
  const { asset, parts } = denied ?? part;
  const isCounted = outcome !== "notEvaluated" && (candidateCount > 1 || truePartitions !== "");
  const which = truePartitions === "" ? "" : ` (${truePartitions})`;
  const row: ConditionRow = {
    depth,
    outcome,
    words: denied ? deniedInWords(denied.words) : words,
    asset: asset === above ? null : asset,
    counts: isCounted ? `${formatCount(trueCount)} of ${formatCount(candidateCount)}${which}` : "",
  };
  const shown = outcome === "notEvaluated" ? [] : parts;
  return [row, ...shown.flatMap(it => rowsOf(it, asset, depth + 1))];
}

import type { ConditionExplanation, ExplainedPart } from "./conditionExplanation.ts";
import { formatCount } from "./format.ts";

/**
 * What is another thing at a look than at the one before it, in one line, for looks that are told by the same words:
 * "newly updated (raw): 1 of 3, was 0 of 3". Null when nothing of it shows.
 */
export function differenceInWords(before: ConditionExplanation, after: ConditionExplanation): string | null {
  const said = differenceOf(before.tree, after.tree, after.asset);
  return said === null || said.length <= mostCharacters ? said : `${said.slice(0, mostCharacters - 1)}…`;
}

/** It is kept with every such look. */
const mostCharacters = 240;

/** The innermost part that is another one says it best: what is around it follows. */
function differenceOf(before: ExplainedPart, after: ExplainedPart, about: string): string | null {
  if (before.words !== after.words || before.parts.length !== after.parts.length)
    return "its rule was edited";
  for (const [i, part] of after.parts.entries()) {
    const difference = differenceOf(before.parts[i] as ExplainedPart, part, about);
    if (difference !== null) return difference;
  }
  const [now, was] = [answerInWords(after), answerInWords(before)];
  if (now === was) return null;
  const what = `${after.words}${after.asset === about ? "" : ` (${after.asset})`}`;
  return isWhole(before) && isWhole(after) ? `${what}: ${changeInWords[now]}` : `${what}: ${now}, was ${was}`;
}

const changeInWords: Readonly<Record<string, string>> = {
  true: "true now",
  "not true": "not true any more",
  "not asked": "not asked any more",
};

/** There is nothing to count. */
function isWhole({ outcome, candidateCount, truePartitions }: ExplainedPart): boolean {
  return outcome === "notEvaluated" || (candidateCount === 1 && truePartitions === "");
}

function answerInWords({ outcome, trueCount, candidateCount, truePartitions }: ExplainedPart): string {
  if (outcome === "notEvaluated") return "not asked";
  if (candidateCount === 1 && truePartitions === "") return outcome === "true" ? "true" : "not true";
  const which = truePartitions === "" ? "" : ` (${truePartitions})`;
  return `${formatCount(trueCount)} of ${formatCount(candidateCount)}${which}`;
}

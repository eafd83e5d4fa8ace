import type { AssetKey } from "./assetKey.ts";
import type { ConditionExplanation, ExplainedPart } from "./conditionExplanation.ts";
import { digestOf } from "./textDigest.ts";

/** What an explanation says at every tick alike: the parts in words, and what they are asked about. */
export interface ExplanationForm {
  readonly words: string;
  readonly asset: AssetKey;
  readonly parts: readonly ExplanationForm[];
}

/** What it says at one tick: a few bytes for each part, so that a year of ticks can be kept. */
export interface ExplanationRecord {
  /** The digest of its form. */
  readonly form: string;
  readonly requested: number;
  readonly partitions: string;
  /**
   * For each part, from the top and before the part after it: how many are true, of how many, and which in words
   * where there are words. As JSON in a text, for a list takes more room in a database.
   */
  readonly values: string;
  /** What is another thing than at the look before, which was told by the same words. */
  readonly difference?: string;
}

/** An explanation in two: what stays, and what changes from tick to tick. The record has a bounded size. */
export function recordExplanation({ requested, partitions, tree }: ConditionExplanation): {
  readonly form: ExplanationForm;
  readonly record: ExplanationRecord;
} {
  const form = formOf(tree);
  const values = valuesOf(tree, true);
  const isLong = JSON.stringify(values).length > mostCharacters;
  return {
    form,
    record: {
      form: digestOf(JSON.stringify(form)),
      requested,
      partitions,
      // Of a condition over hundreds of assets the first parts tell what there is to tell.
      values: JSON.stringify(isLong ? valuesOf(tree, false).slice(0, mostValues * 2) : values),
    },
  };
}

/** The explanation again; parts that were left out count as not evaluated. */
export function readExplanation(
  form: ExplanationForm,
  { requested, partitions, values: text }: ExplanationRecord,
  reason: string,
): ConditionExplanation {
  const values = JSON.parse(text) as readonly (number | string)[];
  let at = 0;
  return { asset: form.asset, requested, partitions, reason, tree: read(form) };

  function read({ words, asset, parts }: ExplanationForm): ExplainedPart {
    const trueCount = number();
    const candidateCount = number();
    const isSaid = typeof values[at] === "string";
    const truePartitions = isSaid ? String(values[at]) : "";
    if (isSaid) at++;
    const outcome = candidateCount === 0 ? "notEvaluated" : trueCount === 0 ? "false" : "true";
    return { words, asset, outcome, trueCount, candidateCount, truePartitions, parts: parts.map(read) };
  }

  function number(): number {
    const value = values[at];
    if (typeof value !== "number") return 0;
    at++;
    return value;
  }
}

const mostCharacters = 1200;
const mostValues = 200;

function formOf({ words, asset, parts }: ExplainedPart): ExplanationForm {
  return { words, asset, parts: parts.map(formOf) };
}

function valuesOf(part: ExplainedPart, withWords: boolean): (number | string)[] {
  const { trueCount, candidateCount, truePartitions, parts } = part;
  const words = withWords && truePartitions !== "" ? [truePartitions] : [];
  return [trueCount, candidateCount, ...words, ...parts.flatMap(it => valuesOf(it, withWords))];
}

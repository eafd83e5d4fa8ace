import type { AssetKey } from "./assetKey.ts";
import type { Automation } from "./conditionGraph.ts";
import { saysOf } from "./conditionIdentity.ts";
import type { PartResult } from "./conditionParts.ts";
import { reasonFor } from "./conditionReasons.ts";
import type { ConditionTick } from "./conditionTick.ts";
import { partInWords, partitionsOfSetInWords, partsInWords } from "./conditionWords.ts";
import { intersection, sameSet } from "./partitionSet.ts";

/** Why a condition did or did not request its asset at a tick: plain JSON, to be stored and shown. */
export interface ConditionExplanation {
  readonly asset: AssetKey;
  /** How many partitions it requested. */
  readonly requested: number;
  /** Which: "2026-02-03"; empty for an asset without partitions. */
  readonly partitions: string;
  /** In one line: "waits for weather/daily_readings 2026-02-03". */
  readonly reason: string;
  readonly tree: ExplainedPart;
}

export interface ExplainedPart {
  readonly words: string;
  /** The asset that this part is asked about. */
  readonly asset: AssetKey;
  /** `notEvaluated`: its answer did not matter any more, for what comes before it left nothing over. */
  readonly outcome: "true" | "false" | "notEvaluated";
  readonly trueCount: number;
  readonly candidateCount: number;
  /** Where it is true, in words; empty for an asset without partitions. */
  readonly truePartitions: string;
  readonly parts: readonly ExplainedPart[];
}

/** The explanation of what a tick came to for one asset; null when it has no condition. */
export function explainCondition(
  automation: Automation,
  tick: ConditionTick,
  asset: AssetKey,
): ConditionExplanation | null {
  const result = tick.results.get(asset);
  if (result === undefined) return null;
  return {
    asset,
    requested: result.matches.count,
    partitions: partitionsOfSetInWords(result.matches, tick.partitionsOf(asset)),
    reason: reasonFor(automation, tick, result),
    tree: explainPart(result, partInWords(result.condition), tick),
  };
}

/** Whether two ticks came to the same in the same way, so that one explanation is enough (semantics A13). */
export function sameResult(a: PartResult, b: PartResult): boolean {
  return a.target === b.target && saysOf(a.condition) === saysOf(b.condition) && sameAnswer(a, b);
}

function sameAnswer(a: PartResult, b: PartResult): boolean {
  return (
    sameSet(a.candidates, b.candidates) &&
    sameSet(a.matches, b.matches) &&
    a.parts.length === b.parts.length &&
    a.parts.every((it, i) => sameAnswer(it, b.parts[i] as PartResult))
  );
}

function explainPart(
  { condition, target, candidates, matches, parts }: PartResult,
  words: string,
  tick: ConditionTick,
): ExplainedPart {
  // What remembers answers for all partitions; said is only what was asked.
  const found = intersection(matches, candidates);
  const below = partsInWords(
    condition,
    parts.map(it => it.condition),
  );
  const outcome = candidates.count === 0 ? "notEvaluated" : found.count === 0 ? "false" : "true";
  return {
    words,
    asset: target,
    outcome,
    trueCount: found.count,
    candidateCount: candidates.count,
    truePartitions: partitionsOfSetInWords(found, tick.partitionsOf(target)),
    parts: parts.map((it, at) => explainPart(it, below[at] as string, tick)),
  };
}

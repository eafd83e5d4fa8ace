import type { AssetKey } from "./assetKey.ts";
import type { ConditionExplanation } from "./conditionExplanation.ts";
import type { SimulatedTick } from "./simulate.ts";

/** What the condition of an asset comes to now, and what it last did. */
export interface ConditionAnswer {
  readonly asset: AssetKey;
  /** The condition in a few words; null: the asset has none. */
  readonly automation: string | null;
  /** Whether it is switched off by hand. */
  readonly isOff: boolean;
  /** Whether a daemon ever looked at it: until then nothing is requested, and what is there is let be. */
  readonly isWatched: boolean;
  /** What the next look would come to, if it were now; null for an asset without a condition, or with one that is off. */
  readonly now: ConditionExplanation | null;
  /** The last look at which it came to something else than before; null: there was none. */
  readonly lastTick: ConditionTickSummary | null;
  /** The last look at which it requested its asset. */
  readonly lastRequest: ConditionTickSummary | null;
}

/** One look at a condition that came to something else than the one before it. */
export interface ConditionTickSummary {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  readonly status: "requested" | "skipped" | "failed";
  readonly reason: string;
  /** What is another thing than at the look before, where that was told by the same words. */
  readonly difference: string | null;
  /** Why nothing came of what it requested. */
  readonly error: string | null;
  readonly runIds: readonly string[];
  /** Null: what its numbers mean is forgotten. */
  readonly explanation: ConditionExplanation | null;
}

/** What a condition would have done with what is recorded, beside what was really launched. */
export interface ConditionSimulation {
  readonly asset: AssetKey;
  /** The condition that was played, in a few words. */
  readonly automation: string;
  /** Whether it is played as it is being typed: nothing of it is saved yet. */
  readonly isUnsaved: boolean;
  /** ISO 8601. */
  readonly from: string;
  readonly to: string;
  /** Runs that the asset's condition has really launched in this time, whatever it was then. */
  readonly launched: number;
  readonly launchedAt: readonly string[];
  /** Runs that this one would have launched. */
  readonly wouldLaunch: number;
  /** Of the looks that requested something, the first few hundred. */
  readonly ticks: readonly SimulatedTick[];
}

/** "would have launched 12 runs in the last 7 days; the rule as it was launched 40". */
export function simulationInWords({ wouldLaunch, launched }: ConditionSimulation, days: number): string {
  const time = days === 1 ? "in the last day" : `in the last ${days} days`;
  return `would have launched ${runsInWords(wouldLaunch)} ${time}; the rule as it was launched ${launched}`;
}

function runsInWords(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`;
}

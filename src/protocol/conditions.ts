import type { AssetKey } from "../model/assetKey.ts";
import type { Condition } from "../model/condition.ts";
import type { ConditionAnswer, ConditionSimulation, ConditionTickSummary } from "../model/conditionState.ts";

/** What the editor may ask about the conditions of assets; a part of `EngineHost`. */
export interface ConditionHost {
  /** Why the condition of an asset does or does not request it now. */
  why(asset: AssetKey): Promise<ConditionAnswer>;
  /** The looks at which it came to something else than before, newest first. */
  conditionHistory(asset: AssetKey, limit: number): Promise<ConditionTickSummary[]>;
  /** What a condition would have launched in the last days. */
  simulateCondition(asset: AssetKey, request: SimulateConditionRequest): Promise<ConditionSimulation>;
}

export interface SimulateConditionRequest {
  days: number;
  /** Another condition than the present one. */
  condition?: Condition | null;
  /** The condition that the asset has in this file instead, relative to the root. */
  file?: string | null;
  /** What is typed in the editor and not saved yet, by file: read in place of what the files say. */
  unsaved?: Readonly<Record<string, string>>;
}

/** What the picture of a condition can be told. */
export interface ConditionsView {
  /** What the condition of an asset comes to now, and what it came to before, newest first. */
  show(answer: ConditionAnswer, history: ConditionTickSummary[]): void;
  /**
   * What it would have launched in the last days beside what was; or why that cannot be told. Both: what is being
   * typed cannot be played yet, and this was the last that could.
   */
  showSimulation(days: number, simulation: ConditionSimulation | null, fault: string | null): void;
  /** Says why there is nothing to show, and the one thing to do about it; the next `show` replaces it. */
  showEmpty(cause: string, action: string | null): void;
}

/** What the picture of a condition may ask of its host. */
export interface ConditionsHost {
  /** The picture is drawn and listens; the host answers by `show`. */
  ready(): void;
  /** The host answers by `showSimulation`, and again whenever the rule is edited, saved or not. */
  simulate(days: number): void;
  openSource(): void;
  openRun(runId: string): void;
  /** The action that `showEmpty` offered. */
  takeAction(): void;
}

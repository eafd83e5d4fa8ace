import type { AssetKey } from "./assetKey.ts";

/**
 * The rule by which an asset requests itself: plain, so that it crosses every process border.
 * At each tick it is true of some of the partitions of its asset, and these are requested (semantics A1).
 */
export type Condition =
  | ManyCondition
  | NotCondition
  | SinceCondition
  | NewlyTrueCondition
  | DepsCondition
  | AssetCondition
  | DownstreamCondition
  | FactCondition
  | ChecksCondition
  | CronCondition
  | WindowCondition;

export interface LabelledCondition {
  /** What people call it. One that remembers keeps its memory under this name while what it is made of changes. */
  readonly label?: string;
}

/** All of them, each asked about what those before it left over; or any of them. */
export interface ManyCondition extends LabelledCondition {
  readonly kind: "and" | "or";
  readonly of: readonly Condition[];
}

export interface NotCondition extends LabelledCondition {
  readonly kind: "not";
  readonly of: Condition;
}

/** True from when the trigger was true until the reset is; the reset wins, unless the trigger came later (A2). */
export interface SinceCondition extends LabelledCondition {
  readonly kind: "since";
  readonly trigger: Condition;
  readonly reset: Condition;
}

/** True now, and not true at the last tick (A3). */
export interface NewlyTrueCondition extends LabelledCondition {
  readonly kind: "newlyTrue";
  readonly of: Condition;
}

/** A condition on what is directly upstream. */
export interface DepsCondition extends LabelledCondition {
  readonly kind: "deps";
  readonly assets: "any" | "all";
  readonly partitions: Quantifier;
  readonly of: Condition;
  /** Only upstream assets that one of these texts selects. */
  readonly only?: readonly string[];
  /** No upstream asset that one of these texts selects. */
  readonly except?: readonly string[];
}

/** A condition on one named asset, wherever it is. */
export interface AssetCondition extends LabelledCondition {
  readonly kind: "asset";
  readonly key: AssetKey;
  readonly partitions: Quantifier;
  readonly of: Condition;
}

/** Of how many of the upstream partitions that one of ours needs a condition must be true (A8). */
export type Quantifier =
  | { readonly kind: "some" }
  | { readonly kind: "every" }
  | { readonly kind: "atLeast"; readonly count: number };

/** Any condition of an asset downstream, asked about this one. */
export interface DownstreamCondition extends LabelledCondition {
  readonly kind: "anyDownstream";
}

/** What is asked of an asset without more words. */
export interface FactCondition extends LabelledCondition {
  readonly kind: FactKind;
}

export type FactKind =
  | "missing"
  | "inProgress"
  | "failed"
  | "newlyUpdated"
  | "newlyRequested"
  /** Requested at this tick, in a run that the asset of the condition can join (A7). */
  | "willBeRequested"
  /** Its last run made the asset of the condition too. */
  | "madeTogether"
  | "initialEvaluation"
  | "codeVersionChanged";

/** All checks of what is there passed, or all those that block; true of an asset without any. */
export interface ChecksCondition extends LabelledCondition {
  readonly kind: "checksPassed";
  readonly blockingOnly: boolean;
}

/** A cron ticked since the last tick; several ticks count once (A5). */
export interface CronCondition extends LabelledCondition {
  readonly kind: "cronTickPassed";
  readonly cron: string;
  readonly timezone: string;
}

/** The last window of time, or those that begin within so many seconds before its end (A6). */
export interface WindowCondition extends LabelledCondition {
  readonly kind: "inLatestTimeWindow";
  readonly lookbackSeconds: number | null;
}

export const somePartition: Quantifier = { kind: "some" };

/** What a condition is made of, in order. */
export function partsOf(condition: Condition): readonly Condition[] {
  switch (condition.kind) {
    case "and":
    case "or":
      return condition.of;
    case "not":
    case "newlyTrue":
    case "deps":
    case "asset":
      return [condition.of];
    case "since":
      return [condition.trigger, condition.reset];
    default:
      return [];
  }
}

/** The same condition made of other parts, as many as it had. */
export function withParts(condition: Condition, parts: readonly Condition[]): Condition {
  const [first, second] = parts;
  switch (condition.kind) {
    case "and":
    case "or":
      return { ...condition, of: parts };
    case "not":
    case "newlyTrue":
    case "deps":
    case "asset":
      return { ...condition, of: first ?? condition.of };
    case "since":
      return { ...condition, trigger: first ?? condition.trigger, reset: second ?? condition.reset };
    default:
      return condition;
  }
}

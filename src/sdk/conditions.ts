import type { AssetKey } from "../model/assetKey.ts";
import type { Condition, FactKind, Quantifier } from "../model/condition.ts";
import { faultsOfCondition } from "../model/conditionFaults.ts";
import * as forms from "../model/conditionForms.ts";
import { type Duration, secondsOf } from "../model/duration.ts";
import { brand, isBranded } from "./brand.ts";
import { type AssetDefinition, isAsset, isSource, type SourceDefinition } from "./definition.ts";
import { captureDefinition, DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";

/** The rule by which an asset requests itself: `automation: eager()`. One value may serve many assets. */
export type AutomationCondition = Condition & ConditionMethods;

/** What can be made of a condition. */
export interface ConditionMethods {
  readonly [brand]: "condition";
  /** True from when this was true until the reset is. */
  since(reset: Condition): AutomationCondition;
  /** True from when this was true until the asset was requested or updated; what was so before is let be. */
  sinceLastHandled(): AutomationCondition;
  /** True where this is true and was not at the last tick. */
  newlyTrue(): AutomationCondition;
  /** Every part that asks about upstream assets asks only about these: assets, sources, or a selection. */
  allow(...assets: readonly SelectedDeps[]): AutomationCondition;
  /** Every part that asks about upstream assets leaves these out: assets, sources, or a selection. */
  ignore(...assets: readonly SelectedDeps[]): AutomationCondition;
  /** What people read of it; what it remembers stays under this name while you edit what it is made of. */
  labelled(label: string): AutomationCondition;
}

/** An asset, a source, or a selection such as "group:weather" or "raw/orders". */
export type SelectedDeps = AssetDefinition | SourceDefinition | string;

export interface CronOptions {
  /** A name of the IANA database, "Europe/Berlin"; "UTC" when nothing is said. */
  readonly timezone?: string;
}

/**
 * Requests what became missing or has news upstream, as soon as all that it needs is there and nothing is in
 * progress. Of an asset with windows of time: the latest. What was so before the rule began is not made by it.
 *
 * @example
 * automation: eager()
 */
export function eager(): AutomationCondition {
  return complete(forms.eager(), eager);
}

/**
 * Requests once for each tick of a cron, after everything upstream was updated since that tick.
 *
 * @example
 * automation: onCron("0 6 * * *", { timezone: "Europe/Berlin" })
 */
export function onCron(cron: string, { timezone = "UTC" }: CronOptions = {}): AutomationCondition {
  return complete(forms.onCron(cron, timezone), onCron);
}

/** Requests partitions that are added and missing, as soon as all that they need is there. */
export function onMissing(): AutomationCondition {
  return complete(forms.onMissing(), onMissing);
}

/** Where all of them are true. */
export function and(...conditions: readonly Condition[]): AutomationCondition {
  return complete(forms.and(...checked(conditions, and)), and);
}

/** Where any of them is true. */
export function or(...conditions: readonly Condition[]): AutomationCondition {
  return complete(forms.or(...checked(conditions, or)), or);
}

/** Where it is not true. */
export function not(condition: Condition): AutomationCondition {
  return complete(forms.not(only(condition, not)), not);
}

/**
 * True of any direct upstream asset, by default of some of the partitions that are needed.
 *
 * @example
 * anyDeps(newlyUpdated(), every())
 */
export function anyDeps(condition: Condition, partitions: Quantifier = some()): AutomationCondition {
  return complete(forms.deps("any", only(condition, anyDeps), undefined, partitions), anyDeps);
}

/**
 * True of every direct upstream asset, by default of some of the partitions that are needed of each.
 *
 * @example
 * allDeps(not(missing()), every())
 */
export function allDeps(condition: Condition, partitions: Quantifier = some()): AutomationCondition {
  return complete(forms.deps("all", only(condition, allDeps), undefined, partitions), allDeps);
}

/** True of one asset, wherever it is in the graph. */
export function assetMatches(
  asset: AssetDefinition | SourceDefinition | string,
  condition: Condition,
  partitions: Quantifier = some(),
): AutomationCondition {
  const key = (typeof asset === "string" ? asset : asset.key) as AssetKey;
  return complete({ kind: "asset", key, partitions, of: only(condition, assetMatches) }, assetMatches);
}

/** Of all upstream partitions that one of the asset's needs; it is not, while one of them does not exist. */
export function every(): Quantifier {
  return { kind: "every" };
}

/** Of at least one upstream partition that one of the asset's needs. */
export function some(): Quantifier {
  return { kind: "some" };
}

/** Of at least so many upstream partitions that one of the asset's needs. */
export function atLeast(count: number): Quantifier {
  return { kind: "atLeast", count };
}

/** Something upstream was updated by a run that did not make this asset too, or is requested together with it. */
export function anyDepsUpdated(): AutomationCondition {
  return complete(forms.anyDepsUpdated(), anyDepsUpdated);
}

/** Something upstream is missing, and not requested together with this asset. */
export function anyDepsMissing(): AutomationCondition {
  return complete(forms.anyDepsMissing(), anyDepsMissing);
}

/** Something upstream is in progress. */
export function anyDepsInProgress(): AutomationCondition {
  return complete(forms.anyDepsInProgress(), anyDepsInProgress);
}

/** Everything upstream was updated since the last tick of a cron, or is requested together with this asset. */
export function allDepsUpdatedSinceCron(
  cron: string,
  { timezone = "UTC" }: CronOptions = {},
): AutomationCondition {
  return complete(forms.allDepsUpdatedSinceCron(cron, timezone), allDepsUpdatedSinceCron);
}

/** Everything upstream passed the checks that block, or is requested together with this asset. */
export function allDepsBlockingChecksPassed(): AutomationCondition {
  return complete(forms.allDepsBlockingChecksPassed(), allDepsBlockingChecksPassed);
}

/** Never materialized. */
export const missing = factForm("missing");
/** Planned by a run that has not made it yet. */
export const inProgress = factForm("inProgress");
/** Planned last by a run that failed to make it. */
export const failed = factForm("failed");
/** Materialized since the last tick. */
export const newlyUpdated = factForm("newlyUpdated");
/** Requested by its own condition at the last tick. */
export const newlyRequested = factForm("newlyRequested");
/** Requested at this tick, in a run that the asset of the condition can join. */
export const willBeRequested = factForm("willBeRequested");
/** The first tick of this condition, or of what surrounds it after an edit. */
export const initialEvaluation = factForm("initialEvaluation");
/** Its code version is another one than at the last tick. */
export const codeVersionChanged = factForm("codeVersionChanged");

/** Every check of what is there passed; with `blockingOnly` every one that blocks. */
export function checksPassed({ blockingOnly = false } = {}): AutomationCondition {
  return complete({ kind: "checksPassed", blockingOnly }, checksPassed);
}

/** A cron ticked since the last tick of the daemon; several ticks count once. */
export function cronTickPassed(cron: string, { timezone = "UTC" }: CronOptions = {}): AutomationCondition {
  return complete({ kind: "cronTickPassed", cron, timezone }, cronTickPassed);
}

/**
 * The last window of time; with a lookback, those that begin within it before the last one ends.
 *
 * @example
 * inLatestTimeWindow("7 d")
 */
export function inLatestTimeWindow(lookback?: Duration): AutomationCondition {
  const lookbackSeconds = lookback === undefined ? null : secondsOf(lookback);
  if (lookback !== undefined && lookbackSeconds === null) {
    const problems = new DefinitionProblems(captureDefinition(inLatestTimeWindow));
    problems.add(
      `The lookback of inLatestTimeWindow() is ${inWords(lookback)}`,
      'Write a time such as "7 d".',
    );
    problems.raise();
  }
  return complete({ kind: "inLatestTimeWindow", lookbackSeconds }, inLatestTimeWindow);
}

/** Any condition of an asset downstream, asked about this one: it is made when they would want it. */
export function anyDownstreamConditions(): AutomationCondition {
  return complete({ kind: "anyDownstream" }, anyDownstreamConditions);
}

/** Known by its brand: another copy of the SDK may have made it. */
export function isAutomationCondition(value: unknown): value is AutomationCondition {
  return isBranded(value, "condition");
}

type Definer = (...args: never[]) => unknown;

/** Methods stand apart from the data, which crosses process borders without them. */
const methods: ConditionMethods & ThisType<Condition> = {
  [brand]: "condition",
  since(reset) {
    return complete({ kind: "since", trigger: this, reset: only(reset, methods.since) }, methods.since);
  },
  sinceLastHandled() {
    return complete(forms.sinceLastHandled(this), methods.sinceLastHandled);
  },
  newlyTrue() {
    return complete({ kind: "newlyTrue", of: this }, methods.newlyTrue);
  },
  allow(...assets) {
    return complete(forms.restrictDeps(this, "only", assets.map(selectionOf)), methods.allow);
  },
  ignore(...assets) {
    return complete(forms.restrictDeps(this, "except", assets.map(selectionOf)), methods.ignore);
  },
  labelled(label) {
    return complete(forms.labelled(label, this), methods.labelled);
  },
};

function factForm(kind: FactKind): () => AutomationCondition {
  const form = () => complete(forms.fact(kind), form);
  return form;
}

function complete(condition: Condition, definer: Definer): AutomationCondition {
  const faults = faultsOfCondition(condition);
  if (faults.length > 0) {
    const problems = new DefinitionProblems(captureDefinition(definer));
    for (const { what, whatToDo } of faults) problems.add(what, whatToDo);
    problems.raise();
  }
  return Object.freeze(Object.assign(Object.create(methods) as ConditionMethods, condition));
}

function only(condition: Condition, definer: Definer): Condition {
  return checked([condition], definer)[0] as Condition;
}

function checked(conditions: readonly unknown[], definer: Definer): readonly Condition[] {
  const wrong = conditions.filter(it => typeof it !== "object" || it === null || !("kind" in it));
  if (wrong.length > 0) {
    const problems = new DefinitionProblems(captureDefinition(definer));
    for (const it of wrong) {
      const advice = typeof it === "function" ? "Call it: missing()." : "Write one, such as missing().";
      problems.add(`A part of a condition is ${inWords(it)}`, advice);
    }
    problems.raise();
  }
  return conditions as readonly Condition[];
}

function selectionOf(asset: SelectedDeps): string {
  return isAsset(asset) || isSource(asset) ? `key:"${asset.key}"` : asset;
}

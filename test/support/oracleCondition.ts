import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Condition } from "../../src/model/condition.ts";
import {
  allDepsUpdatedSinceCron,
  and,
  anyDepsInProgress,
  anyDepsMissing,
  anyDepsUpdated,
  deps,
  eager,
  fact,
  newlyMissing,
  not,
  onCron,
  onMissing,
  or,
  restrictDeps,
  sinceLastHandled,
} from "../../src/model/conditionForms.ts";

/** A condition as the vectors write it. */
export type OracleCondition = {
  op: string;
  of?: OracleCondition | OracleCondition[];
  trigger?: OracleCondition;
  reset?: OracleCondition;
  cron?: string;
  timezone?: string;
  lookback_seconds?: number;
  asset?: AssetKey;
  allow?: AssetKey[];
  ignore?: AssetKey[];
};

/** The same condition as ours. */
export function ourCondition(theirs: OracleCondition): Condition {
  let ours = withoutSelections(theirs);
  // Plain names of assets select these.
  if (theirs.allow !== undefined)
    ours = restrictDeps(
      ours,
      "only",
      theirs.allow.map(key => `key:"${key}"`),
    );
  if (theirs.ignore !== undefined)
    ours = restrictDeps(
      ours,
      "except",
      theirs.ignore.map(key => `key:"${key}"`),
    );
  return ours;
}

function withoutSelections(theirs: OracleCondition): Condition {
  const { op, cron = "", timezone = "UTC" } = theirs;
  const many = () => [theirs.of ?? []].flat().map(ourCondition);
  const one = (it: OracleCondition | OracleCondition[] | undefined = theirs.of) => {
    const [first] = [it ?? []].flat();
    if (first === undefined) throw new RangeError(`${op} lacks an operand`);
    return ourCondition(first);
  };
  switch (op) {
    case "eager":
      return eager();
    case "on_missing":
      return onMissing();
    case "on_cron":
      return onCron(cron, timezone);
    case "and":
      return and(...many());
    case "or":
      return or(...many());
    case "not":
      return not(one());
    case "newly_true":
      return { kind: "newlyTrue", of: one() };
    case "since_last_handled":
      return sinceLastHandled(one());
    case "since":
      return { kind: "since", trigger: one(theirs.trigger), reset: one(theirs.reset) };
    case "newly_missing":
      return newlyMissing;
    case "run_in_progress":
      return fact("inProgress");
    case "execution_failed":
      return fact("failed");
    case "missing":
    case "newly_updated":
    case "newly_requested":
    case "will_be_requested":
    case "in_progress":
    case "initial_evaluation":
      return fact(facts[op]);
    case "cron_tick_passed":
      return { kind: "cronTickPassed", cron, timezone };
    case "in_latest_time_window":
      return { kind: "inLatestTimeWindow", lookbackSeconds: theirs.lookback_seconds ?? null };
    case "any_deps_match":
      return deps("any", one());
    case "all_deps_match":
      return deps("all", one());
    case "any_deps_updated":
      return anyDepsUpdated();
    case "any_deps_missing":
      return anyDepsMissing();
    case "any_deps_in_progress":
      return anyDepsInProgress();
    case "all_deps_updated_since_cron":
      return allDepsUpdatedSinceCron(cron, timezone);
    case "asset_matches":
      return { kind: "asset", key: theirs.asset as AssetKey, partitions: { kind: "some" }, of: one() };
    case "any_downstream_conditions":
      return { kind: "anyDownstream" };
    default:
      throw new RangeError(`There is no condition "${op}".`);
  }
}

const facts = {
  missing: "missing",
  newly_updated: "newlyUpdated",
  newly_requested: "newlyRequested",
  will_be_requested: "willBeRequested",
  in_progress: "inProgress",
  initial_evaluation: "initialEvaluation",
} as const;

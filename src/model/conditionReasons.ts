import type { AssetKey } from "./assetKey.ts";
import type { Condition } from "./condition.ts";
import type { Automation } from "./conditionGraph.ts";
import type { PartResult } from "./conditionParts.ts";
import { relatedPartitions } from "./conditionRelations.ts";
import type { ConditionTick } from "./conditionTick.ts";
import { beforeFirstLook, conditionInWords, cronInWords, partitionsOfSetInWords } from "./conditionWords.ts";
import { factWords, isFact } from "./factWords.ts";
import { difference, intersection, type PartitionSet } from "./partitionSet.ts";
import { allPartitions } from "./partitions.ts";

/** In one line why a condition requested its asset: "raw/orders was updated"; or what it waits for. */
export function reasonFor(automation: Automation, tick: ConditionTick, result: PartResult): string {
  const root = result.target;
  const all = allPartitions(tick.partitionsOf(root));
  if (all.count === 0) return "there are no partitions yet";
  const isRequested = result.matches.count > 0;
  const said = isRequested ? whyTrue(result, result.matches, "cause") : whyFalse(result, all);
  const strong = said.filter(it => !it.isWeak);
  const words = joined(strong.length > 0 ? strong : said);
  return words === "" ? (isRequested ? "requested" : "nothing to do") : words;

  /** Why a part is true of some partitions: what made it so, or, under `not`, what stands in the way. */
  function whyTrue(part: PartResult, set: PartitionSet, role: "cause" | "obstacle"): Clause[] {
    const { condition, parts } = part;
    switch (condition.kind) {
      case "and":
        return parts.flatMap(it => whyTrue(it, set, role));
      case "or":
        return parts.flatMap(it => within(it, set, found => whyTrue(it, found, role)));
      case "not":
        return role === "cause" ? [] : parts.flatMap(it => whyFalse(it, set));
      case "since": {
        const trigger = parts.slice(0, 1).flatMap(it => within(it, set, found => whyTrue(it, found, role)));
        return trigger.length > 0 ? trigger : parts.slice(0, 1).flatMap(it => remembered(it));
      }
      case "newlyTrue":
        return parts.flatMap(it => within(it, set, found => whyTrue(it, found, role)));
      case "deps":
      case "asset":
        return parts.flatMap(it => {
          const there = relatedPartitions(automation, tick, part.target, it.target, set);
          return within(it, there, found => whyTrue(it, found, role));
        });
      default:
        return role === "cause" ? causeOf(part, set) : obstacleOf(part, set);
    }
  }

  /** Why a part is not true of partitions that it was asked about. */
  function whyFalse(part: PartResult, set: PartitionSet): Clause[] {
    const { condition, parts } = part;
    switch (condition.kind) {
      case "and": {
        let left = set;
        for (const it of parts) {
          const found = intersection(left, it.matches);
          if (found.count === 0) return whyFalse(it, left);
          left = found;
        }
        return [];
      }
      case "or":
        return parts.flatMap(it => whyFalse(it, set));
      case "not":
        return parts.flatMap(it => within(it, set, found => whyTrue(it, found, "obstacle")));
      case "since": {
        const [trigger, reset] = parts;
        if (trigger === undefined || reset === undefined) return [];
        const isReset = intersection(intersection(trigger.matches, reset.matches), set).count > 0;
        return isReset ? [says(resetInWords(reset, set))] : whyFalse(trigger, set);
      }
      case "newlyTrue":
        return parts.map(it =>
          weak(`nothing became ${conditionInWords(it.condition)} since the daemon last looked`),
        );
      case "deps":
      case "asset": {
        if (parts.length === 0) return [weak("there is nothing upstream to look at")];
        return parts.flatMap(it => {
          const there = relatedPartitions(automation, tick, part.target, it.target, set);
          const lacking = difference(there, it.matches);
          return lacking.count === 0 ? [] : whyFalse(it, lacking);
        });
      }
      default:
        return expectationOf(part, set);
    }
  }

  function causeOf({ condition, target }: PartResult, set: PartitionSet): Clause[] {
    switch (condition.kind) {
      case "newlyUpdated":
        return [says(`${named(target, set)} was updated`)];
      case "willBeRequested":
        return [says(`${named(target, set)} is requested too`)];
      case "cronTickPassed":
        return [says(`${cronInWords(condition)} ticked`)];
      case "inLatestTimeWindow":
        return [];
      case "checksPassed":
        return [weak(`the checks of ${named(target, set)} passed`)];
      default:
        return [says(`${named(target, set)} ${statementOf(condition)}`)];
    }
  }

  function obstacleOf({ condition, target }: PartResult, set: PartitionSet): Clause[] {
    if (condition.kind === "inProgress") {
      return target === root
        ? [says(`${named(target, set)} is in progress already`)]
        : [waits(`${named(target, set)}, which is in progress`)];
    }
    if (condition.kind === "missing" && target !== root) return [waits(named(target, set))];
    return [says(`${named(target, set)} ${statementOf(condition)}`)];
  }

  function expectationOf({ condition, target }: PartResult, set: PartitionSet): Clause[] {
    switch (condition.kind) {
      case "newlyUpdated":
        return [waits(`an update of ${named(target, set)}`)];
      case "cronTickPassed":
        return [waits(`the next tick of ${cronInWords(condition)}`)];
      case "checksPassed":
        return [waits(`the checks of ${named(target, set)}`)];
      case "inLatestTimeWindow":
        return [says(`not ${conditionInWords(condition)}`)];
      case "willBeRequested":
      case "madeTogether":
        return [];
      default:
        return [weak(`${named(target, set)} ${denialOf(condition)}`)];
    }
  }

  /** What happened at an earlier tick, and has not been handled since. */
  function remembered(trigger: PartResult): Clause[] {
    const words = trigger.condition.label ?? conditionInWords(trigger.condition);
    return [weak(`earlier: ${words}`)];
  }

  /** The asset and its partitions; all of them go without saying, and so does the asset that this is about. */
  function named(asset: AssetKey, set: PartitionSet): string {
    const partitions = tick.partitionsOf(asset);
    const isAll = set.count === partitions.count && partitions.count > 1;
    const words = isAll ? "" : partitionsOfSetInWords(set, partitions);
    if (asset === root) return words === "" ? "it" : words;
    return words === "" ? asset : `${asset} ${words}`;
  }
}

/** A first tick handles all that was there before it. */
function resetInWords(reset: PartResult, set: PartitionSet): string {
  return isFirst(reset) ? beforeFirstLook : "it was made or requested since";

  function isFirst({ condition, matches, parts }: PartResult): boolean {
    if (condition.kind === "initialEvaluation") return intersection(matches, set).count > 0;
    return parts.some(isFirst);
  }
}

function statementOf(condition: Condition): string {
  return isFact(condition) ? factWords[condition.kind].is : `is ${conditionInWords(condition)}`;
}

function denialOf(condition: Condition): string {
  return isFact(condition) ? factWords[condition.kind].isNot : `is not ${conditionInWords(condition)}`;
}

interface Clause {
  /** What several clauses can have in common: "waits for". */
  readonly begin: string;
  readonly rest: string;
  /** Said only when there is nothing better to say. */
  readonly isWeak: boolean;
}

function within(part: PartResult, set: PartitionSet, say: (found: PartitionSet) => Clause[]): Clause[] {
  const found = intersection(part.matches, set);
  return found.count === 0 ? [] : say(found);
}

function waits(rest: string): Clause {
  return { begin: "waits for ", rest, isWeak: false };
}

function says(rest: string): Clause {
  return { begin: "", rest, isWeak: false };
}

function weak(rest: string): Clause {
  return { begin: "", rest, isWeak: true };
}

function joined(clauses: readonly Clause[]): string {
  const begins = [...new Set(clauses.map(it => it.begin))];
  return begins.map(begin => begin + listed(clauses.filter(it => it.begin === begin))).join("; ");
}

function listed(clauses: readonly Clause[]): string {
  const rests = [...new Set(clauses.map(it => it.rest))];
  const shown = rests.slice(0, mostClauses);
  const left = rests.length - shown.length;
  const last = left > 0 ? `${left} more` : shown.pop();
  return shown.length === 0 ? (last ?? "") : `${shown.join(", ")} and ${last}`;
}

const mostClauses = 3;

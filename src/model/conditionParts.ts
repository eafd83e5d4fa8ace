import type { AssetKey } from "./assetKey.ts";
import type { Condition, NewlyTrueCondition, SinceCondition } from "./condition.ts";
import { memoryIdOf } from "./conditionIdentity.ts";
import { evaluateLeaf } from "./conditionLeaves.ts";
import { type PartMemory, saveSet } from "./conditionMemory.ts";
import { evaluateAsset, evaluateDeps } from "./conditionRelations.ts";
import type { TickContext } from "./conditionTick.ts";
import { afterLast, type TimedSet } from "./conditionTimes.ts";
import { difference, emptySet, intersection, type PartitionSet, union } from "./partitionSet.ts";
import { allPartitions } from "./partitions.ts";

/** How a part of a condition came to its answer about one asset. */
export interface PartResult {
  readonly condition: Condition;
  readonly target: AssetKey;
  /** What it was asked about; nothing: its answer did not matter any more. */
  readonly candidates: PartitionSet;
  /** Where it is true. What remembers, or tells events, may answer for more than it was asked about. */
  readonly matches: PartitionSet;
  readonly parts: readonly PartResult[];
  /** When that happened, for what tells events. */
  readonly times?: readonly TimedSet[];
  readonly remembered?: PartMemory;
}

/**
 * Where a part is true of an asset. `isFirst`: what surrounds it is evaluated for the first time.
 * Every part is evaluated at every tick, be there candidates or not, so that what remembers misses nothing.
 */
export function evaluatePart(
  condition: Condition,
  target: AssetKey,
  candidates: PartitionSet,
  context: TickContext,
  isFirst: boolean,
): PartResult {
  const result = { condition, target, candidates };
  switch (condition.kind) {
    case "and": {
      let left = candidates;
      const parts = condition.of.map(it => {
        const part = evaluatePart(it, target, left, context, isFirst);
        left = intersection(left, part.matches);
        return part;
      });
      return { ...result, matches: left, parts };
    }
    case "or": {
      const parts = condition.of.map(it => evaluatePart(it, target, candidates, context, isFirst));
      return { ...result, matches: parts.reduce((all, it) => union(all, it.matches), emptySet), parts };
    }
    case "not": {
      const part = evaluatePart(condition.of, target, candidates, context, isFirst);
      return { ...result, matches: difference(candidates, part.matches), parts: [part] };
    }
    case "since":
      return {
        ...overAll(condition, target, context, () => evaluateSince(condition, target, context)),
        ...result,
      };
    case "newlyTrue": {
      const whole = overAll(condition, target, context, () => evaluateNewlyTrue(condition, target, context));
      return { ...whole, ...result, matches: intersection(candidates, whole.matches) };
    }
    case "deps":
      return evaluateDeps(condition, result, context, isFirst);
    case "asset":
      return evaluateAsset(condition, result, context, isFirst);
    default:
      return evaluateLeaf(condition, result, context, isFirst);
  }
}

/** What remembers is evaluated over all partitions, and so only once, wherever in the condition it stands. */
function overAll(
  condition: Condition,
  target: AssetKey,
  { known }: TickContext,
  evaluate: () => PartResult,
): PartResult {
  const name = `${memoryIdOf(condition)}\n${target}`;
  const result = known.get(name) ?? evaluate();
  known.set(name, result);
  return result;
}

function evaluateSince(condition: SinceCondition, target: AssetKey, context: TickContext): PartResult {
  const id = memoryIdOf(condition);
  const all = allPartitions(context.partitionsOf(target));
  const before = context.recall(id, target);
  const trigger = evaluatePart(condition.trigger, target, all, context, before === null);
  const reset = evaluatePart(condition.reset, target, all, context, before === null);
  const held = difference(union(before ?? emptySet, trigger.matches), reset.matches);
  const both = intersection(trigger.matches, reset.matches);
  const later = both.count === 0 ? emptySet : intersection(both, afterLast(trigger.times, reset.times));
  const matches = union(held, later);
  return {
    condition,
    target,
    candidates: all,
    matches,
    parts: [trigger, reset],
    ...(trigger.times === undefined ? {} : { times: trigger.times }),
    remembered: { id, true: saveSet(matches) },
  };
}

/** A part that an edit brought in only learns how things are at its first tick: nothing of that is news. */
function evaluateNewlyTrue(
  condition: NewlyTrueCondition,
  target: AssetKey,
  context: TickContext,
): PartResult {
  const id = memoryIdOf(condition);
  const all = allPartitions(context.partitionsOf(target));
  const before = context.recall(id, target);
  const part = evaluatePart(condition.of, target, all, context, before === null);
  const now = intersection(all, part.matches);
  const known = before ?? (context.before === null ? emptySet : now);
  return {
    condition,
    target,
    candidates: all,
    matches: difference(now, known),
    parts: [part],
    remembered: { id, true: saveSet(now) },
  };
}

import type { Condition, CronCondition } from "./condition.ts";
import { memoryIdOf } from "./conditionIdentity.ts";
import type { PartResult } from "./conditionParts.ts";
import type { TickContext } from "./conditionTick.ts";
import { latestOf } from "./conditionTimes.ts";
import { difference, emptySet, intersection, type PartitionSet, setOfRange, union } from "./partitionSet.ts";
import { allPartitions, type Partitioning } from "./partitions.ts";
import { parseSchedule } from "./schedule.ts";
import { productOfSets } from "./setProduct.ts";
import type { TimeWindows } from "./timeWindows.ts";

type Asked = Pick<PartResult, "condition" | "target" | "candidates">;

/** Where something is true of an asset that is asked without more parts. */
export function evaluateLeaf(
  condition: Condition,
  asked: Asked,
  context: TickContext,
  isFirst: boolean,
): PartResult {
  const { facts, before, root } = context;
  const { target, candidates } = asked;
  const result = { ...asked, parts: [] };
  switch (condition.kind) {
    case "missing":
      return { ...result, matches: difference(candidates, facts.materialized(target)) };
    case "inProgress":
      return { ...result, matches: facts.inProgress(target) };
    case "failed":
      return { ...result, matches: facts.failed(target) };
    case "newlyUpdated": {
      // At the first tick nothing is known of what was there before.
      if (before === null) return { ...result, matches: emptySet };
      const updates = facts.updates(target, before.watermark);
      const matches = updates.reduce((all, it) => union(all, it.partitions), emptySet);
      return { ...result, matches, times: latestOf(updates) };
    }
    case "newlyRequested": {
      const matches = context.requestedBefore(target);
      return before === null || matches.count === 0
        ? { ...result, matches }
        : { ...result, matches, times: [{ at: before.evaluatedAt, partitions: matches }] };
    }
    case "willBeRequested":
      return { ...result, matches: requestedTogether(asked, context) };
    case "madeTogether":
      return { ...result, matches: target === root ? emptySet : facts.madeTogether(target, root) };
    case "initialEvaluation":
      return { ...result, matches: isFirst ? candidates : emptySet };
    case "codeVersionChanged": {
      const id = memoryIdOf(condition);
      const [then, now] = [
        context.recallVersion(id, target),
        context.automation.assetOf(target)?.codeVersion,
      ];
      const matches = then === null || then === now ? emptySet : candidates;
      return { ...result, matches, remembered: { id, ...(now ? { codeVersion: now } : {}) } };
    }
    case "checksPassed":
      return {
        ...result,
        matches: intersection(candidates, facts.checksPassed(target, condition.blockingOnly)),
      };
    case "cronTickPassed": {
      const tick = lastTick(condition, context.now);
      if (before === null || tick <= before.evaluatedAt) return { ...result, matches: emptySet };
      return { ...result, matches: candidates, times: [{ at: tick, partitions: candidates }] };
    }
    case "inLatestTimeWindow":
      return { ...result, matches: latestWindows(context.partitionsOf(target), condition.lookbackSeconds) };
    default:
      throw new RangeError(`A condition of the kind ${condition.kind} has not been made ready.`);
  }
}

function requestedTogether({ target }: Asked, { requested, automation, root }: TickContext): PartitionSet {
  const set = requested.get(target);
  return set !== undefined && automation.runsTogether(target, root) ? set : emptySet;
}

function lastTick({ cron, timezone }: CronCondition, now: number): number {
  const parsed = parseSchedule(cron, timezone);
  if ("error" in parsed) throw new RangeError(parsed.error);
  return parsed.schedule.tickAtOrBefore(now);
}

/** Everything where no dimension, or more than one, is of time. */
function latestWindows(partitions: Partitioning, lookbackSeconds: number | null): PartitionSet {
  if (partitions.kind === "time") return latestOfWindows(partitions, lookbackSeconds);
  if (partitions.kind === "listed") return allPartitions(partitions);
  const { dimensions, sizes } = partitions;
  if (dimensions.filter(it => it.partitions.kind === "time").length !== 1) return allPartitions(partitions);
  const sets = dimensions.map(({ partitions: it }) =>
    it.kind === "time" ? latestOfWindows(it, lookbackSeconds) : allPartitions(it),
  );
  return productOfSets(sets, sizes);
}

function latestOfWindows(windows: TimeWindows, lookbackSeconds: number | null): PartitionSet {
  const { count } = windows;
  if (count === 0) return emptySet;
  if (!lookbackSeconds) return setOfRange(count - 1, count);
  const { end } = windows.windowAt(count - 1);
  const { from, to } = windows.startingIn(end - lookbackSeconds * 1000, end);
  return intersection(setOfRange(from, to), setOfRange(0, count));
}

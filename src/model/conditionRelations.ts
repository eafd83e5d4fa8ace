import type { AssetKey } from "./assetKey.ts";
import type { AssetCondition, Condition, DepsCondition, Quantifier } from "./condition.ts";
import type { Automation, Relation } from "./conditionGraph.ts";
import { evaluatePart, type PartResult } from "./conditionParts.ts";
import type { TickContext } from "./conditionTick.ts";
import type { TimedSet } from "./conditionTimes.ts";
import { downstreamPartitions, upstreamPartitions } from "./mapPartitions.ts";
import { difference, emptySet, intersection, type PartitionSet, splitSet, union } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";

type Asked = Pick<PartResult, "condition" | "target" | "candidates">;

/** Where a condition is true of any, or of all, of what is directly upstream; of all of nothing it is. */
export function evaluateDeps(
  condition: DepsCondition,
  asked: Asked,
  context: TickContext,
  isFirst: boolean,
): PartResult {
  const { target, candidates } = asked;
  const isAny = condition.assets === "any";
  let matches = isAny ? emptySet : candidates;
  const parts: PartResult[] = [];
  const times: TimedSet[] = [];
  for (const dep of context.automation.depsOf(condition, target)) {
    const related = evaluateRelated(condition, dep, asked, context, isFirst);
    parts.push(related.part);
    times.push(...related.times);
    matches = isAny ? union(matches, related.matches) : intersection(matches, related.matches);
  }
  const result = { ...asked, matches: intersection(candidates, matches), parts };
  return isAny && times.length > 0 ? { ...result, times } : result;
}

/** Where a condition is true of one named asset. */
export function evaluateAsset(
  condition: AssetCondition,
  asked: Asked,
  context: TickContext,
  isFirst: boolean,
): PartResult {
  if (context.automation.assetOf(condition.key) === undefined)
    return { ...asked, matches: emptySet, parts: [] };
  const { matches, part, times } = evaluateRelated(condition, condition.key, asked, context, isFirst);
  const result = { ...asked, matches: intersection(asked.candidates, matches), parts: [part] };
  return times.length > 0 ? { ...result, times } : result;
}

/** Asks about the partitions of another asset that the candidates belong to, and brings the answer back. */
function evaluateRelated(
  { of, partitions }: { readonly of: Condition; readonly partitions: Quantifier },
  other: AssetKey,
  { target, candidates }: Asked,
  context: TickContext,
  isFirst: boolean,
): { readonly matches: PartitionSet; readonly part: PartResult; readonly times: readonly TimedSet[] } {
  const bridge = bridgeBetween(
    context.automation.relation(target, other),
    context.partitionsOf(target),
    context.partitionsOf(other),
  );
  const there = bridge.there(candidates);
  const part = evaluatePart(of, other, there.partitions, context, isFirst);
  const found = intersection(part.matches, there.partitions);
  const times = part.times?.map(it => ({ at: it.at, partitions: bridge.back(it.partitions) })) ?? [];
  return { matches: quantified(partitions, candidates, there, found, bridge), part, times };
}

/** The partitions of one asset that some of another belong to. */
export function relatedPartitions(
  automation: Automation,
  { partitionsOf }: Pick<TickContext, "partitionsOf">,
  from: AssetKey,
  to: AssetKey,
  set: PartitionSet,
): PartitionSet {
  return bridgeBetween(automation.relation(from, to), partitionsOf(from), partitionsOf(to)).there(set)
    .partitions;
}

interface Bridge {
  there(set: PartitionSet): There;
  back(set: PartitionSet): PartitionSet;
}

interface There {
  readonly partitions: PartitionSet;
  /** How many are needed that do not exist. */
  readonly nonexistent: number;
}

function bridgeBetween(relation: Relation, from: Partitioning, to: Partitioning): Bridge {
  if (relation === "same") return { there: partitions => ({ partitions, nonexistent: 0 }), back: set => set };
  const { mapping, upstream } = relation;
  if (upstream === "from") {
    return {
      there: set => ({ partitions: downstreamPartitions(mapping, from, to, set), nonexistent: 0 }),
      back: set => upstreamPartitions(mapping, from, to, set).partitions,
    };
  }
  return {
    there(set) {
      const { partitions, nonexistent } = upstreamPartitions(mapping, to, from, set);
      return { partitions, nonexistent: nonexistent.count };
    },
    back: set => downstreamPartitions(mapping, to, from, set),
  };
}

/** Which candidates have enough of what they belong to among what was found. */
function quantified(
  quantifier: Quantifier,
  candidates: PartitionSet,
  there: There,
  found: PartitionSet,
  bridge: Bridge,
): PartitionSet {
  if (quantifier.kind === "some") return intersection(candidates, bridge.back(found));
  if (quantifier.kind === "every") {
    const lacking = bridge.back(difference(there.partitions, found));
    const left = difference(candidates, lacking);
    // What a partition needs and does not exist is not there either.
    return there.nonexistent === 0
      ? left
      : chosen(left, set => (bridge.there(set).nonexistent === 0 ? "all" : "some"));
  }
  return chosen(candidates, set => {
    const enough = intersection(bridge.there(set).partitions, found).count >= quantifier.count;
    if (!enough) return "none";
    return set.count === 1 ? "all" : "some";
  });
}

/** What a verdict chooses of a set; where it is about some of it only, each half is judged by itself. */
function chosen(set: PartitionSet, verdict: (set: PartitionSet) => "all" | "some" | "none"): PartitionSet {
  if (set.count === 0) return emptySet;
  const about = verdict(set);
  if (about === "all") return set;
  if (about === "none" || set.count === 1) return emptySet;
  const [first, rest] = splitSet(set, set.count >> 1);
  return union(chosen(first, verdict), chosen(rest, verdict));
}

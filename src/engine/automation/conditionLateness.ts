import type { AssetGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { prepareAutomation } from "../../model/conditionGraph.ts";
import { type ConditionTick, evaluateConditions } from "../../model/conditionTick.ts";
import { emptySet, union } from "../../model/partitionSet.ts";
import type { ConditionState } from "./conditionState.ts";

/**
 * What was updated while an asset was being made came too late for it, though the asset is the newer of the two.
 * Such an update is news to the asset's condition again, by a further look right after the one that saw it made:
 * so nothing stays stale because two things happened at once.
 */
export function withLateUpdates(
  graph: AssetGraph,
  { automation, facts, now }: ConditionState,
  tick: ConditionTick,
): ConditionTick {
  if (facts.late.size === 0) return tick;
  const requested = new Map(tick.requested);
  const memory = new Map(tick.memory);
  const results = new Map(tick.results);
  for (const [asset, late] of facts.late) {
    if (!tick.memory.has(asset)) continue;
    const alone = prepareAutomation(graph, new Map([[asset, automation.conditionOf(asset)]]));
    const then = { ...facts, updates: (key: AssetKey) => late.get(key) ?? [], madeTogether: () => emptySet };
    const next = evaluateConditions(alone, then, tick.memory, now);
    const own = next.memory.get(asset);
    const result = next.results.get(asset);
    if (own === undefined || result === undefined) continue;
    memory.set(asset, own);
    const set = next.requested.get(asset);
    if (set === undefined) continue;
    requested.set(asset, union(requested.get(asset) ?? emptySet, set));
    results.set(asset, result);
  }
  return { ...tick, requested, memory, results };
}

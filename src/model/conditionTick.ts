import type { AssetKey } from "./assetKey.ts";
import type { AutomationFacts } from "./conditionFacts.ts";
import type { Automation } from "./conditionGraph.ts";
import { remembers } from "./conditionIdentity.ts";
import {
  type ConditionMemory,
  type PartMemory,
  restoreSet,
  type SavedPartitions,
  savePartitions,
  saveSet,
} from "./conditionMemory.ts";
import { evaluatePart, type PartResult } from "./conditionParts.ts";
import { emptySet, type PartitionSet, union } from "./partitionSet.ts";
import { allPartitions, type Partitioning, partitionsAt } from "./partitions.ts";
import { type PartitionsDefinition, partitionsId } from "./partitionsDefinition.ts";

/** What one look at all conditions came to. */
export interface ConditionTick {
  /** What is requested; an asset without partitions is the only one of its own. Nothing empty is in it. */
  readonly requested: ReadonlyMap<AssetKey, PartitionSet>;
  /** To be handed to the next tick. */
  readonly memory: ReadonlyMap<AssetKey, ConditionMemory>;
  /** How each condition came to its answer. */
  readonly results: ReadonlyMap<AssetKey, PartResult>;
  partitionsOf(key: AssetKey): Partitioning;
}

/** What the parts of one condition are evaluated with. */
export interface TickContext {
  /** The asset whose condition this is. */
  readonly root: AssetKey;
  readonly automation: Automation;
  readonly facts: AutomationFacts;
  readonly now: number;
  /** What was remembered of the condition; null at its first tick. */
  readonly before: ConditionMemory | null;
  /** What is requested at this tick, by assets that came before. */
  readonly requested: ReadonlyMap<AssetKey, PartitionSet>;
  partitionsOf(key: AssetKey): Partitioning;
  requestedBefore(key: AssetKey): PartitionSet;
  /** What a part remembers of an asset; null when it is new, or the asset is cut otherwise. */
  recall(id: string, target: AssetKey): PartitionSet | null;
  recallVersion(id: string, target: AssetKey): string | null;
  /** The last result of a part over all partitions of an asset, if it was asked for already. */
  readonly known: Map<string, PartResult>;
}

/** Evaluates every condition, upstream before downstream, over whole sets of partitions. */
export function evaluateConditions(
  automation: Automation,
  facts: AutomationFacts,
  memory: ReadonlyMap<AssetKey, ConditionMemory>,
  now: number,
): ConditionTick {
  const requested = new Map<AssetKey, PartitionSet>();
  const results = new Map<AssetKey, PartResult>();
  const after = new Map<AssetKey, ConditionMemory>();
  const partitionsOf = partitionsAtTick(automation, facts, now);

  for (const root of automation.order) {
    const context = contextOf(root);
    const all = allPartitions(partitionsOf(root));
    const result = evaluatePart(automation.conditionOf(root), root, all, context, context.before === null);
    results.set(root, result);
    if (result.matches.count > 0) {
      // Partitions of assets that are made together are the same.
      for (const key of automation.togetherWith(root)) {
        requested.set(key, union(requested.get(key) ?? emptySet, result.matches));
      }
    }
    after.set(root, memoryAfter(root, result));
  }
  return { requested, memory: after, results, partitionsOf };

  function contextOf(root: AssetKey): TickContext {
    const before = memory.get(root) ?? null;
    const targets = new Map(before?.targets.map(it => [it.key, it]));
    const parts = new Map<AssetKey, ReadonlyMap<string, PartMemory>>();
    const partOf = (id: string, target: AssetKey) => {
      const known = parts.get(target) ?? new Map(targets.get(target)?.parts.map(it => [it.id, it]));
      parts.set(target, known);
      return known.get(id);
    };
    return {
      root,
      automation,
      facts,
      now,
      before,
      requested,
      partitionsOf,
      requestedBefore(key) {
        const saved = memory.get(key);
        return saved === undefined
          ? emptySet
          : (restore(saved.requested, saved.targets[0]?.partitions ?? null, key) ?? emptySet);
      },
      recall(id, target) {
        const saved = partOf(id, target)?.true;
        return saved === undefined ? null : restore(saved, targets.get(target)?.partitions ?? null, target);
      },
      recallVersion: (id, target) => partOf(id, target)?.codeVersion ?? null,
      known: new Map(),
    };
  }

  function restore(saved: readonly number[], then: SavedPartitions | null, key: AssetKey) {
    return restoreSet(saved, then, automation.assetOf(key)?.partitions ?? null, partitionsOf(key));
  }

  function memoryAfter(root: AssetKey, result: PartResult): ConditionMemory {
    const targets = new Map<AssetKey, Map<string, PartMemory>>([[root, new Map()]]);
    gather(result, targets);
    return {
      evaluatedAt: now,
      watermark: facts.watermark,
      requested: saveSet(result.matches),
      targets: [...targets].map(([key, parts]) => ({
        key,
        partitions: savePartitions(automation.assetOf(key)?.partitions ?? null, now, name =>
          facts.dynamicKeys(name),
        ),
        parts: [...parts.values()],
      })),
    };
  }
}

function gather(result: PartResult, targets: Map<AssetKey, Map<string, PartMemory>>): void {
  if (result.remembered !== undefined && remembers(result.condition)) {
    const parts = targets.get(result.target) ?? new Map<string, PartMemory>();
    targets.set(result.target, parts);
    parts.set(result.remembered.id, result.remembered);
  }
  for (const part of result.parts) gather(part, targets);
}

/** Assets that are cut alike share what is computed about their partitions. */
function partitionsAtTick(
  automation: Automation,
  facts: AutomationFacts,
  now: number,
): (key: AssetKey) => Partitioning {
  const byKey = new Map<AssetKey, Partitioning>();
  const byDefinition = new Map<PartitionsDefinition | null, Partitioning>();
  const byId = new Map<string, Partitioning>();
  const moment = { now, dynamicKeys: (name: string) => facts.dynamicKeys(name) };
  return key => {
    const known = byKey.get(key);
    if (known !== undefined) return known;
    const definition = automation.assetOf(key)?.partitions ?? null;
    const partitions = byDefinition.get(definition) ?? alike(definition);
    byDefinition.set(definition, partitions);
    byKey.set(key, partitions);
    return partitions;
  };

  function alike(definition: PartitionsDefinition | null): Partitioning {
    const id = definition === null ? "" : partitionsId(definition);
    const partitions = byId.get(id) ?? partitionsAt(definition, moment);
    byId.set(id, partitions);
    return partitions;
  }
}

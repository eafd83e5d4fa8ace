import type { AssetGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { cutIntoPartitions, type PartitionTarget } from "../../model/partitionPlan.ts";
import {
  difference,
  emptySet,
  indexesOf,
  type PartitionSet,
  setOfIndexes,
} from "../../model/partitionSet.ts";
import { partitionsId } from "../../model/partitionsDefinition.ts";
import { type Plan, planRun } from "../../model/plan.ts";
import { spellKey } from "../../model/selectionSyntax.ts";
import { missingUpstream, type ReadStands } from "../planRequest.ts";
import { withUpstream } from "../staleness.ts";
import type { ConditionFacts } from "./conditionFacts.ts";

/** A run that conditions ask for: everything that they want of the same partitions, together. */
export interface ConditionRun {
  readonly selection: string;
  readonly targets: ReadonlyMap<AssetKey, PartitionSet>;
  readonly plan: Plan;
}

/** What becomes of what conditions requested at one look. */
export interface ConditionRuns {
  readonly runs: readonly ConditionRun[];
  /** Why nothing comes of the request of an asset, in words. */
  readonly refused: ReadonlyMap<AssetKey, string>;
}

/**
 * Plans the runs of a look: one for each partition, with all assets that are cut alike; one for all assets without
 * partitions. What already waits in a queue is not queued again: it will see all that is new. An asset whose run
 * could not succeed, for what it needs is not there, is refused, and holds up no other.
 */
export async function planConditionRuns(
  graph: AssetGraph,
  facts: ConditionFacts,
  requested: ReadonlyMap<AssetKey, PartitionSet>,
): Promise<ConditionRuns> {
  const runs: ConditionRun[] = [];
  const refused = new Map<AssetKey, string>();
  // What is between two of them, and is in no run, still orders them; what is elsewhere does not matter.
  const concerned = withUpstream(graph, [...requested.keys()]);
  for (const targets of groupsOf(facts, requested, refused)) {
    const planned = await planGroup(concerned, facts, targets, refused);
    if (planned !== null) runs.push(planned);
  }
  return { runs, refused };
}

/** No fault of anybody: what waits will see all that is new. */
export const waitsAlready = "it waits in the queue already";

/** More runs than this from one look have several partitions each. */
const mostRuns = 100;

type Targets = ReadonlyMap<AssetKey, PartitionSet>;

/** What goes into one run each; of many partitions those that stand together. */
function groupsOf(facts: ConditionFacts, requested: Targets, refused: Map<AssetKey, string>): Targets[] {
  const byDefinition = new Map<string, Map<number, AssetKey[]>>();
  for (const [key, set] of requested) {
    const left = difference(set, facts.queued(key));
    if (left.count === 0) {
      refused.set(key, waitsAlready);
      continue;
    }
    const { definition } = facts.partitionsOf(key);
    const id = definition === null ? "" : partitionsId(definition);
    const byIndex = byDefinition.get(id) ?? new Map<number, AssetKey[]>();
    byDefinition.set(id, byIndex);
    for (const index of indexesOf(left)) byIndex.set(index, [...(byIndex.get(index) ?? []), key]);
  }
  return [...byDefinition.values()].flatMap(byIndex => {
    const indexes = [...byIndex.keys()].sort((a, b) => a - b);
    const perRun = Math.ceil(indexes.length / mostRuns);
    const groups: Targets[] = [];
    for (let at = 0; at < indexes.length; at += perRun) {
      const targets = new Map<AssetKey, number[]>();
      for (const index of indexes.slice(at, at + perRun)) {
        for (const key of byIndex.get(index) ?? []) targets.set(key, [...(targets.get(key) ?? []), index]);
      }
      groups.push(new Map([...targets].map(([key, list]) => [key, setOfIndexes(list)])));
    }
    return groups;
  });
}

/** The run of a group, without the assets that cannot be made. */
async function planGroup(
  graph: AssetGraph,
  facts: ConditionFacts,
  targets: Targets,
  refused: Map<AssetKey, string>,
): Promise<ConditionRun | null> {
  const left = new Map(targets);
  while (left.size > 0) {
    const { plan, problems } = await planAll(graph, facts, left);
    if (plan !== null) return { selection: [...left.keys()].map(spellKey).join(" or "), targets: left, plan };
    const culprits = [...left.keys()].filter(key => problems.some(it => it.startsWith(`${key} needs `)));
    for (const key of culprits.length > 0 ? culprits : [...left.keys()]) {
      left.delete(key);
      refused.set(key, problems.find(it => it.startsWith(`${key} needs `)) ?? problems.join("\n"));
    }
  }
  return null;
}

async function planAll(
  graph: AssetGraph,
  facts: ConditionFacts,
  targets: Targets,
): Promise<{ plan: Plan | null; problems: readonly string[] }> {
  const keys = [...targets.keys()];
  const materialized = new Set(
    graph.assets.map(it => it.key).filter(key => facts.materialized(key).count > 0),
  );
  const { value, problems } = planRun(graph, keys, materialized);
  if (value === null) return { plan: null, problems };
  const cut = new Map<AssetKey, PartitionTarget>();
  for (const [key, set] of targets) {
    const partitions = facts.partitionsOf(key);
    const { definition } = partitions;
    if (definition !== null) cut.set(key, { definition, partitions, set });
  }
  const missing = await missingUpstream(value, cut, graph, standsOf(facts));
  if (missing.length > 0) return { plan: null, problems: missing };
  return { plan: cutIntoPartitions(value, cut, graph.edges), problems: [] };
}

function standsOf(facts: ConditionFacts): ReadStands {
  return async assets =>
    new Map(
      assets.map(key => {
        const stand = {
          partitions: facts.partitionsOf(key),
          materialized: facts.materialized(key),
          failed: facts.failed(key),
          queued: facts.queued(key),
          running: emptySet,
          stale: emptySet,
          staleReason: null,
        };
        return [key, stand];
      }),
    );
}

import type { ScannedGraph } from "../model/assetGraph.ts";
import { indexGraph, isExternal, topologicalOrder } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { classifyTarget } from "../model/backfillClasses.ts";
import { planBackfill } from "../model/backfillPlan.ts";
import type { BackfillPlan } from "../model/backfillState.ts";
import { backfillTarget } from "../model/backfillTarget.ts";
import { formatCount } from "../model/format.ts";
import { type KeptKeys, keepKeys } from "../model/keptKeys.ts";
import type { PartitionSet } from "../model/partitionSet.ts";
import { partitionsAt } from "../model/partitions.ts";
import { dynamicNames, type PartitionsDefinition, partitionsId } from "../model/partitionsDefinition.ts";
import type { StateChanges } from "../model/selectionMatch.ts";
import { selectPartitions } from "../model/selectPartitions.ts";
import { setInWords } from "../model/setInWords.ts";
import type { BackfillRequest } from "../protocol/partitions.ts";
import type { BackfillTargetRow } from "../store/backfills.ts";
import { ConfigurationError, type NothingToRun } from "./configuration.ts";
import { foreignModels } from "./foreignModels.ts";
import type { Moment } from "./moment.ts";
import { nothingToRun } from "./nothingToRun.ts";
import { missingUpstream, type ReadStands, refuseToDropPartitions, selectAssets } from "./planRequest.ts";
import type { Stand } from "./stands.ts";

export interface PlannedBackfill {
  plan: BackfillPlan;
  targets: BackfillTargetRow[];
  /** Which keys of dynamic partitions the targets count in. */
  keptKeys: KeptKeys;
  /** Why there is nothing to run; null when there is. */
  nothing: NothingToRun | null;
  /** In words: "2026-01-01 … 2026-01-31 (31), missing only". */
  partitions: string;
}

/** What is asked for, as targets; refuses with every reason at once. */
export async function planBackfillRequest(
  request: BackfillRequest,
  graph: ScannedGraph,
  moment: Moment,
  edge: {
    stands: ReadStands;
    /** How long one partition takes, from the history of each asset. */
    durations(assets: readonly AssetKey[]): Promise<ReadonlyMap<AssetKey, number>>;
    /** Runs at once. */
    parallel: number;
    /** Models of dbt that its other models read elsewhere as long as they are not there. */
    deferred: ReadonlySet<AssetKey>;
    /** What `state:` stands for in the selection. */
    changes: StateChanges | undefined;
  },
): Promise<PlannedBackfill> {
  const selected = selectAssets(request.selection, graph, edge.changes);
  const nodes = new Map(graph.assets.map(it => [it.key, it]));
  const assets = selected.keys.filter(key => {
    const node = nodes.get(key);
    return node !== undefined && !isExternal(node);
  });
  if (assets.length === 0) refuse([`"${request.selection}" selects nothing that Millrace makes.`]);
  const partitioningOf = (key: AssetKey) =>
    partitionsAt(nodes.get(key)?.partitionsDefinition ?? null, moment);
  const text = request.partitions;
  const found = backfillTarget(graph, {
    assets,
    // Of assets that are cut alike, a range means the same partitions (semantics B4).
    everywhere: isCutAlike(assets.map(key => nodes.get(key)?.partitionsDefinition ?? null)),
    ...moment,
    partitions: text === null ? null : (_, partitions) => selectPartitions(text, partitions),
  });
  if (found.value === null) refuse(found.problems);

  const targeted = [...found.value.keys()];
  const [known, durations] = await Promise.all([
    edge.stands(targeted, { stale: true }),
    edge.durations(targeted),
  ]);
  const sets = new Map<AssetKey, PartitionSet>();
  const targets: BackfillPlan["targets"][number][] = [];
  const { order } = topologicalOrder(indexGraph(graph));
  for (const asset of order) {
    const target = found.value.get(asset);
    if (target === undefined) continue;
    const stand = known.get(asset) as Stand;
    const { set, counts } = classifyTarget(target, stand, request.only);
    if (set.count > 0) sets.set(asset, set);
    targets.push({
      asset,
      ranges: set.ranges.map(({ from, to }) => ({ first: from, last: to - 1 })),
      partitions: setInWords(set, stand.partitions),
      ...counts,
    });
  }
  if (request.dbt?.fullRefresh) refuseToDropPartitions(sets.keys(), graph);
  const missing = await missingUpstream(
    { steps: [...sets.keys()].map(asset => ({ assets: [asset], partitions: null, dependsOn: [] })) },
    new Map(
      [...sets].flatMap(([asset, set]) => {
        const { partitions } = known.get(asset) as Stand;
        const { definition } = partitions;
        return definition === null ? [] : [[asset, { definition, partitions, set }] as const];
      }),
    ),
    graph,
    edge.stands,
    edge.deferred,
  );
  const unreadable = [...missing, ...foreignModels(graph, new Set(sets.keys()))];
  if (unreadable.length > 0) refuse(unreadable);
  const { runs, estimatedMs, notes, failure } = planBackfill({
    graph,
    targets: sets,
    durations,
    ...moment,
    parallel: request.maxParallel ?? edge.parallel,
  });
  if (failure !== null) refuse([failure]);
  return {
    plan: { targets, runs, estimatedMs, notes: [...selected.hints, ...notes] },
    targets: [...sets].map(([asset, { ranges }]) => {
      const definition = nodes.get(asset)?.partitionsDefinition ?? null;
      return { asset, definition: definition && partitionsId(definition), ranges };
    }),
    keptKeys: keepKeys(
      new Set([...sets.keys()].flatMap(it => dynamicNames(nodes.get(it)?.partitionsDefinition ?? null))),
      moment.keys,
    ),
    partitions: inWords(request, found.value, known),
    nothing: sets.size > 0 ? null : nothingToRun(request.only, assets.map(partitioningOf)),
  };
}

function isCutAlike(definitions: readonly (PartitionsDefinition | null)[]): boolean {
  const ids = new Set(definitions.filter(it => it !== null).map(partitionsId));
  return ids.size === 1;
}

function inWords(
  request: BackfillRequest,
  targets: ReadonlyMap<AssetKey, PartitionSet>,
  known: ReadonlyMap<AssetKey, Stand>,
): string {
  const only = request.only.length > 0 ? `, ${request.only.join(" and ")} only` : "";
  const first = [...targets].find(([asset]) => known.get(asset)?.partitions.definition);
  if (!first) return `whole${only}`;
  const [asset, set] = first;
  const { partitions } = known.get(asset) as Stand;
  const keys = [set.ranges[0]?.from ?? 0, (set.ranges.at(-1)?.to ?? 1) - 1].map(at => partitions.keyAt(at));
  return `${set.count === 1 ? keys[0] : `${keys.join(" … ")} (${formatCount(set.count)})`}${only}`;
}

function refuse(reasons: readonly string[]): never {
  throw new ConfigurationError(reasons.join("\n"));
}

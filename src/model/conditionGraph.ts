import { type AssetGraph, indexGraph, isExternal, topologicalOrder } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import { selectByText } from "./assetSelection.ts";
import type { Condition, DepsCondition } from "./condition.ts";
import { expandDownstream } from "./conditionDownstream.ts";
import type { PartitionMapping, ResolvedMapping } from "./partitionMapping.ts";
import { overlappingWindows } from "./partitionMapping.ts";
import { type PartitionsDefinition, samePartitions } from "./partitionsDefinition.ts";
import { resolveMapping } from "./resolveMapping.ts";

/** Conditions and the graph that they are about, made ready for many ticks. */
export interface Automation {
  /** The assets that have a condition, upstream before downstream. */
  readonly order: readonly AssetKey[];
  /** Every way in which assets of the graph are cut. */
  readonly definitions: readonly (PartitionsDefinition | null)[];
  conditionOf(key: AssetKey): Condition;
  assetOf(key: AssetKey): AutomatedAsset | undefined;
  /** The assets that a part of a condition looks at, from the asset that it is asked about. */
  depsOf(condition: DepsCondition, key: AssetKey): readonly AssetKey[];
  /** How the partitions of one asset belong to those of another. */
  relation(from: AssetKey, to: AssetKey): Relation;
  /** Whether a run of one asset can make what is upstream of it for the same partition as well (semantics A7). */
  runsTogether(upstream: AssetKey, downstream: AssetKey): boolean;
  /** The assets that are only ever made together with this one, itself included. */
  togetherWith(key: AssetKey): readonly AssetKey[];
}

export interface AutomatedAsset {
  readonly key: AssetKey;
  readonly partitions: PartitionsDefinition | null;
  readonly isExternal: boolean;
  readonly codeVersion: string | null;
  /** Direct, each once, in the order of their keys; the asset itself where it needs partitions of its own. */
  readonly parents: readonly AssetKey[];
}

/** `same`: partition by partition. Otherwise a mapping, whose upstream end `from` is or `to`. */
export type Relation = "same" | { readonly mapping: ResolvedMapping; readonly upstream: "from" | "to" };

export interface AutomationOptions {
  /** Assets that one function makes all at once: a request of one is a request of all (semantics K7). */
  readonly together?: readonly (readonly AssetKey[])[];
}

/** Makes conditions ready for many ticks over one graph; a condition of an asset that is outside is let be. */
export function prepareAutomation(
  graph: AssetGraph,
  conditions: ReadonlyMap<AssetKey, Condition>,
  { together = [] }: AutomationOptions = {},
): Automation {
  const index = indexGraph(graph);
  const { order, cycle } = topologicalOrder(index);
  const assets = new Map<AssetKey, AutomatedAsset>();
  for (const node of graph.assets) {
    const parents = [...new Set(index.parents.get(node.key))].filter(it => index.nodes.has(it)).sort();
    assets.set(node.key, {
      key: node.key,
      partitions: node.partitionsDefinition ?? null,
      isExternal: isExternal(node),
      codeVersion: node.codeVersion ?? null,
      parents,
    });
  }
  const mappings = new Map(graph.edges.map(it => [pairOf(it.from, it.to), it.mapping ?? null]));
  const own = shared([...conditions].filter(([key]) => assets.get(key)?.isExternal === false));
  const expanded = new Map([...own].map(([key]) => [key, expandDownstream(key, own, index.children)]));
  const relations = new Map<string, Relation>();
  const selections = new Map<string, ReadonlySet<AssetKey>>();
  const restricted = new WeakMap<DepsCondition, Map<AssetKey, readonly AssetKey[]>>();
  const groups = new Map(together.flatMap(group => group.map(key => [key, group])));

  return {
    order: [...order, ...cycle].filter(key => expanded.has(key)),
    definitions: [...assets.values()].map(it => it.partitions),
    conditionOf: key => expanded.get(key) ?? { kind: "or", of: [] },
    assetOf: key => assets.get(key),
    depsOf,
    relation,
    runsTogether(upstream, downstream) {
      const [up, down] = [assets.get(upstream), assets.get(downstream)];
      if (up === undefined || down === undefined || up.isExternal) return false;
      if (!samePartitions(up.partitions, down.partitions)) return false;
      if (up.partitions === null || upstream === downstream) return true;
      const { kind } = mappingBetween(upstream, downstream);
      return kind === "identity" || kind === "timeWindow";
    },
    togetherWith: key => groups.get(key) ?? [key],
  };

  function depsOf(condition: DepsCondition, key: AssetKey): readonly AssetKey[] {
    const parents = assets.get(key)?.parents ?? [];
    const { only, except } = condition;
    if (only === undefined && except === undefined) return parents;
    const known = restricted.get(condition) ?? new Map<AssetKey, readonly AssetKey[]>();
    restricted.set(condition, known);
    const kept =
      known.get(key) ??
      parents.filter(it => (only === undefined || selects(only, it)) && !selects(except ?? [], it));
    known.set(key, kept);
    return kept;
  }

  function selects(texts: readonly string[], key: AssetKey): boolean {
    return texts.some(text => {
      const keys = selections.get(text) ?? new Set(selectByText(text, graph, { includeExternal: true }).keys);
      selections.set(text, keys);
      return keys.has(key);
    });
  }

  function relation(from: AssetKey, to: AssetKey): Relation {
    const pair = pairOf(from, to);
    const known = relations.get(pair) ?? makeRelation(from, to);
    relations.set(pair, known);
    return known;
  }

  function makeRelation(from: AssetKey, to: AssetKey): Relation {
    const isDown = from !== to && mappings.has(pairOf(from, to));
    const mapping = isDown ? mappingBetween(from, to) : mappingBetween(to, from);
    const [a, b] = [assets.get(from)?.partitions ?? null, assets.get(to)?.partitions ?? null];
    const isPlain = mapping.kind === "identity" || (a === null && b === null) || isPlainWindow(mapping);
    return isPlain && samePartitions(a, b) ? "same" : { mapping, upstream: isDown ? "from" : "to" };
  }

  /** Assets that nothing relates are all related to all. */
  function mappingBetween(upstream: AssetKey, downstream: AssetKey): ResolvedMapping {
    const given: PartitionMapping | null = mappings.get(pairOf(upstream, downstream)) ?? null;
    const [up, down] = [assets.get(upstream)?.partitions ?? null, assets.get(downstream)?.partitions ?? null];
    const resolved = resolveMapping(given, up, down);
    return "fault" in resolved ? { kind: "all" } : resolved.mapping;
  }
}

/** Assets with the same rule share one, and with it all that is found out about it. */
function shared(conditions: readonly (readonly [AssetKey, Condition])[]): Map<AssetKey, Condition> {
  const byText = new Map<string, Condition>();
  return new Map(
    conditions.map(([key, condition]) => {
      const text = JSON.stringify(condition);
      const known = byText.get(text) ?? condition;
      byText.set(text, known);
      return [key, known];
    }),
  );
}

function isPlainWindow(mapping: ResolvedMapping): boolean {
  return (
    mapping.kind === "timeWindow" &&
    mapping.startOffset === overlappingWindows.startOffset &&
    mapping.endOffset === overlappingWindows.endOffset
  );
}

function pairOf(from: AssetKey, to: AssetKey): string {
  return `${from}\n${to}`;
}

import {
  type AssetGraph,
  type AssetNode,
  type BackfillPolicy,
  indexGraph,
  isExternal,
  topologicalOrder,
} from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import { downstreamPartitions, upstreamPartitions } from "./mapPartitions.ts";
import type { UpstreamPartitions } from "./mapSimple.ts";
import { noKeys } from "./nonexistentKeys.ts";
import type { ResolvedMapping } from "./partitionMapping.ts";
import { containsAll, difference, emptySet, type PartitionSet, setOfRange, union } from "./partitionSet.ts";
import { allPartitions, type Partitioning, type PartitionsMoment, partitionsAt } from "./partitions.ts";
import { type PartitionsDefinition, partitionsId } from "./partitionsDefinition.ts";
import { resolveMapping } from "./resolveMapping.ts";

/** Some partitions of some assets; an asset without partitions has one, at position 0. */
export type PartitionSets = ReadonlyMap<AssetKey, PartitionSet>;

/** What a backfill is about: its targets in a graph, and the moment that decides which partitions exist. */
export interface BackfillScope extends PartitionsMoment {
  readonly graph: AssetGraph;
  readonly targets: PartitionSets;
}

/** The targets of a backfill and what they need of each other. */
export interface Backfill {
  /** What is targeted, upstream before downstream. */
  readonly assets: readonly BackfillAsset[];
}

export interface BackfillAsset {
  readonly key: AssetKey;
  /** The same object wherever the definition is the same. */
  readonly partitions: Partitioning;
  readonly policy: BackfillPolicy | null;
  /** Empty for an asset that is only needed. */
  readonly target: PartitionSet;
  /** Targets that need nothing else that is targeted. */
  readonly roots: PartitionSet;
  /** Everything that it needs, by key. */
  readonly needs: readonly BackfillEdge[];
  readonly needsItself: boolean;
}

export interface BackfillEdge {
  readonly parent: BackfillAsset;
  readonly child: BackfillAsset;
  readonly mapping: ResolvedMapping;
  /** Each partition needs the one at the same position, of the same definition. */
  readonly isSamePartition: boolean;
}

/** The whole of an asset without partitions, which is the only part of itself. */
export const whole: PartitionSet = setOfRange(0, 1);

/**
 * A backfill of these targets, or the sentences that say why there is none.
 * It is asked for again and again with the same targets, and remembered with them.
 */
export function backfillOf(scope: BackfillScope): FoundBackfill {
  const known = remembered.get(scope.targets);
  if (known?.graph === scope.graph && known.now === scope.now && known.dynamicKeys === scope.dynamicKeys) {
    return known.found;
  }
  const { graph, now, dynamicKeys } = scope;
  const found = findBackfill(scope);
  remembered.set(scope.targets, { graph, now, dynamicKeys, found });
  return found;
}

/** What some partitions of the child need. */
export function neededBy(edge: BackfillEdge, set: PartitionSet): UpstreamPartitions {
  if (edge.isSamePartition) return { partitions: set, nonexistent: noKeys };
  return upstreamPartitions(edge.mapping, edge.parent.partitions, edge.child.partitions, set);
}

/** What of the child needs any of some partitions of the parent. */
export function needing(edge: BackfillEdge, set: PartitionSet): PartitionSet {
  if (edge.isSamePartition) return set;
  return downstreamPartitions(edge.mapping, edge.parent.partitions, edge.child.partitions, set);
}

/** What can be materialized at all: sources and exposures are only read. */
export function isTargetable(node: AssetNode | undefined): node is AssetNode {
  return node !== undefined && !isExternal(node);
}

interface FoundBackfill {
  readonly value: Backfill | null;
  readonly problems: readonly string[];
}

const remembered = new WeakMap<
  PartitionSets,
  Pick<BackfillScope, "graph" | "now" | "dynamicKeys"> & { readonly found: FoundBackfill }
>();

function findBackfill(scope: BackfillScope): FoundBackfill {
  const { graph, targets } = scope;
  const { nodes, ...index } = indexGraph(graph);
  const problems: string[] = [];
  const made = new Map<AssetKey, Draft>();
  const partitionings = new Map<string, Partitioning>();
  for (const [key, target] of targets) {
    const node = nodes.get(key);
    if (node === undefined) {
      problems.push(`There is no asset "${key}". Launch a new backfill without it.`);
      continue;
    }
    const asset = assetFor(node);
    asset.target = target;
    if (!containsAll(allPartitions(asset.partitions), target)) problems.push(fewerPartitions(asset));
  }
  for (const { from, to, mapping: given } of graph.edges) {
    const parentNode = nodes.get(from);
    const child = made.get(to);
    if (parentNode === undefined || child === undefined || !targets.has(to)) continue;
    const parent = assetFor(parentNode);
    const resolved = resolveMapping(given ?? null, parent.partitions.definition, child.partitions.definition);
    if ("mapping" in resolved) child.needs.push(edgeOf(parent, child, resolved.mapping));
    // What is only read may be cut in a way that nobody told us.
    else if (targets.has(from))
      problems.push(`${to} needs ${from}: ${resolved.fault.what}. ${resolved.fault.whatToDo}`);
  }
  const { order, cycle } = topologicalOrder({ nodes, ...index });
  const looped = cycle.filter(key => targets.has(key));
  if (looped.length > 0)
    problems.push(`${looped.join(", ")} need each other. Remove one of these inputs or deps.`);
  if (problems.length > 0) return { value: null, problems };

  const assets = order.flatMap(key => (targets.has(key) ? (made.get(key) as Draft) : []));
  for (const asset of assets) {
    asset.needs.sort((a, b) => (a.parent.key < b.parent.key ? -1 : 1));
    asset.needsItself = asset.needs.some(it => it.parent === asset);
    asset.roots = rootsOf(asset);
  }
  return { value: { assets }, problems };

  function assetFor(node: AssetNode): Draft {
    const known = made.get(node.key);
    if (known !== undefined) return known;
    const draft: Draft = {
      key: node.key,
      partitions: partitioningFor(node.partitionsDefinition ?? null),
      policy: node.backfillPolicy ?? null,
      target: emptySet,
      roots: emptySet,
      needs: [],
      needsItself: false,
    };
    made.set(node.key, draft);
    return draft;
  }

  function partitioningFor(definition: PartitionsDefinition | null): Partitioning {
    const id = definition === null ? "" : partitionsId(definition);
    const known = partitionings.get(id) ?? partitionsAt(definition, scope);
    partitionings.set(id, known);
    return known;
  }
}

type Draft = { -readonly [field in keyof BackfillAsset]: BackfillAsset[field] } & { needs: BackfillEdge[] };

function edgeOf(parent: BackfillAsset, child: BackfillAsset, mapping: ResolvedMapping): BackfillEdge {
  const isPlain =
    parent.partitions.definition === null ||
    mapping.kind === "identity" ||
    (mapping.kind === "timeWindow" && mapping.startOffset === 0 && mapping.endOffset === 0);
  return { parent, child, mapping, isSamePartition: isPlain && parent.partitions === child.partitions };
}

function fewerPartitions({ key, partitions }: BackfillAsset): string {
  const count = partitions.definition === null ? "none" : `${partitions.count}`;
  return `More partitions of ${key} are targeted than it has, which is ${count}. Launch a new backfill.`;
}

function rootsOf({ target, needs, key }: BackfillAsset): PartitionSet {
  const above = needs.filter(it => it.parent.key !== key && it.parent.target.count > 0);
  return difference(target, above.map(edge => needing(edge, edge.parent.target)).reduce(union, emptySet));
}

import { type AssetGraph, indexGraph, isExternal, topologicalOrder } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import {
  type Backfill,
  type BackfillAsset,
  backfillOf,
  needing,
  type PartitionSets,
  whole,
} from "./backfill.ts";
import { emptySet, intersection, type PartitionSet, union } from "./partitionSet.ts";
import { allPartitions, type Partitioning, type PartitionsMoment, partitionsAt } from "./partitions.ts";
import { tellOfAssets } from "./tellOfAssets.ts";

/** Which assets and partitions a backfill is asked for. */
export interface TargetRequest extends PartitionsMoment {
  readonly assets: readonly AssetKey[];
  /**
   * The partitions that are named of each asset at the top of the selection; what is below them follows.
   * Null: every partition of every asset.
   */
  readonly partitions: PartitionChoice | null;
  /** The partitions are named of every asset, not only of those at the top. */
  readonly everywhere?: boolean;
}

/** The partitions that are named of an asset, or what is wrong with their names. */
export type PartitionChoice = (
  asset: AssetKey,
  partitions: Partitioning,
) => { readonly set: PartitionSet } | { readonly error: string };

/**
 * What a request means for each asset (semantics B4).
 * An asset of which nothing is below what was named is not targeted, and has no entry.
 */
export function backfillTarget(
  graph: AssetGraph,
  { assets, partitions, everywhere = false, ...moment }: TargetRequest,
): { readonly value: PartitionSets | null; readonly problems: readonly string[] } {
  const { nodes } = indexGraph(graph);
  const unknown = assets.filter(key => !nodes.has(key));
  if (unknown.length > 0) return refused(unknown.map(key => `There is no asset "${key}".`));
  const everything = new Map<AssetKey, PartitionSet>();
  for (const key of assets) {
    const node = nodes.get(key);
    if (node === undefined || isExternal(node)) continue;
    const definition = node.partitionsDefinition ?? null;
    everything.set(key, definition === null ? whole : allPartitions(partitionsAt(definition, moment)));
  }
  if (everything.size === 0) return refused(["The selection holds no asset that can be materialized."]);
  const { value, problems } = backfillOf({ graph, targets: everything, ...moment });
  if (value === null) return refused(problems);
  return partitions === null
    ? { value: withoutEmpty(everything), problems: [] }
    : everywhere
      ? choose(value, () => true, partitions)
      : choose(value, onTopOf(graph, everything.keys()), partitions);
}

/** The assets whose partitions are named: those with partitions that are below no other one of the selection. */
function onTopOf(graph: AssetGraph, selected: Iterable<AssetKey>): (key: AssetKey) => boolean {
  const index = indexGraph(graph);
  const members = new Set([...selected].filter(key => index.nodes.get(key)?.partitionsDefinition));
  const below = new Set<AssetKey>();
  for (const key of topologicalOrder(index).order) {
    const above = index.parents.get(key) ?? [];
    if (above.some(it => it !== key && (members.has(it) || below.has(it)))) below.add(key);
  }
  return key => members.has(key) && !below.has(key);
}

/** What is named of some assets, and what follows from it of the others. */
function choose({ assets }: Backfill, isNamed: (key: AssetKey) => boolean, choice: PartitionChoice) {
  if (!assets.some(it => it.partitions.definition !== null && isNamed(it.key)))
    return refused(["Partitions are named, but none of the selected assets has any."]);
  const problems = new Map<string, AssetKey[]>();
  const reached = new Map<BackfillAsset, PartitionSet>();
  for (const asset of assets) {
    if (asset.partitions.definition === null) continue;
    if (isNamed(asset.key)) {
      const chosen = choice(asset.key, asset.partitions);
      const what = "error" in chosen ? `: ${chosen.error}` : "";
      if ("error" in chosen) problems.set(what, [...(problems.get(what) ?? []), asset.key]);
      else reached.set(asset, intersection(chosen.set, asset.target));
      continue;
    }
    const following = asset.needs.map(edge => needing(edge, reached.get(edge.parent) ?? emptySet));
    reached.set(asset, intersection(following.reduce(union, emptySet), asset.target));
  }
  if (problems.size > 0) return refused(tellOfAssets(problems));
  return { value: withoutEmpty(new Map(assets.map(it => [it.key, reached.get(it) ?? whole]))), problems: [] };
}

function withoutEmpty(targets: PartitionSets): PartitionSets {
  return new Map([...targets].filter(([, { count }]) => count > 0));
}

function refused(problems: readonly string[]): { value: null; problems: readonly string[] } {
  return { value: null, problems };
}

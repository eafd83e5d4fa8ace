import { type AssetGraph, type AssetNode, indexGraph, isExternal, topologicalOrder } from "./assetGraph.ts";
import type { AssetKey } from "./assetKey.ts";
import { markedPositions } from "./markedPositions.ts";
import { type PartitionSet, setOfRange } from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";
import { nothingRecorded, type RecordedVersions } from "./recordedVersions.ts";
import { lastMarkedPositions, markNewer, markStale } from "./stalenessMarks.ts";
import { type Needs, needsAlong } from "./stalenessNeeds.ts";
import { type VersionSheet, versionSheet } from "./versionSheet.ts";

/** Why partitions of an asset are stale; `upstream` is the asset that it is about. */
export type StaleKind =
  /** The definition has another code version than what they were made by. */
  | "code"
  /** The asset needs another one now, or does not need one any more. */
  | "added"
  | "removed"
  /** The data upstream has changed since. */
  | "newer"
  /** What is upstream is stale itself. */
  | "stale";

export interface StaleCause {
  readonly kind: StaleKind;
  readonly upstream: AssetKey | null;
  readonly partitions: PartitionSet;
}

/** How one asset was judged. A partition that is not materialized is missing, never stale. */
export interface JudgedAsset {
  readonly node: AssetNode;
  readonly partitions: Partitioning;
  readonly recorded: RecordedVersions;
  readonly sheet: VersionSheet;
  readonly edges: readonly JudgedEdge[];
  readonly stale: PartitionSet;
  /** One for each kind and asset upstream; a partition may be in several. */
  readonly causes: readonly StaleCause[];
}

export interface JudgedEdge {
  readonly from: AssetKey;
  readonly needs: Needs;
}

export interface StalenessQuestion {
  /** With everything upstream of what is asked for. */
  readonly graph: AssetGraph;
  readonly partitions: ReadonlyMap<AssetKey, Partitioning>;
  readonly recorded: ReadonlyMap<AssetKey, RecordedVersions>;
}

/**
 * Which partitions are stale and why, exactly and through any number of assets and partitions (semantics V4–V9):
 * in time that grows with the number of partitions and edges. What lies outside is never stale itself.
 */
export function judgeStaleness(question: StalenessQuestion): Map<AssetKey, JudgedAsset> {
  const { nodes, parents, children } = indexGraph(question.graph);
  const judged = new Map<AssetKey, JudgedAsset>();
  const edgesTo = groupedBy(question.graph.edges, edge => edge.to);
  // Who is on a cycle cannot run, and is told so elsewhere.
  for (const key of topologicalOrder({ nodes, parents, children }).order) {
    const node = nodes.get(key) as AssetNode;
    const partitions = question.partitions.get(key);
    if (partitions === undefined) continue;
    const recorded = question.recorded.get(key) ?? nothingRecorded;
    const asset: JudgedAsset = {
      node,
      partitions,
      recorded,
      sheet: versionSheet(partitions.count, recorded),
      edges: [],
      stale: setOfRange(0, 0),
      causes: [],
    };
    const edges = (edgesTo.get(key) ?? []).flatMap(edge => {
      const upstream = edge.from === key ? asset : judged.get(edge.from);
      const needs = upstream && needsAlong(edge, upstream.partitions, partitions);
      return upstream && needs ? [{ from: edge.from, needs, upstream }] : [];
    });
    if (isExternal(node)) judged.set(key, asset);
    else judged.set(key, judgeAsset({ ...asset, edges }, edges, new Set(parents.get(key))));
  }
  return judged;
}

type EdgeUpstream = JudgedEdge & { readonly upstream: JudgedAsset };

function judgeAsset(
  asset: JudgedAsset,
  edges: readonly EdgeUpstream[],
  present: ReadonlySet<AssetKey>,
): JudgedAsset {
  const { sheet, recorded } = asset;
  const edgesFrom = groupedBy(edges, edge => edge.from);
  const causes: StaleCause[] = [...groupCauses(asset, present)];
  for (const [from, along] of edgesFrom) {
    // What was made without this asset upstream is stale for that, whatever has become of it since.
    const knew = recorded.groups.map(({ inputs }) => inputs === null || inputs.includes(from));
    const marks = new Uint8Array(sheet.count);
    for (const { needs, upstream } of along) markNewer(marks, sheet, knew, upstream.sheet, needs);
    causes.push({ kind: "newer", upstream: from, partitions: markedPositions(marks) });
  }
  mark();
  const own = (edge: EdgeUpstream) => edge.from === asset.node.key;
  for (const [from, along] of edgesFrom) {
    if (along.some(own)) continue;
    const marks = new Uint8Array(sheet.count);
    for (const { needs, upstream } of along) {
      markStale(marks, sheet, needs, lastMarkedPositions(upstream.sheet.stale));
    }
    causes.push({ kind: "stale", upstream: from, partitions: markedPositions(marks) });
  }
  mark();
  const ownNeeds = edges.filter(own).map(edge => edge.needs);
  if (ownNeeds.length > 0) causes.push(throughItself(asset, ownNeeds));
  return {
    ...asset,
    stale: markedPositions(sheet.stale),
    causes: causes.filter(cause => cause.partitions.count > 0),
  };

  function mark() {
    for (const { partitions } of causes) {
      for (const { from, to } of partitions.ranges) sheet.stale.fill(1, from, to);
    }
  }
}

/** What is the same for all partitions that were made alike: the code, and which assets were upstream. */
function* groupCauses(
  { node, recorded, sheet }: JudgedAsset,
  present: ReadonlySet<AssetKey>,
): Generator<StaleCause> {
  const { codeVersion = null } = node;
  const groups = recorded.groups;
  const isOld = groups.map(group => codeVersion !== null && group.codeVersion !== codeVersion);
  yield { kind: "code", upstream: null, partitions: positionsOf(sheet, isOld) };
  for (const upstream of present) {
    const lacks = groups.map(({ inputs }) => inputs !== null && !inputs.includes(upstream));
    yield { kind: "added", upstream, partitions: positionsOf(sheet, lacks) };
  }
  for (const upstream of new Set(groups.flatMap(({ inputs }) => inputs ?? []))) {
    if (present.has(upstream)) continue;
    const had = groups.map(({ inputs }) => inputs?.includes(upstream) === true);
    yield { kind: "removed", upstream, partitions: positionsOf(sheet, had) };
  }
}

function positionsOf({ groups, count }: VersionSheet, isMeant: readonly boolean[]): PartitionSet {
  const marks = new Uint8Array(count);
  if (!isMeant.includes(true)) return setOfRange(0, 0);
  for (let at = 0; at < count; at++) {
    const group = groups[at] as number;
    if (group >= 0 && isMeant[group]) marks[at] = 1;
  }
  return markedPositions(marks);
}

/** An asset that needs its own earlier partitions: what is stale makes stale what comes after it. */
function throughItself({ node, sheet }: JudgedAsset, needs: readonly Needs[]): StaleCause {
  const marks = new Uint8Array(sheet.count);
  let count = -1;
  for (let found = 0; found !== count; ) {
    count = found;
    for (const need of needs) {
      found = markStale(marks, sheet, need, lastMarkedPositions(sheet.stale), sheet.stale);
    }
  }
  return { kind: "stale", upstream: node.key, partitions: markedPositions(marks) };
}

function groupedBy<Item>(items: readonly Item[], keyOf: (item: Item) => AssetKey): Map<AssetKey, Item[]> {
  const groups = new Map<AssetKey, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

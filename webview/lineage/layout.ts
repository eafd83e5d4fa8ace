import type { AssetEdge, AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import { type Block, placeComponent, placeIsolated } from "./layout/block.ts";
import { findComponents } from "./layout/components.ts";
import { byPlace, edgeName, remember } from "./layout/memory.ts";
import { type Point, packRows, pleasantWidth } from "./layout/packing.ts";
import type { Layout, LayoutOptions, PlacedAsset, PlacedEdge } from "./layout/placed.ts";

const defaults: LayoutOptions = {
  cardWidth: 200,
  cardHeight: 56,
  cardGap: 20,
  edgeGap: 14,
  minColumnGap: 80,
  maxColumnGap: 240,
  blockGap: 56,
  maxBends: 60_000,
  keepsPlaces: true,
};

/**
 * Columns from left to right, few crossings, short edges; what no edge joins stands apart.
 * With a previous layout the order of what stays is kept, so that nothing jumps when an asset is added.
 */
export function layout(
  graph: AssetGraph,
  options: Partial<LayoutOptions> = {},
  previous: Layout | null = null,
): Layout {
  const settings = { ...defaults, ...options };
  const memory = previous && remember(previous);
  const assets = graph.assets.toSorted(byGroupAndKey);
  const { connected, isolated } = findComponents(assets, knownEdges(graph.edges, assets));

  const blocks = connected.map(component => placeComponent(component, settings, memory));
  blocks.sort((a, b) =>
    memory ? byPlace(a.wasAt, b.wasAt) : b.assets.length - a.assets.length || a.height - b.height,
  );
  const width = pleasantWidth(blocks, settings.blockGap);
  const corners = packRows(blocks, width, settings.blockGap);
  if (isolated.assets.length > 0) {
    const bottom = blocks.reduce((most, { height }, at) => Math.max(most, yOf(corners[at]) + height), 0);
    corners.push({ x: 0, y: bottom === 0 ? 0 : bottom + settings.blockGap });
    const widest = blocks.reduce((most, block) => Math.max(most, block.width), 0);
    blocks.push(placeIsolated(isolated, settings, memory, widest));
  }
  return join(blocks, corners, settings, previous);
}

/** Moves each block to its corner, and the whole to where most of it was. */
function join(
  blocks: readonly Block[],
  corners: readonly Point[],
  { cardWidth, cardHeight }: LayoutOptions,
  previous: Layout | null,
): Layout {
  const shift = shiftTo(previous, blocks, corners);
  const assets: PlacedAsset[] = [];
  const edges: PlacedEdge[] = [];
  let right = 0;
  let bottom = 0;
  for (const [at, block] of blocks.entries()) {
    const corner = corners[at] as Point;
    const move = ({ x, y }: Point) => ({ x: x + corner.x + shift.x, y: y + corner.y + shift.y });
    right = Math.max(right, corner.x + block.width);
    bottom = Math.max(bottom, corner.y + block.height);
    const inReadingOrder = block.assets.toSorted((a, b) => a.x - b.x || a.y - b.y);
    for (const it of inReadingOrder) assets.push({ asset: it.asset, ...move(it) });
    for (const it of block.edges) edges.push({ ...it, points: it.points.map(move) });
  }
  return {
    assets,
    edges,
    byKey: new Map(assets.map(it => [it.asset.key, it])),
    bounds: { ...shift, width: right, height: bottom },
    card: { width: cardWidth, height: cardHeight },
  };
}

function shiftTo(previous: Layout | null, blocks: readonly Block[], corners: readonly Point[]): Point {
  const moved = blocks.flatMap(({ assets }, at) =>
    assets.flatMap(({ asset, x, y }) => {
      const was = previous?.byKey.get(asset.key);
      const corner = corners[at] as Point;
      return was ? [{ x: was.x - corner.x - x, y: was.y - corner.y - y }] : [];
    }),
  );
  return { x: median(moved.map(it => it.x)), y: median(moved.map(it => it.y)) };
}

/** Edges between assets that exist; of several between the same two, the one that loads wins. */
function knownEdges(edges: readonly AssetEdge[], assets: readonly AssetNode[]): AssetEdge[] {
  const keys = new Set(assets.map(it => it.key));
  const unique = new Map<string, AssetEdge>();
  for (const edge of edges) {
    if (!keys.has(edge.from) || !keys.has(edge.to)) continue;
    const name = edgeName(edge);
    if (edge.kind === "input" || !unique.has(name)) unique.set(name, edge);
  }
  return [...unique.keys()].toSorted().map(name => unique.get(name) as AssetEdge);
}

function byGroupAndKey(a: AssetNode, b: AssetNode): number {
  return compare(a.group, b.group) || compare(a.key, b.key);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function yOf(point: Point | undefined): number {
  return point?.y ?? 0;
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}

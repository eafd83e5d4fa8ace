import type { AssetEdge, AssetNode } from "../../../src/model/assetGraph.ts";
import type { AssetKey } from "../../../src/model/assetKey.ts";
import type { Layers } from "./layers.ts";
import type { Point } from "./packing.ts";
import type { Layout } from "./placed.ts";

/** Where everything stood in the last layout. */
export interface Memory {
  readonly corners: ReadonlyMap<AssetKey, Point>;
  /** The heights at which long edges passed the columns between their ends. */
  readonly bends: ReadonlyMap<string, readonly number[]>;
}

export function remember({ assets, edges }: Layout): Memory {
  const corners = new Map(assets.map(({ asset, x, y }) => [asset.key, { x, y }]));
  const bends = new Map<string, number[]>();
  for (const { edge, points, isReversed } of edges) {
    const heights = points.slice(1, -1).flatMap(({ y }, at) => (at % 2 === 0 ? [y] : []));
    bends.set(edgeName(edge), isReversed ? heights.reverse() : heights);
  }
  return { corners, bends };
}

/** The former middle of each vertex, NaN for one that was not there. */
export function seedHeights(
  memory: Memory,
  assets: readonly AssetNode[],
  edges: readonly AssetEdge[],
  layers: Layers,
  cardHeight: number,
): Float64Array {
  const seed = new Float64Array(layers.layerOf.length).fill(Number.NaN);
  for (const [at, { key }] of assets.entries()) {
    const corner = memory.corners.get(key);
    if (corner) seed[at] = corner.y + cardHeight / 2;
  }
  for (const [at, edge] of edges.entries()) {
    const bends = layers.bends[at] as readonly number[];
    const heights = memory.bends.get(edgeName(edge));
    if (heights?.length !== bends.length) continue;
    for (const [step, bend] of bends.entries()) seed[bend] = heights[step] as number;
  }
  return seed;
}

/** Rows first, then from the left; what was not there comes last. */
export function byPlace(a: Point | null | undefined, b: Point | null | undefined): number {
  if (!a || !b) return Number(!a) - Number(!b);
  return a.y - b.y || a.x - b.x;
}

/** A name that no other pair of keys shares, whatever characters they hold. */
export function edgeName({ from, to }: AssetEdge): string {
  return `${from.length} ${from} ${to}`;
}

import type { AssetEdge, AssetNode } from "../../../src/model/assetGraph.ts";
import type { AssetKey } from "../../../src/model/assetKey.ts";
import type { Component } from "./components.ts";
import { chooseHeights, keepHeights } from "./heights.ts";
import { assignLayers, type Layers } from "./layers.ts";
import { byPlace, type Memory, seedHeights } from "./memory.ts";
import { keepOrder, orderColumns } from "./order.ts";
import { type Point, packRows, pleasantWidth, type Size } from "./packing.ts";
import type { LayoutOptions, PlacedAsset, PlacedEdge } from "./placed.ts";

/** One component laid out on its own, its upper left corner at the origin. */
export interface Block extends Size {
  readonly assets: readonly PlacedAsset[];
  readonly edges: readonly PlacedEdge[];
  /** The upper left corner of what it had in the last layout. */
  readonly wasAt: Point | null;
}

/** Lays out what edges join; keeps the order of a component that was mostly there before. */
export function placeComponent(component: Component, options: LayoutOptions, memory: Memory | null): Block {
  const { assets } = component;
  const numberOf = new Map(assets.map((asset, at) => [asset.key, at]));
  const joining = component.edges.filter(it => it.from !== it.to);
  const links = joining.map(({ from, to }) => ({
    from: numberOf.get(from) as number,
    to: numberOf.get(to) as number,
  }));
  const layers = assignLayers(assets.length, links, options.maxBends);
  const groups = groupNumbers(assets);
  const known = memory ? assets.filter(it => memory.corners.has(it.key)).length : 0;
  if (memory === null || known * 2 < assets.length) {
    const middle = chooseHeights(layers, orderColumns(layers, groups), options);
    return toBlock(component, joining, layers, middle, options, null);
  }
  const seed = seedHeights(memory, assets, joining, layers, options.cardHeight);
  const wasAt = formerCorner(assets, memory, seed, options);
  const order = keepOrder(layers, seed, groups);
  const middle = options.keepsPlaces
    ? keepHeights(layers, order, options, seed)
    : chooseHeights(layers, order, options);
  return toBlock(component, joining, layers, middle, options, wasAt);
}

/** Packs the assets that nothing joins into rows. */
export function placeIsolated(
  { assets, edges }: Component,
  options: LayoutOptions,
  memory: Memory | null,
  minWidth: number,
): Block {
  const { cardWidth, cardHeight, cardGap } = options;
  const kept = memory
    ? assets.toSorted((a, b) => byPlace(memory.corners.get(a.key), memory.corners.get(b.key)))
    : assets;
  const cards = kept.map(() => ({ width: cardWidth, height: cardHeight }));
  const corners = packRows(cards, Math.max(minWidth, pleasantWidth(cards, cardGap)), cardGap);
  const placed = kept.map((asset, at) => ({ asset, ...(corners[at] as Point) }));
  return {
    assets: placed,
    edges: placeLoops(edges, placed, options),
    width: corners.reduce((right, { x }) => Math.max(right, x + cardWidth), 0),
    height: (corners.at(-1)?.y ?? 0) + cardHeight,
    wasAt: null,
  };
}

function toBlock(
  component: Component,
  joining: readonly AssetEdge[],
  layers: Layers,
  middle: Float64Array,
  options: LayoutOptions,
  wasAt: Point | null,
): Block {
  const { cardWidth, cardHeight } = options;
  const top = middle.reduce((least, it) => Math.min(least, it)) - cardHeight / 2;
  const bottom = middle.reduce((most, it) => Math.max(most, it)) + cardHeight / 2;
  const left = columnPlaces(layers, middle, options);
  const xOf = (vertex: number) => left[layers.layerOf[vertex] as number] as number;
  const yOf = (vertex: number) => Math.round((middle[vertex] as number) - top);

  const placed = component.assets.map((asset, at) => ({ asset, x: xOf(at), y: yOf(at) - cardHeight / 2 }));
  const corners = cornersOf(placed);
  const joined = joining.map((edge, at): PlacedEdge => {
    const isReversed = layers.isReversed[at] as boolean;
    const first = corners.get(isReversed ? edge.to : edge.from) as Point;
    const last = corners.get(isReversed ? edge.from : edge.to) as Point;
    const between = (layers.bends[at] as readonly number[]).flatMap(bend => [
      { x: xOf(bend), y: yOf(bend) },
      { x: xOf(bend) + cardWidth, y: yOf(bend) },
    ]);
    const start = { x: first.x + cardWidth, y: first.y + cardHeight / 2 };
    const points = [start, ...between, { x: last.x, y: last.y + cardHeight / 2 }];
    return { edge, points: isReversed ? points.reverse() : points, isReversed };
  });
  const loops = component.edges.filter(it => it.from === it.to);
  return {
    assets: placed,
    edges: [...joined, ...placeLoops(loops, placed, options)],
    width: (left.at(-1) ?? 0) + cardWidth,
    height: Math.round(bottom - top),
    wasAt,
  };
}

/** Where each column begins: wider gaps where edges climb far, in steps, so that small changes move nothing. */
function columnPlaces(layers: Layers, middle: Float64Array, options: LayoutOptions): number[] {
  let x = 0;
  return layers.columns.map(column => {
    const place = x;
    let climb = 0;
    let count = 0;
    for (const vertex of column) {
      for (const next of layers.downstream[vertex] as readonly number[]) {
        climb += Math.abs((middle[next] as number) - (middle[vertex] as number));
        count++;
      }
    }
    const wanted = count === 0 ? 0 : Math.round((60 + (climb / count) * 0.2) / 20) * 20;
    x += options.cardWidth + Math.min(options.maxColumnGap, Math.max(options.minColumnGap, wanted));
    return place;
  });
}

/** An asset that reads its own earlier partitions: from its right side back to its left side. */
function placeLoops(
  edges: readonly AssetEdge[],
  placed: readonly PlacedAsset[],
  { cardWidth, cardHeight }: LayoutOptions,
): PlacedEdge[] {
  const corners = cornersOf(placed);
  return edges.map(edge => {
    const { x, y } = corners.get(edge.from) as Point;
    const middle = y + cardHeight / 2;
    const points = [
      { x: x + cardWidth, y: middle },
      { x, y: middle },
    ];
    return { edge, points, isReversed: false };
  });
}

function cornersOf(placed: readonly PlacedAsset[]): Map<AssetKey, Point> {
  return new Map(placed.map(it => [it.asset.key, it]));
}

/** The corner that this block had, also where a passing edge was its highest point. */
function formerCorner(
  assets: readonly AssetNode[],
  memory: Memory,
  seed: Float64Array,
  { cardHeight }: LayoutOptions,
): Point {
  const x = assets.reduce((left, { key }) => Math.min(left, memory.corners.get(key)?.x ?? left), Infinity);
  const middle = seed.reduce((top, it) => (it < top ? it : top), Infinity);
  return { x, y: middle - cardHeight / 2 };
}

function groupNumbers(assets: readonly AssetNode[]): number[] {
  const numbers = new Map<string, number>();
  return assets.map(({ group }) => {
    const known = numbers.get(group) ?? numbers.size;
    numbers.set(group, known);
    return known;
  });
}

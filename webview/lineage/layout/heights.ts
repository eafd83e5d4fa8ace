import type { Layers, Order } from "./layers.ts";

/** The room that vertices take in their column. */
export interface Spacing {
  readonly cardHeight: number;
  /** Between two cards, between a card and a passing edge, and between two passing edges. */
  readonly cardGap: number;
  readonly edgeGap: number;
}

/** Long edges want to be straight, and get their way before cards do. */
const pull = { ofCards: 1, ofCardAndBend: 3, ofBends: 8 };
const nearlyLevel = 12;
const rounds = { ofSmallGraphs: 24, ofLargeGraphs: 10, small: 1500 };

/**
 * The middle of each vertex: as near to its neighbours' as the order and the spacing allow.
 * Columns are solved one after the other, each exactly (pool adjacent violators).
 */
export function chooseHeights(layers: Layers, order: Order, spacing: Spacing): Float64Array {
  const { upstream, downstream, layerOf, assetCount } = layers;
  const middle = new Float64Array(layerOf.length);
  const solve = columnSolver(order, assetCount, spacing, middle);
  for (let column = 0; column < order.length; column++) solve(column, () => ({ wish: 0, weight: 1 }));

  const count = layerOf.length < rounds.small ? rounds.ofSmallGraphs : rounds.ofLargeGraphs;
  for (let round = 0; round < count; round++) {
    const isRightward = round % 2 === 0;
    // The last rounds listen to both sides, so that a card ends between its parents and its children.
    const sides = round < count - 4 ? [isRightward ? upstream : downstream] : [upstream, downstream];
    for (let step = 0; step < order.length; step++) {
      solve(isRightward ? step : order.length - 1 - step, vertex =>
        wishOf(vertex, sides, assetCount, middle),
      );
    }
  }
  return finish(layers, order, spacing, middle);
}

/** Heights near the known ones: what was there stays, and makes only the room that the new needs. */
export function keepHeights(
  layers: Layers,
  order: Order,
  spacing: Spacing,
  seed: Float64Array,
): Float64Array {
  const middle = new Float64Array(seed.length);
  const solve = columnSolver(order, layers.assetCount, spacing, middle);
  for (let column = 0; column < order.length; column++) {
    solve(column, vertex => ({ wish: Number.isNaN(seed[vertex]) ? 0 : (seed[vertex] as number), weight: 1 }));
  }
  return finish(layers, order, spacing, middle);
}

interface Wish {
  wish: number;
  weight: number;
}

function wishOf(
  vertex: number,
  sides: readonly Layers["upstream"][],
  assetCount: number,
  middle: Float64Array,
): Wish {
  let sum = 0;
  let weight = 0;
  for (const side of sides) {
    for (const neighbour of side[vertex] as number[]) {
      const bends = (vertex >= assetCount ? 1 : 0) + (neighbour >= assetCount ? 1 : 0);
      const strength = bends === 0 ? pull.ofCards : bends === 1 ? pull.ofCardAndBend : pull.ofBends;
      sum += (middle[neighbour] as number) * strength;
      weight += strength;
    }
  }
  return weight === 0 ? { wish: middle[vertex] as number, weight: 0.1 } : { wish: sum / weight, weight };
}

/** Whole pixels, and level where an edge was level but for a few of them. */
function finish(layers: Layers, order: Order, spacing: Spacing, middle: Float64Array): Float64Array {
  for (let vertex = 0; vertex < middle.length; vertex++)
    middle[vertex] = Math.round(middle[vertex] as number);
  // To the end, so that the next layout, which begins with these heights, has nothing left to do.
  for (let pass = 0; pass < 8 && straighten(layers, order, spacing, middle); pass++);
  return middle;
}

/** Moves the right end of each nearly level edge, where its column has the room. */
function straighten(
  { upstream, assetCount }: Layers,
  order: Order,
  spacing: Spacing,
  middle: Float64Array,
): boolean {
  let hasMoved = false;
  for (const column of order) {
    for (const [at, vertex] of column.entries()) {
      const here = middle[vertex] as number;
      const wishes = (upstream[vertex] as number[]).map(it => middle[it] as number);
      const target = wishes.find(it => it !== here && Math.abs(it - here) < nearlyLevel);
      if (target === undefined || wishes.includes(here)) continue;
      const above = column[at - 1];
      const below = column[at + 1];
      const isFreeAbove =
        above === undefined ||
        target - (middle[above] as number) >= distance(above, vertex, assetCount, spacing);
      const isFreeBelow =
        below === undefined ||
        (middle[below] as number) - target >= distance(vertex, below, assetCount, spacing);
      if (!isFreeAbove || !isFreeBelow) continue;
      middle[vertex] = target;
      hasMoved = true;
    }
  }
  return hasMoved;
}

/** Blocks of vertices that touch move as one, to the weighted mean of their wishes. */
function columnSolver(order: Order, assetCount: number, spacing: Spacing, middle: Float64Array) {
  const longest = order.reduce((most, column) => Math.max(most, column.length), 0);
  const blockSum = new Float64Array(longest);
  const blockWeight = new Float64Array(longest);
  const blockSize = new Int32Array(longest);
  const offset = new Float64Array(longest);

  return (columnNumber: number, ask: (vertex: number) => Wish): void => {
    const column = order[columnNumber] as readonly number[];
    let blocks = 0;
    for (let at = 0; at < column.length; at++) {
      const vertex = column[at] as number;
      offset[at] =
        at === 0
          ? 0
          : (offset[at - 1] as number) + distance(column[at - 1] as number, vertex, assetCount, spacing);
      const { wish, weight } = ask(vertex);
      blockSum[blocks] = (wish - (offset[at] as number)) * weight;
      blockWeight[blocks] = weight;
      blockSize[blocks] = 1;
      blocks++;
      while (blocks > 1 && meanOf(blocks - 2) >= meanOf(blocks - 1)) {
        blocks--;
        (blockSum[blocks - 1] as number) += blockSum[blocks] as number;
        (blockWeight[blocks - 1] as number) += blockWeight[blocks] as number;
        (blockSize[blocks - 1] as number) += blockSize[blocks] as number;
      }
    }
    for (let block = 0, at = 0; block < blocks; block++) {
      const start = meanOf(block);
      for (const end = at + (blockSize[block] as number); at < end; at++) {
        middle[column[at] as number] = start + (offset[at] as number);
      }
    }
  };

  function meanOf(block: number): number {
    return (blockSum[block] as number) / (blockWeight[block] as number);
  }
}

/** How far the middles of two neighbours of a column must be apart. */
function distance(
  upper: number,
  lower: number,
  assetCount: number,
  { cardHeight, cardGap, edgeGap }: Spacing,
): number {
  const cards = (upper < assetCount ? 1 : 0) + (lower < assetCount ? 1 : 0);
  return (cards * cardHeight) / 2 + (cards === 2 ? cardGap : edgeGap);
}

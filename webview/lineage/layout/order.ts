import { countBorders, countCrossings, crossingGain, groupGain } from "./crossings.ts";
import type { Layers, Order } from "./layers.ts";
import { alongTheGraph, depthFirst, seededShuffle } from "./starts.ts";

/** A small graph is begun many times, for there is time to find the best. */
const smallGraph = { upTo: 500, sweeps: 12, fewestStarts: 4, mostStarts: 24, starts: 2000 };
const largeGraph = { sweeps: 10 };
/** How far an asset leans from where its edges want it to where its group stands. */
const groupPull = 0.25;

/** Barycenter sweeps to and fro, then swaps of neighbours; the order with the fewest crossings wins. */
export function orderColumns(layers: Layers, groupOf: readonly number[]): Order {
  const size = layers.layerOf.length;
  const isSmall = size <= smallGraph.upTo;
  const sweeps = isSmall ? smallGraph.sweeps : largeGraph.sweeps;
  const [deep, along] = [depthFirst(layers), alongTheGraph(layers)].map(it => sweep(it, layers, groupOf, 2));
  const start = (along as Ordered).cost < (deep as Ordered).cost ? along : deep;
  let best = settle(sweep((start as Ordered).columns, layers, groupOf, sweeps), layers, groupOf);

  const wanted = Math.round(smallGraph.starts / size);
  const starts = Math.min(smallGraph.mostStarts, Math.max(smallGraph.fewestStarts, wanted));
  const shuffle = seededShuffle();
  for (let at = 1; isSmall && at < starts && best.cost > 0; at++) {
    const found = settle(sweep(layers.columns.map(shuffle), layers, groupOf, sweeps), layers, groupOf);
    if (found.cost < best.cost) best = found;
  }
  return best.columns;
}

interface Ordered {
  readonly columns: number[][];
  /** Crossings, and borders between groups. */
  readonly cost: number;
}

function sweep(start: Order, layers: Layers, groupOf: readonly number[], rounds: number): Ordered {
  const columns = start.map(column => column.slice());
  const position = positionsIn(columns, layers);
  const costNow = (limit: number) => {
    const borders = countBorders(columns, groupOf);
    return borders + countCrossings(columns, layers, position, limit - borders);
  };
  let best: Ordered = { columns: columns.map(column => column.slice()), cost: costNow(Infinity) };
  for (let round = 0; round < rounds; round++) {
    const isRightward = round % 2 === 0;
    const neighbours = isRightward ? layers.upstream : layers.downstream;
    // Equal wishes are resolved the other way in every second pair of rounds, so that no order is stuck.
    sweepOnce(columns, neighbours, { isRightward, flipsTies: round % 4 >= 2 }, groupOf, position);
    const cost = costNow(best.cost);
    if (cost < best.cost) best = { columns: columns.map(column => column.slice()), cost };
  }
  return best;
}

function settle({ columns, cost }: Ordered, layers: Layers, groupOf: readonly number[]): Ordered {
  const gained = swapNeighbours(columns, layers, groupOf, positionsIn(columns, layers), () => true);
  return { columns, cost: cost - gained };
}

/**
 * The order that the last picture had; what is new goes where its neighbours are.
 * `seed` is the known height of a vertex, or NaN; it is filled in for the others.
 */
export function keepOrder(layers: Layers, seed: Float64Array, groupOf: readonly number[]): Order {
  const isFree = Array.from(seed, Number.isNaN);
  const passes = [layers.columns, layers.columns.toReversed(), layers.columns, layers.columns.toReversed()];
  for (const pass of passes) {
    for (const column of pass) {
      for (const vertex of column) {
        if (isFree[vertex]) seed[vertex] = meanSeed(vertex, layers, seed);
      }
    }
  }
  const columns = layers.columns.map(column =>
    [...column].sort((a, b) => orZero(seed[a]) - orZero(seed[b]) || a - b),
  );
  const position = positionsIn(columns, layers);
  swapNeighbours(columns, layers, groupOf, position, (a, b) => isFree[a] === true || isFree[b] === true);
  return columns;
}

function sweepOnce(
  columns: number[][],
  neighbours: Layers["upstream"],
  { isRightward, flipsTies }: { isRightward: boolean; flipsTies: boolean },
  groupOf: readonly number[],
  position: Float64Array,
): void {
  const tie = flipsTies ? -1 : 1;
  const wish = new Float64Array(position.length);
  for (let step = 0; step < columns.length; step++) {
    const column = columns[isRightward ? step : columns.length - 1 - step] as number[];
    const movable = column.filter(vertex => neighbours[vertex]?.length !== 0);
    for (const vertex of movable) wish[vertex] = mean(neighbours[vertex] as number[], position);
    leanToGroup(movable, groupOf, wish);
    movable.sort(
      (a, b) =>
        (wish[a] as number) - (wish[b] as number) ||
        tie * ((position[a] as number) - (position[b] as number)),
    );
    // A vertex without neighbours on this side keeps its slot; the others share the rest.
    let at = 0;
    for (let slot = 0; slot < column.length; slot++) {
      if (neighbours[column[slot] as number]?.length !== 0) column[slot] = movable[at++] as number;
    }
    placeInOrder(column, position);
  }
}

function leanToGroup(vertices: readonly number[], groupOf: readonly number[], wish: Float64Array): void {
  const groups = new Map<number, { sum: number; count: number }>();
  for (const vertex of vertices) {
    const group = groupOf[vertex];
    if (group === undefined) continue;
    const known = groups.get(group) ?? { sum: 0, count: 0 };
    groups.set(group, { sum: known.sum + (wish[vertex] as number), count: known.count + 1 });
  }
  for (const vertex of vertices) {
    const known = groups.get(groupOf[vertex] ?? -1);
    if (known)
      wish[vertex] = (wish[vertex] as number) * (1 - groupPull) + (known.sum / known.count) * groupPull;
  }
}

function swapNeighbours(
  columns: number[][],
  { upstream, downstream }: Layers,
  groupOf: readonly number[],
  position: Float64Array,
  maySwap: (upper: number, lower: number) => boolean,
): number {
  let gained = 0;
  for (let pass = 0, isBetter = true; isBetter && pass < 8; pass++) {
    isBetter = false;
    for (const column of columns) {
      for (let at = 0; at + 1 < column.length; at++) {
        const upper = column[at] as number;
        const lower = column[at + 1] as number;
        if (!maySwap(upper, lower)) continue;
        const gain =
          crossingGain(upstream[upper] as number[], upstream[lower] as number[], position) +
          crossingGain(downstream[upper] as number[], downstream[lower] as number[], position) +
          groupGain(column, at, groupOf);
        if (gain <= 0) continue;
        column[at] = lower;
        column[at + 1] = upper;
        position[lower] = at;
        position[upper] = at + 1;
        isBetter = true;
        gained += gain;
      }
    }
  }
  return gained;
}

function meanSeed(vertex: number, { upstream, downstream }: Layers, seed: Float64Array): number {
  let sum = 0;
  let count = 0;
  for (const neighbours of [upstream[vertex] as number[], downstream[vertex] as number[]]) {
    for (const it of neighbours) {
      if (Number.isNaN(seed[it])) continue;
      sum += seed[it] as number;
      count++;
    }
  }
  return count === 0 ? Number.NaN : sum / count;
}

function mean(vertices: readonly number[], position: Float64Array): number {
  let sum = 0;
  for (const vertex of vertices) sum += position[vertex] as number;
  return sum / vertices.length;
}

function positionsIn(columns: Order, { layerOf }: Layers): Float64Array {
  const position = new Float64Array(layerOf.length);
  for (const column of columns) placeInOrder(column, position);
  return position;
}

function placeInOrder(column: readonly number[], position: Float64Array): void {
  for (let at = 0; at < column.length; at++) position[column[at] as number] = at;
}

/** NaN, for what nobody knows, sorts to the top. */
function orZero(value: number | undefined): number {
  return value === undefined || Number.isNaN(value) ? 0 : value;
}

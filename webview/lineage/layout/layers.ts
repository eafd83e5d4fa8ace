/** An edge between two assets of a component, by their numbers. */
export interface Link {
  readonly from: number;
  readonly to: number;
}

/**
 * A component cut into columns.
 * Vertices below `assetCount` are assets; the others are bends, where a long edge passes a column.
 */
export interface Layers {
  readonly assetCount: number;
  readonly layerOf: readonly number[];
  /** The vertices of each column, in no order yet. */
  readonly columns: readonly (readonly number[])[];
  /** Neighbours one column to the left, and one to the right. */
  readonly upstream: readonly (readonly number[])[];
  readonly downstream: readonly (readonly number[])[];
  /** The bends of each link, from left to right. */
  readonly bends: readonly (readonly number[])[];
  /** True for a link that closes a cycle, and so runs from right to left. */
  readonly isReversed: readonly boolean[];
}

/** The vertices of each column from top to bottom. */
export type Order = readonly (readonly number[])[];

/** Longest paths from the left, cycles cut open; the bends that long edges need, while `maxBends` lasts. */
export function assignLayers(assetCount: number, links: readonly Link[], maxBends: number): Layers {
  const isReversed = cutCycles(assetCount, links);
  const forward = links.map((link, at) => (isReversed[at] ? { from: link.to, to: link.from } : link));
  const layerOf = longestPaths(assetCount, forward);

  const bends: number[][] = links.map(() => []);
  const upstream: number[][] = Array.from({ length: assetCount }, () => []);
  const downstream: number[][] = Array.from({ length: assetCount }, () => []);
  let bendsLeft = maxBends;
  for (const at of shortestFirst(forward, layerOf)) {
    const { from, to } = forward[at] as Link;
    const first = (layerOf[from] ?? 0) + 1;
    const last = (layerOf[to] ?? 0) - 1;
    // An edge that the budget does not cover is drawn straight, behind the cards.
    if (last - first + 1 > bendsLeft) continue;
    let before = from;
    for (let layer = first; layer <= last; layer++) {
      const bend = layerOf.length;
      layerOf.push(layer);
      upstream.push([before]);
      downstream.push([]);
      downstream[before]?.push(bend);
      bends[at]?.push(bend);
      before = bend;
    }
    bendsLeft -= last - first + 1;
    downstream[before]?.push(to);
    upstream[to]?.push(before);
  }
  return { assetCount, layerOf, columns: columnsOf(layerOf), upstream, downstream, bends, isReversed };
}

/** Marks each link that leads back to an asset on the path which found it (depth first, without recursion). */
function cutCycles(assetCount: number, links: readonly Link[]): boolean[] {
  const linksFrom: number[][] = Array.from({ length: assetCount }, () => []);
  const hasUpstream = new Uint8Array(assetCount);
  for (const [at, { from, to }] of links.entries()) {
    linksFrom[from]?.push(at);
    hasUpstream[to] = 1;
  }
  const isReversed: boolean[] = links.map(() => false);
  const unseen = 0;
  const onPath = 1;
  const done = 2;
  const mark = new Uint8Array(assetCount);
  const next = new Int32Array(assetCount);
  const all = Array.from({ length: assetCount }, (_, vertex) => vertex);
  for (const root of [...all.filter(it => hasUpstream[it] === 0), ...all]) {
    if (mark[root] !== unseen) continue;
    const path = [root];
    mark[root] = onPath;
    for (let vertex = path.at(-1); vertex !== undefined; vertex = path.at(-1)) {
      const tried = next[vertex] as number;
      next[vertex] = tried + 1;
      const at = linksFrom[vertex]?.[tried];
      if (at === undefined) {
        mark[vertex] = done;
        path.pop();
        continue;
      }
      const to = (links[at] as Link).to;
      if (mark[to] === onPath) isReversed[at] = true;
      if (mark[to] !== unseen) continue;
      mark[to] = onPath;
      path.push(to);
    }
  }
  return isReversed;
}

function longestPaths(assetCount: number, links: readonly Link[]): number[] {
  const children: number[][] = Array.from({ length: assetCount }, () => []);
  const parentCount = new Int32Array(assetCount);
  for (const { from, to } of links) {
    children[from]?.push(to);
    (parentCount[to] as number) += 1;
  }
  const layerOf = new Array<number>(assetCount).fill(0);
  const waitsFor = parentCount.slice();
  const order: number[] = [];
  for (let vertex = 0; vertex < assetCount; vertex++) if (parentCount[vertex] === 0) order.push(vertex);
  for (let at = 0; at < order.length; at++) {
    const vertex = order[at] as number;
    for (const child of children[vertex] as number[]) {
      layerOf[child] = Math.max(layerOf[child] as number, (layerOf[vertex] as number) + 1);
      (waitsFor[child] as number) -= 1;
      if (waitsFor[child] === 0) order.push(child);
    }
  }
  pullTowardsReaders(order, children, parentCount, layerOf);
  return layerOf;
}

/** A source that is read late stands beside its reader: fewer and shorter long edges. */
function pullTowardsReaders(
  order: readonly number[],
  children: readonly (readonly number[])[],
  parentCount: Int32Array,
  layerOf: number[],
): void {
  for (let at = order.length - 1; at >= 0; at--) {
    const vertex = order[at] as number;
    const readers = children[vertex] as number[];
    if (readers.length <= (parentCount[vertex] as number)) continue;
    layerOf[vertex] = readers.reduce((left, it) => Math.min(left, layerOf[it] as number), Infinity) - 1;
  }
}

function shortestFirst(links: readonly Link[], layerOf: readonly number[]): number[] {
  const spans = links.map(({ from, to }) => (layerOf[to] as number) - (layerOf[from] as number));
  return [...links.keys()].sort((a, b) => (spans[a] as number) - (spans[b] as number) || a - b);
}

function columnsOf(layerOf: readonly number[]): number[][] {
  const columns: number[][] = [];
  for (const [vertex, layer] of layerOf.entries()) {
    while (columns.length <= layer) columns.push([]);
    columns[layer]?.push(vertex);
  }
  return columns;
}

import type { Layers } from "./layers.ts";

/** Depth first from the left, so that what belongs together starts together. */
export function depthFirst({ layerOf, columns, upstream, downstream }: Layers): number[][] {
  const ordered: number[][] = columns.map(() => []);
  const isSeen = new Uint8Array(layerOf.length);
  for (const root of layerOf.keys()) {
    if (upstream[root]?.length !== 0) continue;
    const waiting = [root];
    for (let vertex = waiting.pop(); vertex !== undefined; vertex = waiting.pop()) {
      if (isSeen[vertex]) continue;
      isSeen[vertex] = 1;
      ordered[layerOf[vertex] as number]?.push(vertex);
      for (const it of (downstream[vertex] as number[]).toReversed()) if (!isSeen[it]) waiting.push(it);
    }
  }
  return ordered;
}

/**
 * From one end of the graph to the other, whatever the direction of the edges.
 * Sweeps cannot unfold a large graph that lies folded; this begins with it unfolded.
 */
export function alongTheGraph(layers: Layers): number[][] {
  const anyEnd = hopsFrom(0, layers).last;
  const fromEnd = hopsFrom(anyEnd, layers);
  const fromOther = hopsFrom(fromEnd.last, layers);
  const along = fromEnd.hops.map((hops, vertex) => hops - (fromOther.hops[vertex] as number));
  return layers.columns.map(column =>
    column.toSorted((a, b) => (along[a] as number) - (along[b] as number) || a - b),
  );
}

/** Shuffles alike each time: a picture must not depend on luck. */
export function seededShuffle(): (column: readonly number[]) => number[] {
  let state = 1;
  return column => {
    const shuffled = column.slice();
    for (let at = shuffled.length - 1; at > 0; at--) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const other = Math.floor((state / 2 ** 32) * (at + 1));
      [shuffled[at], shuffled[other]] = [shuffled[other] as number, shuffled[at] as number];
    }
    return shuffled;
  };
}

function hopsFrom(
  start: number,
  { layerOf, upstream, downstream }: Layers,
): { hops: Int32Array; last: number } {
  const hops = new Int32Array(layerOf.length).fill(-1);
  hops[start] = 0;
  const reached = [start];
  for (let at = 0; at < reached.length; at++) {
    const vertex = reached[at] as number;
    for (const neighbours of [upstream[vertex] as number[], downstream[vertex] as number[]]) {
      for (const next of neighbours) {
        if (hops[next] !== -1) continue;
        hops[next] = (hops[vertex] as number) + 1;
        reached.push(next);
      }
    }
  }
  return { hops, last: reached.at(-1) ?? start };
}

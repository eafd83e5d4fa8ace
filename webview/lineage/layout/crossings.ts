import type { Layers, Order } from "./layers.ts";

/** Inversions between neighbouring columns, counted by a Fenwick tree; gives up beyond a limit. */
export function countCrossings(
  columns: Order,
  { downstream }: Layers,
  position: Float64Array,
  limit: number,
): number {
  const tree = new Int32Array(columns.reduce((most, it) => Math.max(most, it.length), 0) + 1);
  const ends: number[] = [];
  let crossings = 0;
  for (let layer = 0; layer + 1 < columns.length && crossings <= limit; layer++) {
    const size = (columns[layer + 1] as number[]).length;
    tree.fill(0, 0, size + 1);
    let seen = 0;
    for (const vertex of columns[layer] as number[]) {
      ends.length = 0;
      for (const next of downstream[vertex] as number[]) ends.push(position[next] as number);
      if (ends.length > 1) ends.sort((a, b) => a - b);
      for (const end of ends) {
        let notBelow = 0;
        for (let at = end + 1; at > 0; at -= at & -at) notBelow += tree[at] as number;
        crossings += seen - notBelow;
      }
      for (const end of ends) for (let at = end + 1; at <= size; at += at & -at) (tree[at] as number) += 1;
      seen += ends.length;
    }
  }
  return crossings;
}

/** How often two groups touch in a column. */
export function countBorders(columns: Order, groupOf: readonly number[]): number {
  let borders = 0;
  for (const column of columns) {
    for (let at = 0; at + 1 < column.length; at++) {
      borders += border(groupOf[column[at] as number], groupOf[column[at + 1] as number]);
    }
  }
  return borders;
}

/** How many crossings fewer there are when the two change places. */
export function crossingGain(
  ofUpper: readonly number[],
  ofLower: readonly number[],
  position: Float64Array,
): number {
  let gain = 0;
  for (const a of ofUpper)
    for (const b of ofLower) gain += Math.sign((position[a] as number) - (position[b] as number));
  return gain;
}

/** How many borders between groups fewer there are when a vertex and the next change places. */
export function groupGain(column: readonly number[], at: number, groupOf: readonly number[]): number {
  const before = groupOf[column[at - 1] ?? -1];
  const upper = groupOf[column[at] ?? -1];
  const lower = groupOf[column[at + 1] ?? -1];
  const after = groupOf[column[at + 2] ?? -1];
  if (upper === lower) return 0;
  return border(before, upper) + border(lower, after) - border(before, lower) - border(upper, after);
}

/** A bend has no group, and so no border. */
function border(a: number | undefined, b: number | undefined): number {
  return a === undefined || b === undefined || a === b ? 0 : 1;
}

import { countWhile } from "./countWhile.ts";
import type { IndexRange } from "./partitionSet.ts";
import { type Needs, needsOf } from "./stalenessNeeds.ts";
import { isNewer, type VersionSheet } from "./versionSheet.ts";

/** Marks what was made before something that it needs changed, of the groups that `knew` this asset upstream. */
export function markNewer(
  marks: Uint8Array,
  sheet: VersionSheet,
  knew: readonly boolean[],
  upstream: VersionSheet,
  needs: Needs,
): void {
  if (!knew.includes(true)) return;
  const latest = latestChanges(upstream, needs);
  for (let at = 0; at < sheet.count; at++) {
    const group = sheet.groups[at] as number;
    if (group < 0 || !knew[group] || marks[at] === 1) continue;
    const { ranges } = needsOf(needs, at, upstream.count);
    const watermark = sheet.watermarks[at] as number;
    if (ranges.some(range => latest(range) > watermark) || hasReturned(sheet, at, upstream, ranges))
      marks[at] = 1;
  }
}

/** Marks what needs something stale, and answers how much is marked; `also` is marked while it goes on. */
export function markStale(
  marks: Uint8Array,
  sheet: VersionSheet,
  needs: Needs,
  lastStale: Int32Array,
  also?: Uint8Array,
): number {
  let count = 0;
  for (let at = 0; at < sheet.count; at++) {
    // Positions before this one may have been marked a moment ago.
    if (also !== undefined) lastStale[at] = also[at] === 1 ? at : at > 0 ? (lastStale[at - 1] as number) : -1;
    if (marks[at] === 0 && (sheet.groups[at] as number) >= 0) {
      const { ranges } = needsOf(needs, at, lastStale.length);
      if (ranges.some(({ from, to }) => (lastStale[to - 1] as number) >= from)) marks[at] = 1;
    }
    if (marks[at] === 0) continue;
    count++;
    if (also !== undefined && also[at] === 0) {
      also[at] = 1;
      lastStale[at] = at;
    }
  }
  return count;
}

/** For each position the last one up to it that is marked, or -1: whether a range holds a mark is one look. */
export function lastMarkedPositions(marks: Uint8Array): Int32Array {
  const last = new Int32Array(marks.length);
  let present = -1;
  for (let at = 0; at < marks.length; at++) {
    if (marks[at] === 1) present = at;
    last[at] = present;
  }
  return last;
}

/** The latest change within a range of positions, of those whose version has not returned. */
function latestChanges(upstream: VersionSheet, needs: Needs): (range: IndexRange) => number {
  const changed = upstream.changed.slice();
  for (const at of upstream.returned) changed[at] = -1;
  if (needs.kind === "constant") {
    const known = new Map<IndexRange, number>();
    return range => {
      const latest = known.get(range) ?? latestIn(changed, range);
      known.set(range, latest);
      return latest;
    };
  }
  const isSingle = needs.kind === "shifted" && needs.startOffset === needs.endOffset;
  return isSingle ? ({ from }) => changed[from] as number : rangeMaxima(changed);
}

function latestIn(changed: Float64Array, { from, to }: IndexRange): number {
  let latest = -1;
  for (let at = from; at < to; at++) latest = Math.max(latest, changed[at] as number);
  return latest;
}

/** The greatest value of any range in a few steps, by a tree of maxima over pairs, pairs of pairs and so on. */
function rangeMaxima(values: Float64Array): (range: IndexRange) => number {
  const size = values.length;
  const tree = new Float64Array(2 * size);
  tree.set(values, size);
  for (let at = size - 1; at > 0; at--) {
    tree[at] = Math.max(tree[2 * at] as number, tree[2 * at + 1] as number);
  }
  return ({ from, to }) => {
    let greatest = -1;
    for (let [low, high] = [from + size, to + size]; low < high; low >>= 1, high >>= 1) {
      if (low & 1) greatest = Math.max(greatest, tree[low++] as number);
      if (high & 1) greatest = Math.max(greatest, tree[--high] as number);
    }
    return greatest;
  };
}

/** A version that has returned is the same data for who loaded it before, and newer for who did not. */
function hasReturned(
  sheet: VersionSheet,
  at: number,
  upstream: VersionSheet,
  ranges: readonly IndexRange[],
): boolean {
  const { returned } = upstream;
  if (returned.length === 0) return false;
  for (const { from, to } of ranges) {
    let i = countWhile(returned.length, it => (returned[it] as number) < from);
    for (; i < returned.length && (returned[i] as number) < to; i++) {
      if (isNewer(upstream, returned[i] as number, sheet, at)) return true;
    }
  }
  return false;
}

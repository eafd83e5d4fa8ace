import type { AssetEdge } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Problem } from "../model/problem.ts";
import type { Position } from "./fileScan.ts";

/** One error for each circle of assets that need each other, where one of them says so. */
export function* findCycles(
  edges: readonly AssetEdge[],
  placeOf: (edge: AssetEdge) => { file: string; at: Position } | undefined,
): Generator<undefined, Problem[]> {
  const problems: Problem[] = [];
  const upstream = yield* knotted(edges);
  while (upstream.size > 0 && problems.length < mostCycles) {
    const cycle = anyCycle(upstream);
    const [first, last] = [cycle[0], cycle.at(-1)];
    const closing = edges.find(edge => edge.to === first && edge.from === last);
    const place = closing && placeOf(closing);
    if (place) {
      problems.push({
        file: place.file,
        ...place.at,
        severity: "error",
        message: `These assets need each other: ${[...cycle, first].join(" → ")}. Remove one of these edges.`,
      });
    }
    for (const key of cycle) upstream.delete(key);
    prune(upstream);
  }
  return problems;
}

/** Whoever has more will find the others when these are mended. */
const mostCycles = 20;

type Upstream = Map<AssetKey, Set<AssetKey>>;

/** What lies on a cycle or below one; a self-dependency is none, for it reads earlier partitions. */
function* knotted(edges: readonly AssetEdge[]): Generator<undefined, Upstream> {
  const waits = new Map<AssetKey, number>();
  const downstream = new Map<AssetKey, AssetKey[]>();
  let count = 0;
  for (const { from, to } of edges) {
    if (++count % stepSize === 0) yield;
    if (from === to) continue;
    waits.set(to, (waits.get(to) ?? 0) + 1);
    const children = downstream.get(from);
    if (children) children.push(to);
    else downstream.set(from, [to]);
  }
  const free = [...downstream.keys()].filter(key => !waits.has(key));
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    if (++count % stepSize === 0) yield;
    for (const child of downstream.get(key) ?? []) {
      const left = (waits.get(child) ?? 0) - 1;
      if (left > 0) waits.set(child, left);
      else if (waits.delete(child)) free.push(child);
    }
  }
  const upstream: Upstream = new Map();
  for (const { from, to } of waits.size > 0 ? edges : []) {
    if (from === to || !waits.has(from) || !waits.has(to)) continue;
    const parents = upstream.get(to);
    if (parents) parents.add(from);
    else upstream.set(to, new Set([from]));
  }
  return upstream;
}

const stepSize = 1_000;

/** Takes away whatever has nothing upstream of it, until nothing more can be taken. */
function prune(upstream: Upstream) {
  const downstream = new Map<AssetKey, AssetKey[]>();
  const free: AssetKey[] = [];
  for (const [key, parents] of upstream) {
    for (const parent of parents) {
      const children = downstream.get(parent);
      if (children) children.push(key);
      else downstream.set(parent, [key]);
      if (!upstream.has(parent)) free.push(parent);
    }
  }
  for (let key = free.pop(); key !== undefined; key = free.pop()) {
    upstream.delete(key);
    for (const child of downstream.get(key) ?? []) {
      const parents = upstream.get(child);
      if (parents?.delete(key) && parents.size === 0) {
        upstream.delete(child);
        free.push(child);
      }
    }
  }
}

/** Walks up from anywhere: since each asset has something upstream, the walk must come back on itself. */
function anyCycle(upstream: Upstream): AssetKey[] {
  const walked = new Set<AssetKey>();
  let key = upstream.keys().next().value as AssetKey;
  while (!walked.has(key)) {
    walked.add(key);
    key = upstream.get(key)?.values().next().value as AssetKey;
  }
  const circle = [...walked].slice([...walked].indexOf(key));
  // Walked upward; told downward, as edges point.
  return [key, ...circle.slice(1).reverse()];
}

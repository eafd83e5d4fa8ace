import type { AssetEdge, AssetGraph, AssetNode, GraphIndex } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";

/** Edges that stand for a way through hidden assets; beyond this many, only true edges are drawn. */
const maxSplicedEdges = 20_000;

/** The assets whose key or group holds every word of the query. */
export function matchAssets(assets: readonly AssetNode[], query: string): AssetNode[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return assets.filter(({ key, group }) => {
    const text = `${key} ${group}`.toLowerCase();
    return words.every(word => text.includes(word));
  });
}

/** What a query leaves of a graph; a way through hidden assets is kept as a dep. */
export function filterGraph(graph: AssetGraph, index: GraphIndex, query: string): AssetGraph {
  if (query.trim() === "") return graph;
  const assets = matchAssets(graph.assets, query);
  const shown = new Set(assets.map(it => it.key));
  const edges = graph.edges.filter(it => shown.has(it.from) && shown.has(it.to));
  return { assets, edges: [...edges, ...spliced(shown, edges, index)] };
}

function spliced(shown: ReadonlySet<AssetKey>, edges: readonly AssetEdge[], index: GraphIndex): AssetEdge[] {
  const found: AssetEdge[] = [];
  for (const from of shown) {
    const direct = new Set(index.children.get(from));
    const hidden = new Set([...direct].filter(it => !shown.has(it)));
    const reached = new Set<AssetKey>();
    for (const through of hidden) {
      for (const child of index.children.get(through) ?? []) {
        if (shown.has(child)) reached.add(child);
        else hidden.add(child);
      }
    }
    for (const to of reached) if (!direct.has(to) && to !== from) found.push({ from, to, kind: "dep" });
    if (edges.length + found.length > maxSplicedEdges) return [];
  }
  return found;
}

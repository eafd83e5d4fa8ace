import type { AssetNode, ScannedGraph } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";

/**
 * A graph as it would be with another text of the file that declares an asset: what that declares, with the inputs
 * it has there. What the file declared before and does not any more is gone; what it only names is added where it
 * was unknown.
 */
export function withEditedFile(graph: ScannedGraph, edited: ScannedGraph, asset: AssetKey): ScannedGraph {
  const file = edited.assets.find(it => it.key === asset)?.file ?? null;
  if (file === null) return graph;
  const declared = new Map<AssetKey, AssetNode>(
    edited.assets.filter(it => it.file === file).map(it => [it.key, it]),
  );
  const kept = graph.assets.filter(it => it.file !== file && !declared.has(it.key));
  const known = new Set(kept.map(it => it.key));
  const added = edited.assets.filter(it => !known.has(it.key));
  const present = new Set([...known, ...added.map(it => it.key)]);
  return {
    ...graph,
    assets: [...kept, ...added],
    edges: [
      ...graph.edges.filter(it => known.has(it.to) && present.has(it.from)),
      ...edited.edges.filter(it => declared.has(it.to)),
    ],
  };
}

import type { AssetEdge, AssetGraph, AssetNode, ScannedGraph } from "../model/assetGraph.ts";

/**
 * The graph on screen: the text as it is being typed, and what only running the files could tell
 * (assets made by a factory, computed keys). Where both know an asset, the text is newer and wins.
 */
export function mergedGraph(scanned: AssetGraph, loaded: ScannedGraph | null): AssetGraph {
  if (loaded === null) return scanned;
  const inText = new Set(scanned.assets.map(it => it.key));
  const onlyLoaded = new Map<string, AssetNode>();
  for (const asset of loaded.assets) if (!inText.has(asset.key)) onlyLoaded.set(asset.key, asset);
  if (onlyLoaded.size === 0) return scanned;

  const known = (key: string) => inText.has(key as AssetNode["key"]) || onlyLoaded.has(key);
  const computed = (edge: AssetEdge) => onlyLoaded.has(edge.from) || onlyLoaded.has(edge.to);
  return {
    assets: [...scanned.assets, ...onlyLoaded.values()],
    edges: [
      ...scanned.edges,
      ...loaded.edges.filter(edge => computed(edge) && known(edge.from) && known(edge.to)),
    ],
  };
}

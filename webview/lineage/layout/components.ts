import type { AssetEdge, AssetNode } from "../../../src/model/assetGraph.ts";
import type { AssetKey } from "../../../src/model/assetKey.ts";

/** Assets that edges join, and those edges. */
export interface Component {
  readonly assets: readonly AssetNode[];
  readonly edges: readonly AssetEdge[];
}

/** Cuts a graph into what hangs together; assets without a neighbour are gathered in `isolated`. */
export function findComponents(
  assets: readonly AssetNode[],
  edges: readonly AssetEdge[],
): { connected: Component[]; isolated: Component } {
  const leaders = joinAll(assets, edges);
  const byLeader = new Map<AssetKey, { assets: AssetNode[]; edges: AssetEdge[] }>();
  for (const asset of assets) {
    const leader = leaders.get(asset.key) as AssetKey;
    const component = byLeader.get(leader);
    if (component) component.assets.push(asset);
    else byLeader.set(leader, { assets: [asset], edges: [] });
  }
  for (const edge of edges) byLeader.get(leaders.get(edge.from) as AssetKey)?.edges.push(edge);
  const components = [...byLeader.values()];
  const alone = components.filter(it => it.assets.length === 1);
  return {
    connected: components.filter(it => it.assets.length > 1),
    isolated: { assets: alone.flatMap(it => it.assets), edges: alone.flatMap(it => it.edges) },
  };
}

/** The leader of each asset's component (union-find with halved paths). */
function joinAll(assets: readonly AssetNode[], edges: readonly AssetEdge[]): Map<AssetKey, AssetKey> {
  const leaders = new Map(assets.map(({ key }) => [key, key]));
  for (const { from, to } of edges) leaders.set(find(from), find(to));
  for (const { key } of assets) leaders.set(key, find(key));
  return leaders;

  function find(key: AssetKey): AssetKey {
    let at = key;
    for (let up = leaders.get(at) as AssetKey; up !== at; up = leaders.get(at) as AssetKey) {
      leaders.set(at, leaders.get(up) as AssetKey);
      at = up;
    }
    return at;
  }
}

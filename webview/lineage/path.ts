import type { GraphIndex } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";

/** Everything that an asset is made from and everything that is made from it, and itself. */
export function pathThrough(index: GraphIndex, asset: AssetKey): ReadonlySet<AssetKey> {
  return new Set([...reach(index.parents, asset), ...reach(index.children, asset)]);
}

function reach(next: GraphIndex["parents"], from: AssetKey): Set<AssetKey> {
  const reached = new Set([from]);
  // A set is visited in the order of insertion, also what is added while it is visited.
  for (const key of reached) for (const neighbour of next.get(key) ?? []) reached.add(neighbour);
  return reached;
}

import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { didYouMean } from "../model/suggest.ts";
import { ConfigurationError } from "./configuration.ts";

/** The node of an asset that somebody names; throws a sentence with what was meant where there is none. */
export function requireAsset({ assets }: AssetGraph, asset: AssetKey): AssetNode {
  const node = assets.find(it => it.key === asset);
  if (node) return node;
  const keys = assets.map(it => it.key);
  throw new ConfigurationError(`There is no asset "${asset}".${didYouMean(asset, keys)}`);
}

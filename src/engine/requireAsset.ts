import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { didYouMean } from "../model/suggest.ts";
import { ConfigurationError } from "./configuration.ts";

/** The node of an asset that somebody names; throws a sentence with what was meant where there is none. */
export function requireAsset({ assets }: AssetGraph, asset: AssetKey): AssetNode {
  const node = assets.find(it => it.key === asset);
  if (node) return node;
  const meant = didYouMean(
    asset,
    assets.map(it => it.key),
  );
  const advice = meant || ' Run "millrace list" to see every asset.';
  throw new ConfigurationError(`There is no asset "${asset}".${advice}`);
}

import type { AssetKey } from "./assetKey.ts";
import { isBareWord } from "./selectionTokens.ts";

/** The selection that names exactly these assets: `orders or key:"päckchen (neu)"`. */
export function selectionOf(assets: readonly AssetKey[]): string {
  return assets.map(it => (isBareWord(it) ? it : `key:"${it}"`)).join(" or ");
}

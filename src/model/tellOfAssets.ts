import type { AssetKey } from "./assetKey.ts";

/** Sentences about assets, by what they say; many assets may be told the same in one line. */
export function tellOfAssets(sentences: ReadonlyMap<string, readonly AssetKey[]>): string[] {
  return [...sentences].map(([what, keys]) => {
    if (keys.length === 1) return `${keys[0]}${what}`;
    const more = keys.length - 3;
    const named = more > 0 ? `${keys.slice(0, 3).join(", ")} and ${more} more` : keys.join(", ");
    return `${named}${what.replace(/^ has /, " have ")}`;
  });
}

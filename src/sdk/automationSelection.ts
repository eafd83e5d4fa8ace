import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import { parseSelection, spellKey } from "../model/selectionSyntax.ts";
import { type AssetDefinition, isAsset } from "./definition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { inWords } from "./inWords.ts";

/** What an automation makes: assets, or a selection of them. */
export interface SelectedAssets {
  /** Assets, or their keys. */
  readonly assets?: readonly (AssetDefinition | string)[];
  /** A selection instead: "+city_aggregates", "group:weather". */
  readonly selection?: string;
}

/** The options `assets` and `selection` as one selection; null when neither is there. */
export function assetsInText(
  { assets, selection }: { readonly assets?: unknown; readonly selection?: unknown },
  subject: string,
  problems: DefinitionProblems,
): string | null {
  if (assets !== undefined && selection !== undefined) {
    problems.add(`${subject} has both "assets" and "selection"`, "Leave one of them out.");
  }
  if (selection !== undefined) {
    if (typeof selection !== "string" || selection.trim() === "") {
      problems.add(
        `The selection of ${subject} is ${inWords(selection)}`,
        'Write selection: "group:weather".',
      );
      return null;
    }
    for (const { message } of parseSelection(selection).problems) {
      problems.add(`The selection of ${subject} cannot be read`, message);
    }
    return selection;
  }
  if (assets === undefined) return null;
  if (!Array.isArray(assets) || assets.length === 0) {
    problems.add(`The assets of ${subject} are ${inWords(assets)}`, "Write a list: assets: [readings].");
    return null;
  }
  const keys = assets.flatMap((asset: unknown, at): AssetKey[] => {
    if (isAsset(asset)) return [asset.key];
    const parsed = typeof asset === "string" ? parseAssetKey(asset) : null;
    if (parsed && "key" in parsed) return [parsed.key];
    const advice =
      asset === undefined
        ? "A file that imports this one is not loaded yet: name the asset by its key."
        : (parsed?.error ?? "Name an asset or its key.");
    problems.add(`Asset ${at + 1} of ${subject} is ${inWords(asset)}`, advice);
    return [];
  });
  return [...new Set(keys)].map(spellKey).join(" or ");
}

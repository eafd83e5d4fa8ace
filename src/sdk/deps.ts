import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import type { PartitionMapping } from "../model/partitionMapping.ts";
import { isAsset, isInput, isSource } from "./definition.ts";
import type { DefinitionProblems } from "./definitionError.ts";
import { circularImport, type DeclaredAsset, requireMapping } from "./input.ts";
import { inWords } from "./inWords.ts";
import { isSelf } from "./mappedInput.ts";

/** What an asset waits for without loading it, and of which partitions, where that is said. */
export interface Deps {
  readonly keys: readonly AssetKey[];
  readonly mappings: Readonly<Record<AssetKey, PartitionMapping>>;
}

/** The deps of an asset made complete; says what is wrong with each that is none. */
export function completeDeps(
  deps: unknown = [],
  declared: DeclaredAsset,
  problems: DefinitionProblems,
): Deps {
  const { key } = declared;
  if (!Array.isArray(deps)) {
    problems.add(`"deps" of asset "${key}" is ${inWords(deps)}`, "Write a list: deps: [orders].");
    return { keys: [], mappings: {} };
  }
  const keys: AssetKey[] = [];
  const mappings: Record<AssetKey, PartitionMapping> = {};
  deps.forEach((dep: unknown, at) => {
    const subject = `Dependency ${at + 1} of asset "${key}"`;
    const parsed = parseDep(dep, declared);
    if ("error" in parsed) {
      problems.add(`${subject} is ${inWords(dep)}`, parsed.error);
    } else if (parsed.key === key && !isSelf(dep)) {
      problems.add(`Asset "${key}" names itself in "deps"`, "Remove it.");
    } else if (keys.includes(parsed.key)) {
      problems.add(`Asset "${key}" names "${parsed.key}" twice in "deps"`, "Remove one of them.");
    } else {
      keys.push(parsed.key);
      if (isInput(dep)) requireMapping(subject, dep, declared, problems);
      if (isSelf(dep)) requireMapping(subject, { ...dep, upstream: declared.own }, declared, problems);
      if ((isInput(dep) || isSelf(dep)) && dep.partitionMapping !== null) {
        mappings[parsed.key] = dep.partitionMapping;
      }
    }
  });
  return { keys, mappings };
}

function parseDep(dep: unknown, { key }: DeclaredAsset): { key: AssetKey } | { error: string } {
  if (typeof dep === "string") return parseAssetKey(dep);
  if (isAsset(dep) || isSource(dep)) return dep;
  if (isInput(dep)) return dep.upstream;
  if (isSelf(dep)) return { key: key as AssetKey };
  return { error: dep === undefined ? circularImport : "Name an asset, a source, or the key of one." };
}

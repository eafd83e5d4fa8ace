import { topologicalOrder } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { closestName } from "../model/closestName.ts";
import { selectionWord } from "../model/shellWord.ts";
import { type AssetDefinition, isAsset } from "./definition.ts";
import { circularImport } from "./input.ts";
import { inWords } from "./inWords.ts";
import type { MaterializeOptions } from "./materialize.ts";
import { isOverrides } from "./override.ts";

/** One asset of a test, with those before it that must have succeeded. */
export interface PlannedAsset {
  readonly asset: AssetDefinition;
  readonly needs: readonly AssetKey[];
}

/** The assets in the order of their dependencies. Throws for what cannot be materialized in memory. */
export function planTest(assets: readonly AssetDefinition[], options: MaterializeOptions): PlannedAsset[] {
  const selected = selectedAssets(assets);
  requireInputs(selected, options.inputs ?? {});
  requireResources(selected, options.resources ?? {});
  const parents = new Map(
    [...selected].map(([key, asset]) => [
      key,
      upstreamKeys(asset).filter(it => it !== key && selected.has(it)),
    ]),
  );
  const children = new Map(
    [...selected.keys()].map(key => [
      key,
      [...parents].filter(([, of]) => of.includes(key)).map(([it]) => it),
    ]),
  );
  const { order, cycle } = topologicalOrder({ nodes: selected, parents, children });
  if (cycle.length > 0) {
    throw new Error(`${cycle.join(", ")} need each other. Remove one of the dependencies between them.`);
  }
  return order.map(key => ({ asset: selected.get(key) as AssetDefinition, needs: parents.get(key) ?? [] }));
}

function selectedAssets(assets: readonly AssetDefinition[]): Map<AssetKey, AssetDefinition> {
  const selected = new Map<AssetKey, AssetDefinition>();
  assets.forEach((asset: unknown, at) => {
    if (!isAsset(asset)) {
      throw new Error(
        `materialize() is given ${inWords(asset)} as asset ${at + 1}. ` +
          (asset === undefined ? circularImport : "Name assets: materialize([cityAverages])."),
      );
    }
    if (asset.isQuery) {
      throw new Error(
        `${asset.key} is made by SQL, which needs a database. Run \`millrace materialize ${selectionWord(asset.key)}\`, ` +
          `and give its rows to those that need it here: { inputs: { "${asset.key}": rows } }.`,
      );
    }
    const other = selected.get(asset.key);
    if (other !== undefined && other !== asset) {
      throw new Error(`Two assets have the key "${asset.key}". Give one of them another key.`);
    }
    selected.set(asset.key, asset);
  });
  return selected;
}

function requireInputs(
  selected: ReadonlyMap<AssetKey, AssetDefinition>,
  given: Readonly<Record<string, unknown>>,
): void {
  const needed = new Set<string>();
  for (const asset of selected.values()) {
    for (const { upstream } of Object.values(asset.inputs)) {
      needed.add(upstream.key);
      if (upstream.key === asset.key) continue;
      if (selected.has(upstream.key) || Object.hasOwn(given, upstream.key)) continue;
      throw new Error(
        `${asset.key} needs "${upstream.key}", which is neither materialized here nor given. ` +
          `Add it to the assets, or give its data: { inputs: { "${upstream.key}": rows } }.`,
      );
    }
  }
  for (const key of Object.keys(given)) {
    if (selected.has(key as AssetKey) && !needsItself(selected.get(key as AssetKey))) {
      throw new Error(`"${key}" is both materialized here and given as an input. Remove one of the two.`);
    }
    if (!needed.has(key)) throw new Error(unneeded("input", key, needed));
  }
}

function requireResources(
  selected: ReadonlyMap<AssetKey, AssetDefinition>,
  given: NonNullable<MaterializeOptions["resources"]>,
): void {
  const used = [...selected.values()].flatMap(asset => Object.entries(asset.resources));
  const names = new Set(used.flatMap(([name, resource]) => [name, resource.name]));
  const unused = isOverrides(given)
    ? given.find(({ resource }) => !used.some(([, it]) => it === resource))?.resource.name
    : Object.keys(given).find(name => !names.has(name));
  if (unused !== undefined) throw new Error(unneeded("resource", unused, names));
}

function unneeded(what: "input" | "resource", name: string, needed: ReadonlySet<string>): string {
  const meant = closestName(name, needed);
  return `No asset that is materialized here needs the ${what} "${name}". ${
    meant !== null && meant !== name
      ? `Did you mean "${meant}"?`
      : "Remove it, or add the asset that needs it."
  }`;
}

/** Its earlier partitions may be given, although the one that is made here has the same key. */
function needsItself(asset: AssetDefinition | undefined): boolean {
  return Object.values(asset?.inputs ?? {}).some(({ upstream }) => upstream.key === asset?.key);
}

function upstreamKeys(asset: AssetDefinition): AssetKey[] {
  return [...Object.values(asset.inputs).map(({ upstream }) => upstream.key), ...asset.deps];
}

import type { AssetNode } from "./assetGraph.ts";
import { closestName } from "./closestName.ts";

/** A dbt model as TypeScript names it: "stg_readings" or "package.stg_readings", and perhaps a version. */
export interface DbtReference {
  readonly name: string;
  readonly version: string | null;
  /** The column that tells the partition of a row, where it is said in TypeScript. */
  readonly partitionColumn?: string | null;
}

/** Answers which asset is meant, or says why none is. */
export type FindDbtModel = (reference: DbtReference) => AssetNode | { readonly problem: string };

/** Prepares the search for models, seeds and snapshots; `project` stands before the packages it uses. */
export function findDbtModels(assets: readonly AssetNode[], project: string | null): FindDbtModel {
  let byName: Map<string, AssetNode[]> | null = null;
  return ({ name, version }) => {
    // Most workspaces never ask, and there may be many thousands of models.
    byName ??= refablesByName(assets);
    const named = byName.get(name) ?? inPackage(name, byName);
    const own = named.filter(it => it.dbt?.package === project);
    const found = own.length > 0 ? own : named;
    const meant = found.filter(it =>
      version === null ? it.dbt?.isLatest !== false : it.dbt?.version === version,
    );
    const [first] = meant;
    if (first !== undefined && meant.length === 1) return first;
    if (meant.length > 1) {
      const names = meant.map(it => `"${it.dbt?.package}.${name}"`).join(" or ");
      return { problem: `is the name of several dbt models. Write ${names}.` };
    }
    if (found.length > 0) {
      const versions = found.flatMap(it => it.dbt?.version ?? []).join(", ");
      if (versions === "")
        return { problem: `has no version ${version}, for it has none at all. Leave it away.` };
      return { problem: `has no version ${version ?? "that is the latest"}. There are ${versions}.` };
    }
    const meantName = closestName(name, byName.keys());
    const advice = meantName
      ? `Did you mean "${meantName}"?`
      : 'Correct it, or run "dbt parse" if it is new.';
    return { problem: `is no model, seed or snapshot of the dbt project. ${advice}` };
  };
}

function refablesByName(assets: readonly AssetNode[]): Map<string, AssetNode[]> {
  const byName = new Map<string, AssetNode[]>();
  for (const asset of assets) {
    if (asset.dbt === undefined || !refable.has(asset.dbt.resource)) continue;
    const named = byName.get(asset.dbt.name);
    if (named) named.push(asset);
    else byName.set(asset.dbt.name, [asset]);
  }
  return byName;
}

/** "shop.orders"; names with dots of their own come first. */
function inPackage(written: string, byName: ReadonlyMap<string, AssetNode[]>): AssetNode[] {
  const dot = written.indexOf(".");
  const inName = byName.get(written.slice(dot + 1)) ?? [];
  return dot < 0 ? [] : inName.filter(it => it.dbt?.package === written.slice(0, dot));
}

const refable: ReadonlySet<string> = new Set(["model", "seed", "snapshot"]);

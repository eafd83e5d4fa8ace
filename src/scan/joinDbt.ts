import type { AssetEdge, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Problem } from "../model/problem.ts";
import type { DbtScan } from "./dbtScan.ts";
import type { ScannedDefinition } from "./fileScan.ts";

/** How the assets of dbt and those of TypeScript are one graph. */
export interface JoinedDbt {
  /** What dbt adds: no source that a TypeScript asset feeds. */
  readonly assets: readonly AssetNode[];
  readonly edges: readonly AssetEdge[];
  /** A TypeScript source that is a dbt model has the model's key; everything else its own. */
  readonly keyOf: (key: AssetKey) => AssetKey;
  /** Of dbt's nodes: the key in the joined graph. */
  readonly keyOfNode: (node: AssetNode) => AssetKey;
  /** The dbt sources that are this TypeScript asset or source. */
  readonly sourcesOf: (key: AssetKey) => readonly AssetNode[];
  /** True when a TypeScript asset feeds anything of dbt. */
  readonly isFed: boolean;
  readonly problems: readonly Problem[];
}

type Declared = ReadonlyMap<
  AssetKey,
  {
    readonly file: string;
    readonly definition: Pick<ScannedDefinition, "kind" | "key" | "table" | "keyRange">;
  }
>;

/**
 * Joins the two worlds: a dbt source with the key, or the schema and table, of a TypeScript asset is that asset;
 * a TypeScript source that is a dbt model's key or relation is that model.
 */
export function joinDbt(declared: Declared, { graph, settings }: DbtScan): JoinedDbt {
  const problems: Problem[] = [];
  const owners = relationOwners(declared, settings.assetSchema);
  /** dbt's key → the key in the joined graph, where they differ. */
  const renamed = new Map<AssetKey, AssetKey>();
  /** A TypeScript source → the dbt model that it is. */
  const models = new Map<AssetKey, AssetKey>();
  const sources = new Map<AssetKey, AssetNode[]>();
  const assets: AssetNode[] = [];
  for (const asset of graph.assets) {
    const { key } = asset;
    const relation = asset.dbt?.relation;
    const sameKey = declared.get(key);
    const owner =
      sameKey ?? (relation ? owners.get(relationName(relation.schema, relation.table)) : undefined);
    if (owner === undefined || (asset.kind === "exposure" && sameKey === undefined)) assets.push(asset);
    else if (asset.kind === "source") {
      const own = owner.definition.key;
      if (own !== key) renamed.set(key, own);
      sources.set(own, [...(sources.get(own) ?? []), asset]);
    } else if (owner.definition.kind === "source" && asset.kind === "dbt") {
      models.set(owner.definition.key, key);
      assets.push(asset);
    } else {
      const id = (sameKey ? (asset.uniqueId ?? key) : key) as AssetKey;
      if (id !== key) renamed.set(key, id);
      assets.push(id === key ? asset : { ...asset, key: id });
      problems.push(sameAsset(asset, owner, sameKey !== undefined));
    }
  }
  const final = (key: AssetKey) => renamed.get(key) ?? key;
  return {
    assets,
    edges:
      renamed.size === 0
        ? graph.edges
        : graph.edges.map(edge => {
            const [from, to] = [final(edge.from), final(edge.to)];
            return from === edge.from && to === edge.to ? edge : { ...edge, from, to };
          }),
    keyOf: key => models.get(key) ?? key,
    keyOfNode: ({ key }) => final(key),
    sourcesOf: key => sources.get(key) ?? none,
    isFed: sources.size > 0,
    problems,
  };
}

/** How new dbt wants its source to be, of an asset that does not say so itself. */
export function measuredAs(
  { freshness }: AssetNode,
  sources: readonly AssetNode[],
): Pick<AssetNode, "freshness" | "freshnessPolicy" | "measuredSources"> {
  const said = freshness ? undefined : sources.find(it => it.measuredSources);
  if (!said?.freshnessPolicy || !said.measuredSources) return {};
  const { freshness: words, freshnessPolicy, measuredSources } = said;
  return { freshness: words ?? null, freshnessPolicy, measuredSources };
}

const none: readonly AssetNode[] = [];

/** By the table each writes; who is stored somewhere else has none. */
function relationOwners(declared: Declared, assetSchema: string) {
  const owners = new Map<string, NonNullable<ReturnType<Declared["get"]>>>();
  for (const asset of declared.values()) {
    const { key, kind, table } = asset.definition;
    if (table === null) continue;
    const slash = kind === "source" ? key.indexOf("/") : key.lastIndexOf("/");
    const schema = table.schema ?? (slash < 0 ? assetSchema : key.slice(0, slash).replaceAll("/", "_"));
    const name = relationName(schema, table.name ?? key.slice(slash + 1));
    // An asset writes what a source only reads.
    if (kind === "asset" || !owners.has(name)) owners.set(name, asset);
  }
  return owners;
}

function relationName(schema: string, table: string): string {
  return JSON.stringify([schema, table]);
}

function sameAsset(
  asset: AssetNode,
  { file, definition: { key, keyRange } }: NonNullable<ReturnType<Declared["get"]>>,
  isSameKey: boolean,
): Problem {
  const { line, column } = keyRange.start;
  const other = `dbt's ${asset.uniqueId} (${asset.file ?? "without a file"})`;
  const { schema, table } = asset.dbt?.relation ?? { schema: "", table: "" };
  const message = isSameKey
    ? `The key "${key}" is also that of ${other}, which is called "${asset.uniqueId}" here. Give one of the two another key.`
    : `"${key}" and ${other} both write ${schema}.${table}. Give one of them another table; if dbt only reads it, declare it there as a source.`;
  return { file, line, column, severity: asset.kind === "exposure" ? "warning" : "error", message };
}

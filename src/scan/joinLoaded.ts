import type { AssetEdge, AssetNode, ScannedGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Problem } from "../model/problem.ts";
import type { DbtScan } from "./dbtScan.ts";
import { joinDbt, measuredAs } from "./joinDbt.ts";
import { unknownTargets } from "./unknownTargets.ts";

/** What runs: the loaded definitions and the dbt project as one graph. */
export interface JoinedLoaded {
  readonly graph: ScannedGraph;
  /** How TypeScript calls a dbt model → its key in the graph. */
  readonly models: ReadonlyMap<AssetKey, AssetKey>;
}

/**
 * Joins TypeScript as it was loaded and dbt as it was scanned. `dbtModel(…)`, and a source that is a model's table,
 * give way to the model; a source of dbt gives way to the asset that feeds it.
 */
export function joinLoaded(loaded: ScannedGraph, dbt: DbtScan): JoinedLoaded {
  const declared = new Map(
    loaded.assets.filter(it => !it.dbtReference).map(it => [it.key, declaredAs(it)] as const),
  );
  const joined = joinDbt(declared, dbt);
  const models = new Map<AssetKey, AssetKey>();
  const references = new Set(loaded.assets.filter(it => it.dbtReference).map(it => it.key));
  const said = new Map<AssetKey, AssetNode>();
  const ruled = new Map<AssetKey, AssetNode>();
  const problems: Problem[] = [...loaded.problems, ...joined.problems];
  for (const asset of loaded.assets) {
    if (asset.dbtReference) {
      const found = dbt.find(asset.dbtReference);
      if ("problem" in found) problems.push(notFound(asset, found.problem));
      else {
        const key = joined.keyOfNode(found);
        models.set(asset.key, key);
        if (asset.partitionsDefinition || asset.dbtReference.partitionColumn) said.set(key, asset);
        if (asset.condition || asset.freshnessPolicy || asset.pool) ruled.set(key, asset);
      }
    } else if (joined.keyOf(asset.key) !== asset.key) models.set(asset.key, joined.keyOf(asset.key));
  }
  const isGone = ({ key }: AssetNode) => references.has(key) || models.has(key);
  const graph = {
    ...(dbt.state ? { dbt: dbt.state } : {}),
    ...(loaded.automations ? { automations: loaded.automations } : {}),
    assets: [
      ...loaded.assets.filter(it => !isGone(it)).map(it => withFeeds(it, joined.sourcesOf(it.key))),
      ...joined.assets.map(it => withRules(withPartitions(it, said.get(it.key)), ruled.get(it.key))),
    ],
    edges: [...loaded.edges.flatMap(toModel), ...joined.edges],
    problems,
  };
  return { graph: { ...graph, problems: [...problems, ...unknownTargets(graph)] }, models };

  function toModel(edge: AssetEdge): AssetEdge | readonly AssetEdge[] {
    const model = models.get(edge.from);
    if (model !== undefined) return { ...edge, from: model };
    return references.has(edge.from) ? [] : edge;
  }
}

function declaredAs({ key, kind, file, line, column, relation }: AssetNode) {
  const start = { line: line ?? 1, column: column ?? 1 };
  const definition = {
    kind: kind === "source" ? ("source" as const) : ("asset" as const),
    key,
    table: relation ? { schema: relation.schema, name: relation.table } : null,
    keyRange: { start, end: start },
  };
  return { file: file ?? ".", definition };
}

function withFeeds(asset: AssetNode, sources: readonly AssetNode[]): AssetNode {
  const feeds = sources.flatMap(it => it.uniqueId ?? []);
  const sourceTests = sources.flatMap(it => it.dbt?.tests ?? []);
  if (feeds.length === 0) return asset;
  return {
    ...asset,
    feeds,
    ...(sourceTests.length > 0 ? { sourceTests } : {}),
    ...measuredAs(asset, sources),
  };
}

/** What dbt's `meta` says of partitions counts before what TypeScript says of them. */
function withPartitions(asset: AssetNode, said: AssetNode | undefined): AssetNode {
  if (said === undefined || asset.dbt === undefined) return asset;
  const { partitions, partitionsDefinition = null } = asset.partitionsDefinition ? asset : said;
  const partitionColumn = asset.dbt.partitionColumn ?? said.dbtReference?.partitionColumn ?? null;
  return { ...asset, partitions, partitionsDefinition, dbt: { ...asset.dbt, partitionColumn } };
}

/** What dbt's `meta` says of automation, freshness and pool counts before what TypeScript says of them. */
function withRules(asset: AssetNode, said: AssetNode | undefined): AssetNode {
  if (said === undefined) return asset;
  const { automation, condition, freshness, freshnessPolicy, pool } = said;
  return {
    ...asset,
    ...(pool && !asset.pool ? { pool } : {}),
    ...(condition && !asset.condition ? { automation, condition } : {}),
    ...(freshnessPolicy && !asset.freshnessPolicy ? { freshness, freshnessPolicy } : {}),
  };
}

function notFound({ file, line, column, dbtReference }: AssetNode, problem: string): Problem {
  const message = `dbt's "${dbtReference?.name}" ${problem}`;
  return { file: file ?? ".", line: line ?? 1, column: column ?? 1, severity: "error", message };
}

import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";

/** dbt writes with any adapter; TypeScript reads models where the state lives. The sentences that say what cannot be read. */
export function foreignModels({ assets, edges }: AssetGraph, planned: ReadonlySet<AssetKey>): string[] {
  const nodes = new Map(assets.map(it => [it.key, it]));
  return edges.flatMap(({ from, to, kind }) => {
    const model = nodes.get(from);
    const adapter = model?.kind === "dbt" ? model.kinds.find(it => it !== "dbt") : undefined;
    if (kind !== "input" || !planned.has(to) || adapter === undefined || adapter === "postgres") return [];
    if (nodes.get(to)?.kind !== "typescript") return [];
    return `${to} reads dbt's ${from}, which is made by ${adapter} and does not live in PostgreSQL. Let dbt write it into PostgreSQL, or name it in "deps" instead of "inputs" and read it by a resource of your own.`;
  });
}

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DbtNodeResult } from "../dbt/dbt.ts";
import { readRunResults } from "../dbt/nodeResult.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Database } from "../store/database.ts";
import { recordForeign } from "../store/foreignRuns.ts";
import type { LoadedCode } from "./loadedCode.ts";

/**
 * Looks whether somebody has called dbt by hand since, and records what it made; answers the assets of it.
 * Of a partitioned model nobody knows which partitions that were, so those are left as they are.
 */
export function createForeignRuns(
  database: Database,
  environment: string,
  root: string,
): (code: LoadedCode) => Promise<AssetKey[]> {
  let seen: number | null = null;
  return async ({ dbt, graph }) => {
    if (dbt.project === null) return [];
    const folder = dirname(dbt.project.manifest);
    const writtenAt = await stat(join(folder, "run_results.json")).then(
      it => it.mtimeMs,
      () => null,
    );
    if (writtenAt === null || writtenAt === seen) return [];
    const account = await readRunResults(folder, { root, project: dbt.project.folder, folder });
    seen = writtenAt;
    if (!account?.invocationId || !account.generatedAt || account.startedAt === null || !account.isWhole)
      return [];
    const { invocationId, startedAt } = account;
    const endedAt = Date.parse(account.generatedAt);
    // A manifest that is newer tells of code that this invocation may not have had.
    const isOfItsCode = Date.parse(dbt.graph.parsedAt ?? "") <= endedAt;
    const nodes = new Map(graph.assets.map(it => [it.uniqueId, it]));
    const made: AssetKey[] = [];
    const recorded: AssetKey[] = [];
    for (const result of account.results) {
      const node = nodes.get(result.uniqueId);
      if (node?.kind !== "dbt" || result.status !== "succeeded") continue;
      if (node.partitionsDefinition || !isSameTable(node, result)) continue;
      const inputs = [...new Set(graph.edges.filter(it => it.to === node.key).map(it => it.from))];
      const isNew = await recordForeign(database, {
        environment,
        asset: node.key,
        invocationId,
        startedAt,
        endedAt,
        rows: result.rows,
        durationMs: result.durationMs,
        codeVersion: isOfItsCode ? (node.codeVersion ?? null) : null,
        inputs,
        outside: inputs.filter(it => !made.includes(it)),
      });
      made.push(node.key);
      if (isNew) recorded.push(node.key);
    }
    return recorded;
  };
}

/** By another target it is another table, and none of ours. */
function isSameTable({ dbt }: AssetNode, { relation }: DbtNodeResult): boolean {
  if (!dbt?.relation || relation === null) return false;
  const { database, schema, table } = dbt.relation;
  const parts = [...(database === null ? [] : [database]), schema, table];
  return parts.map(it => `"${it}"`).join(".") === relation;
}

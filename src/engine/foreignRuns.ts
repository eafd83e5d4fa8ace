import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DbtNodeResult } from "../dbt/dbt.ts";
import { readRunResults } from "../dbt/nodeResult.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { spellKey } from "../model/selectionSyntax.ts";
import type { Database } from "../store/database.ts";
import { type ForeignMaterialization, recordForeign } from "../store/foreignRuns.ts";
import type { Configuration } from "./configuration.ts";
import { partitionsInBatches } from "./dbtBatches.ts";
import { isOurTarget } from "./dbtVariant.ts";
import type { LoadedCode } from "./loadedCode.ts";

/** What somebody made who called dbt by hand. */
export interface ForeignRuns {
  readonly assets: readonly AssetKey[];
  /** Those of which nobody knows which partitions were made; they are left as they are. */
  readonly unsure: readonly AssetKey[];
}

const none: ForeignRuns = { assets: [], unsure: [] };

/**
 * Looks whether somebody has called dbt by hand since, and records what it made. The batches of a microbatch model
 * tell which partitions that were; of another partitioned model the account does not say.
 */
export function createForeignRuns(
  database: Database,
  configuration: Configuration,
): (code: LoadedCode) => Promise<ForeignRuns> {
  const { root } = configuration;
  const environment = configuration.environment.value;
  let seen: number | null = null;
  return async ({ dbt, graph }) => {
    if (dbt.project === null) return none;
    const folder = dirname(dbt.project.manifest);
    const writtenAt = await stat(join(folder, "run_results.json")).then(
      it => it.mtimeMs,
      () => null,
    );
    if (writtenAt === null || writtenAt === seen) return none;
    const account = await readRunResults(folder, { root, project: dbt.project.folder, folder });
    seen = writtenAt;
    if (!account?.invocationId || !account.generatedAt || account.startedAt === null || !account.isWhole)
      return none;
    if ((await isOurTarget(configuration, account.target)) === false) return none;
    const { invocationId, startedAt } = account;
    const endedAt = Date.parse(account.generatedAt);
    // A manifest that is newer tells of code that this invocation may not have had.
    const isOfItsCode = Date.parse(dbt.graph.parsedAt ?? "") <= endedAt;
    const nodes = new Map(graph.assets.map(it => [it.uniqueId, it]));
    const made: AssetKey[] = [];
    const recorded: AssetKey[] = [];
    const unsure: AssetKey[] = [];
    for (const result of account.results) {
      const node = nodes.get(result.uniqueId);
      const isMade =
        result.status === "succeeded" || (result.status === "partial" && result.batches !== null);
      if (node?.kind !== "dbt" || !isMade || !isSameTable(node, result)) continue;
      const inputs = [...new Set(graph.edges.filter(it => it.to === node.key).map(it => it.from))];
      const slices = slicesOf(node, result, endedAt);
      let isNew = false;
      for (const slice of slices) {
        const isFirst = await recordForeign(database, {
          environment,
          asset: node.key,
          slice,
          invocationId,
          startedAt,
          endedAt,
          // Of several stretches nobody knows how many rows are whose.
          rows: slices.length === 1 ? result.rows : null,
          durationMs: Math.round(result.durationMs / slices.length),
          codeVersion: isOfItsCode ? (node.codeVersion ?? null) : null,
          inputs,
          outside: inputs.filter(it => !made.includes(it)),
        });
        isNew ||= isFirst;
      }
      made.push(node.key);
      if (isNew) recorded.push(node.key);
      if (isNew && slices.includes("unknown")) unsure.push(node.key);
    }
    return { assets: recorded, unsure };
  };
}

/** The partitions that were made, each stretch of them by itself; null for an asset without any. */
function slicesOf(
  { partitionsDefinition: definition = null }: AssetNode,
  { batches }: DbtNodeResult,
  endedAt: number,
): ForeignMaterialization["slice"][] {
  if (definition === null) return [null];
  if (batches === null) return ["unknown"];
  const stretches: { key: string; position: number }[][] = [];
  for (const { key, position } of partitionsInBatches(partitionsAt(definition, { now: endedAt }), batches)) {
    const last = stretches.at(-1);
    if (last?.at(-1)?.position === position - 1) last.push({ key, position });
    else stretches.push([{ key, position }]);
  }
  return stretches.map(partitions => ({ definition: partitionsId(definition), partitions }));
}

/** By another target it is another table, and none of ours. */
function isSameTable({ dbt }: AssetNode, { relation }: DbtNodeResult): boolean {
  if (!dbt?.relation || relation === null) return false;
  const { database, schema, table } = dbt.relation;
  const parts = [...(database === null ? [] : [database]), schema, table];
  return parts.map(it => `"${it}"`).join(".") === relation;
}

/** What to say of a model of which nobody knows which partitions were made. */
export function unsureInWords(asset: AssetKey): string {
  return `Somebody had dbt make ${asset}, and dbt's account does not tell which of its partitions: they are left as they were. Materialize those that are others now, or mark them: millrace mark ${spellKey(asset)} --partitions A...B.`;
}

import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { DbtNodeResult } from "../dbt/dbt.ts";
import { type RunResults, readRunResults } from "../dbt/nodeResult.ts";
import { dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtRelation, DbtTest } from "../model/dbtNode.ts";
import { partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { selectionWord } from "../model/shellWord.ts";
import { type LookedAt, recordLook } from "../store/checkResults.ts";
import type { Database } from "../store/database.ts";
import { type ForeignMaterialization, recordForeign } from "../store/foreignRuns.ts";
import type { Configuration } from "./configuration.ts";
import { partitionsInBatches } from "./dbtBatches.ts";
import { checkOf } from "./dbtTests.ts";
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
    const isOurs = await isOurTarget(configuration, account.target);
    if (isOurs === false) return none;
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
    const looked = testsOf(account, graph, isOurs === true && !account.isDeferred);
    const checked = await recordLook(database, environment, looked, endedAt);
    return { assets: [...new Set([...recorded, ...checked])], unsure };
  };
}

/** What tests of data said, of each asset that they are about. They looked at our tables, as far as their SQL tells. */
function testsOf({ results, compiled }: RunResults, { assets }: AssetGraph, isOurs: boolean): LookedAt[] {
  const tested = new Map<string, { asset: AssetNode; test: DbtTest }[]>();
  for (const asset of assets) {
    for (const test of dbtTestsOf(asset))
      tested.set(test.uniqueId, [...(tested.get(test.uniqueId) ?? []), { asset, test }]);
  }
  return results.flatMap(result => {
    const sql = compiled.get(result.uniqueId);
    return (tested.get(result.uniqueId) ?? []).flatMap(({ asset, test }) => {
      const check = checkOf(test, result);
      const isOfTable =
        sql === undefined ? isOurs : reads(sql, asset.dbt?.relation ?? asset.relation ?? null);
      return check !== null && isOfTable ? [{ asset: asset.key, check }] : [];
    });
  });
}

/** Whatever is quoted of the name. */
function reads(sql: string, relation: Pick<DbtRelation, "schema" | "table"> | null): boolean {
  if (relation === null) return true;
  const bare = (text: string) => text.replace(/["`]/g, "").toLowerCase();
  return bare(sql).includes(bare(`${relation.schema}.${relation.table}`));
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
  return `Somebody had dbt make ${asset}, and dbt's account does not tell which of its partitions: they are left as they were. Materialize those that are others now, or mark them: millrace mark ${selectionWord(asset)} --partitions A...B.`;
}

import type { DbtNodeResult, DbtOutcome } from "../dbt/dbt.ts";
import { type CheckRequest, dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtColumn } from "../model/dbtColumn.ts";
import type { DbtNode, DbtTest } from "../model/dbtNode.ts";
import { partitionsAt } from "../model/partitions.ts";
import { partitionsId } from "../model/partitionsDefinition.ts";
import { rowsPreview } from "../model/rowsPreview.ts";
import { unknownPartition } from "../model/unknownPartition.ts";
import type { CheckReport, StoredHost } from "../protocol/stored.ts";
import type { DbtInput, StoredOrder } from "../protocol/worker.ts";
import { catalogOf, readDbtColumns } from "../scan/dbtColumns.ts";
import type { LookedAt } from "../store/checkResults.ts";
import { ConfigurationError } from "./configuration.ts";
import type { DbtTestRuns } from "./dbtTestRuns.ts";
import type { CodeLoader, LoadedCode } from "./loadedCode.ts";
import type { Moment } from "./moment.ts";
import { requireAsset } from "./requireAsset.ts";
import type { Workers } from "./workers.ts";

/** What looking at stored things needs from the engine around it. */
export interface StoredEdge {
  readonly code: Pick<CodeLoader, "load">;
  readonly workers: Pick<Workers, "get">;
  readonly testRuns: DbtTestRuns;
  momentOf(code: LoadedCode): Promise<Moment>;
  /** The present code, of which dbt has read what concerns these assets. */
  loadForDbt(assets: readonly AssetKey[]): Promise<LoadedCode>;
  /** What a look at data has found. */
  record(found: readonly LookedAt[]): Promise<void>;
  /** The first rows of a node of dbt as dbt itself shows them. */
  showByDbt(node: DbtNode, limit: number): Promise<Readonly<Record<string, unknown>>[]>;
}

/** Looks at what is stored: rows by the worker, for only it has the user's I/O managers; dbt's tests by dbt. */
export function createStored({
  code,
  workers,
  testRuns,
  momentOf,
  loadForDbt,
  record,
  showByDbt,
}: StoredEdge): StoredHost {
  return {
    async previewRows({ asset, partition, limit }) {
      const loaded = await code.load();
      const node = storedNode(loaded, asset);
      const order = storedOrder(node, partition, await momentOf(loaded));
      const worker = await workers.get(loaded.definitions.digest);
      const [found, described] = await Promise.all([
        worker.stored
          .previewRows({ ...order, limit })
          .catch(error => shownByDbt(node, partition, limit, error as Error)),
        describedColumns(loaded, node),
      ]);
      const columns = found.columns.map(column => {
        const { type = null, description = null } = described.find(it => it.name === column.name) ?? {};
        return { ...column, type, description };
      });
      return { ...found, asset, partition, columns };
    },
    async runChecks(requests) {
      const ofDbt = requests.filter(it => it.uniqueId !== null);
      const loaded =
        ofDbt.length === 0 ? await code.load() : await loadForDbt([...new Set(ofDbt.map(it => it.asset))]);
      const own = requests.filter(it => it.uniqueId === null);
      const assets = [...new Set(own.map(it => it.asset))];
      const [tests, ...checks] = await Promise.all([
        ofDbt.length === 0 ? [] : runTests(loaded, ofDbt),
        ...assets.map(it =>
          runOwn(
            loaded,
            it,
            own.filter(({ asset }) => asset === it),
          ),
        ),
      ]);
      const told = new Map([...tests, ...checks.flat()].map(it => [idOf(it), it]));
      const reports = requests.map(it => told.get(idOf(it)) ?? notRun(it));
      await record(reports.flatMap(it => lookedAt(it, loaded.graph)));
      return reports;
    },
  };

  /** dbt's database need not be the one of our state: then only dbt finds the rows. */
  async function shownByDbt(
    { dbt, kind }: AssetNode,
    partition: string | null,
    limit: number,
    reason: Error,
  ) {
    if (!dbt || kind === "typescript" || partition !== null || !/does not exist/.test(reason.message))
      throw reason;
    const rows = await showByDbt(dbt, limit + 1).catch(() => Promise.reject(reason));
    return { ...rowsPreview(rows.slice(0, limit)), isCut: rows.length > limit };
  }

  async function runOwn(
    loaded: LoadedCode,
    asset: AssetKey,
    requests: readonly CheckRequest[],
  ): Promise<CheckReport[]> {
    const worker = await workers.get(loaded.definitions.digest);
    const order = storedOrder(storedNode(loaded, asset), null, await momentOf(loaded));
    const reports = await worker.stored.runChecks({ ...order, checks: requests.map(it => it.name) });
    return requests.map(request => reports.find(it => it.name === request.name) ?? notRun(request));
  }

  async function runTests(
    { graph, dbt: { project } }: LoadedCode,
    requests: readonly CheckRequest[],
  ): Promise<CheckReport[]> {
    if (project === null) return requests.map(notRun);
    const known = new Map(graph.assets.flatMap(dbtTestsOf).map(it => [it.uniqueId, it]));
    const tests = requests.flatMap(it => it.uniqueId ?? []).filter(it => known.has(it));
    if (tests.length === 0) return requests.map(goneFromDbt);
    const outcome = await testRuns.run({ project, tests, signal: AbortSignal.timeout(longestTestMs) });
    const results = new Map(outcome.results.map(it => [it.uniqueId, it]));
    return requests.map(request => {
      const id = request.uniqueId ?? "";
      const test = known.get(id);
      return test ? testReport(request, test, results.get(id), outcome) : goneFromDbt(request);
    });
  }
}

/** What a report says of the data of each asset that it is about; a unit test is about none. */
function lookedAt(report: CheckReport, { assets }: AssetGraph): LookedAt[] {
  const { asset, name, uniqueId, status, blocking, failedRows, message } = report;
  // What could not be looked at is as it was; of a test dbt says itself when its SQL is wrong.
  if (status === "skipped" || (status === "error" && (uniqueId === null || report.durationMs === null)))
    return [];
  const severity = status === "warned" || (!blocking && uniqueId !== null) ? "warning" : "error";
  const check = { name, passed: status === "passed", blocking, severity, failedRows, message } as const;
  if (uniqueId === null) return [{ asset, check }];
  const isOfData = (it: AssetNode) =>
    dbtTestsOf(it).some(test => test.uniqueId === uniqueId && test.kind === "data");
  return assets.filter(isOfData).map(it => ({ asset: it.key, check }));
}

const longestTestMs = 30 * 60_000;

export function storedNode({ graph }: LoadedCode, asset: AssetKey): AssetNode {
  const node = requireAsset(graph, asset);
  if (node.kind === "exposure")
    throw new ConfigurationError(`${asset} is an exposure: it has no rows of its own.`);
  return node;
}

/** What dbt says of the columns of its nodes, and of the source that an asset feeds. */
export async function describedColumns(
  { dbt: { project } }: LoadedCode,
  node: AssetNode,
): Promise<readonly DbtColumn[]> {
  const id = node.dbt ? node.uniqueId : node.feeds?.[0];
  if (project === null || id === undefined) return [];
  const columns = await readDbtColumns(project.manifest, catalogOf(project.manifest));
  return columns.get(id) ?? [];
}

export function storedOrder(node: AssetNode, partition: string | null, moment: Moment): StoredOrder {
  const { key, partitionsDefinition: definition = null } = node;
  const order = { asset: key, model: modelOf(node), dynamicKeys: { ...moment.keys } };
  if (partition === null) return { ...order, positions: null };
  if (definition === null) throw new ConfigurationError(`${key} has no partitions.`);
  const partitions = partitionsAt(definition, moment);
  const at = partitions.indexOf(partition);
  if (at === null) throw new ConfigurationError(`${key}: ${unknownPartition(partitions, partition)}`);
  return {
    ...order,
    positions: { definition: partitionsId(definition), first: at, last: at, now: moment.now },
  };
}

/** Where a node of dbt is, its manifest says; what TypeScript declares, the worker knows. */
function modelOf({ key, dbt, kind, partitionsDefinition }: AssetNode): DbtInput | null {
  if (kind === "typescript" || !dbt?.relation) return null;
  const { schema, table } = dbt.relation;
  return {
    key,
    relation: { schema, table },
    partitions: partitionsDefinition ?? null,
    partitionColumn: dbt.partitionColumn,
  };
}

function testReport(
  request: CheckRequest,
  test: DbtTest,
  result: DbtNodeResult | undefined,
  { error, status }: DbtOutcome,
): CheckReport {
  if (result === undefined) {
    const message = error?.message ?? `dbt did not run it (${status}).`;
    return { ...notRun(request), status: "error", message, error };
  }
  const ended = { passed: "passed", warned: "warned", failed: "failed", skipped: "skipped" } as const;
  const known = ended[result.status as keyof typeof ended] ?? "passed";
  return {
    ...request,
    status: result.error !== null ? "error" : known,
    blocking: test.severity === "error",
    failedRows: result.failures,
    message: result.error?.message ?? (known === "passed" ? null : result.message),
    error: result.error,
    durationMs: result.durationMs,
  };
}

function idOf({ asset, name, uniqueId }: CheckRequest): string {
  return [asset, uniqueId ?? name].join("\n");
}

/** What a test is called follows from what it asks for: who edits that finds it under another name. */
function goneFromDbt(request: CheckRequest): CheckReport {
  return { ...notRun(request), message: "dbt has read its project anew, and has no test of this name now." };
}

function notRun(request: CheckRequest): CheckReport {
  return {
    ...request,
    status: "skipped",
    blocking: false,
    failedRows: null,
    message: "It is no longer defined.",
    error: null,
    durationMs: null,
  };
}

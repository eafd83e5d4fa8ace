import type { DbtNodeResult } from "../dbt/dbt.ts";
import { dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtTest } from "../model/dbtNode.ts";
import type { RecordedCheck } from "../store/publish.ts";
import { withDownstream } from "./staleness.ts";

/** One test that an invocation runs, and what it is about. */
export interface InvokedTest {
  readonly test: DbtTest;
  readonly assets: readonly AssetKey[];
  /** The asset of the invocation whose step waits for it: the last one that it tests. */
  readonly owner: AssetKey;
}

/**
 * The tests of what an invocation makes, by id. A test that also looks at something else runs when that is there;
 * a unit test does not depend on partitions: it ran before them, without a window.
 */
export function testsOfInvocation(
  made: readonly AssetNode[],
  all: readonly AssetNode[],
  options: { isThere(asset: AssetKey): boolean; hasWindow: boolean },
): Map<string, InvokedTest> {
  const order = new Map(made.map(({ key }, at) => [key, at]));
  const wanted = new Map<string, DbtTest>();
  for (const { dbt } of made) for (const test of dbt?.tests ?? []) wanted.set(test.uniqueId, test);
  const tested = new Map<string, AssetKey[]>([...wanted.keys()].map(id => [id, []]));
  for (const { key, dbt } of all)
    for (const { uniqueId } of dbt?.tests ?? []) tested.get(uniqueId)?.push(key);
  const tests = new Map<string, InvokedTest>();
  for (const [id, test] of wanted) {
    const assets = tested.get(id) ?? [];
    if (test.kind === "unit" && options.hasWindow) continue;
    if (!assets.every(it => order.has(it) || options.isThere(it))) continue;
    const own = assets.filter(it => order.has(it));
    const owner = own.reduce((last, it) => ((order.get(it) ?? 0) > (order.get(last) ?? 0) ? it : last));
    tests.set(id, { test, assets: own, owner });
  }
  return tests;
}

/**
 * Of dbt's tests of a source those that can speak as soon as the asset that feeds it is written: what else they look
 * at is there, and is not made from it. The others speak when dbt makes that.
 */
export function testsOfWritten(
  asset: AssetNode,
  graph: AssetGraph,
  isThere: (asset: AssetKey) => boolean,
): DbtTest[] {
  const tests = (asset.sourceTests ?? []).filter(it => it.kind === "data");
  if (tests.length === 0) return [];
  const below = new Set(withDownstream(graph, [asset.key]));
  const known = new Map<string, AssetKey>();
  const tested = new Map<string, AssetKey[]>(tests.map(it => [it.uniqueId, []]));
  for (const node of graph.assets) {
    for (const id of [...(node.feeds ?? []), ...(node.uniqueId ? [node.uniqueId] : [])])
      known.set(id, node.key);
    for (const { uniqueId } of dbtTestsOf(node)) tested.get(uniqueId)?.push(node.key);
  }
  return tests.filter(({ uniqueId, looksAt = [] }) => {
    const others = [...(tested.get(uniqueId) ?? []), ...looksAt.map(it => known.get(it))];
    return others.every(it => it === asset.key || (it !== undefined && isThere(it) && !below.has(it)));
  });
}

/** What a test said, as the check of an asset; null when it did not come to say anything. */
export function checkOf(test: DbtTest, result: DbtNodeResult): RecordedCheck | null {
  if (test.kind === "unit" || result.status === "skipped" || result.status === "nothing") return null;
  return {
    name: test.name,
    passed: result.status === "passed",
    blocking: test.severity === "error",
    severity: result.status === "warned" ? "warning" : test.severity,
    failedRows: result.failures,
    message: result.status === "passed" ? null : (result.error?.message ?? result.message),
  };
}

/** Whether a check holds back what is downstream. */
export function isBlockingFailure({ passed, blocking, severity }: RecordedCheck): boolean {
  return !passed && blocking && severity === "error";
}

/** Failed checks as the error of their step, with what shows the rows that they found. */
export function failuresInWords(checks: readonly RecordedCheck[]): string {
  return checks
    .flatMap(({ name, message, failedRows }) => [
      `The test ${name} failed${message ? `: ${message}` : ""}.`,
      ...(failedRows ? [`Its rows: millrace dbt -- show --select ${name}`] : []),
    ])
    .join("\n");
}

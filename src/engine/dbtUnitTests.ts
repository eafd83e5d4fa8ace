import type { DbtNodeResult } from "../dbt/dbt.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtTest } from "../model/dbtNode.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import type { Database } from "../store/database.ts";
import type { StepRow } from "../store/runs.ts";
import { materializedAssets } from "../store/states.ts";
import { endStep, startStep } from "../store/steps.ts";
import type { DbtTestRuns } from "./dbtTestRuns.ts";

export interface UnitTestsEdge {
  readonly database: Database;
  readonly environment: string;
  readonly project: DbtProject;
  readonly graph: AssetGraph;
  readonly testRuns: DbtTestRuns;
}

/**
 * Unit tests are about the code alone. Where partitions are made they run before and without a window, once for what
 * dbt has read of its project. Fails the steps of models that do not pass, and answers those that may go on; what has
 * to wait until dbt has made what a tested model reads stays queued.
 */
export function createUnitTests({ database, environment, project, graph, testRuns }: UnitTestsEdge) {
  const tested = new Map(
    graph.assets.flatMap(it => {
      const tests = it.dbt?.tests.filter(({ kind }) => kind === "unit") ?? [];
      return tests.length > 0 ? [[it.key, { node: it, tests }] as const] : [];
    }),
  );
  return async (
    steps: readonly StepRow[],
    { invocation, flags, signal }: { invocation: string; flags: readonly string[]; signal: AbortSignal },
  ): Promise<readonly StepRow[]> => {
    if (steps.every(it => it.positions === null)) return steps;
    const open = new Map(
      [...tested].flatMap(([key, { node, tests }]) => {
        const left = tests.filter(it => !testRuns.hasPassed(graph, it.uniqueId));
        return left.length > 0 && steps.some(it => it.asset === key)
          ? [[key, { node, tests: left }] as const]
          : [];
      }),
    );
    if (open.size === 0) return steps;
    const there = await materializedAssets(database, environment);
    const made = new Set(steps.map(it => it.asset));
    const reads = (key: AssetKey) =>
      graph.edges.filter(it => it.to === key && it.from !== key).map(it => it.from);
    // dbt takes the types of a unit test's rows from the relations that the model reads.
    const mayGoOn = without(steps, ({ asset }) => {
      return open.has(asset) && reads(asset).some(it => made.has(it) && !there.has(it));
    });
    const ready = new Set(mayGoOn.map(it => it.asset));
    const now = [...open].filter(([key]) => ready.has(key));
    const tests = now.flatMap(([, it]) => it.tests.map(({ uniqueId }) => uniqueId));
    const order = { project, tests, flags, signal };
    const results = await testRuns.runUntilPassed(graph, order);
    const broken = new Map<AssetKey, { node: AssetNode; test: DbtTest; result: DbtNodeResult }>();
    for (const [key, { node, tests }] of now) {
      for (const test of tests) {
        const result = results.find(it => it.uniqueId === test.uniqueId);
        if (result?.status === "failed") broken.set(key, { node, test, result });
      }
    }
    for (const step of mayGoOn) {
      const failure = broken.get(step.asset);
      if (failure) await fail(step, invocation, failure);
    }
    return without(mayGoOn, it => broken.has(it.asset));
  };

  async function fail(
    step: StepRow,
    invocation: string,
    { node, test, result }: { node: AssetNode; test: DbtTest; result: DbtNodeResult },
  ) {
    const { file, line, column } = node;
    const said = result.error?.message ?? result.message ?? "";
    const message = brokenUnitTest(test, said);
    const started = await startStep(database, step.id, invocation);
    step.status = started ? "failed" : "canceled";
    if (started === null) return;
    step.attempt = started.attempt;
    await endStep(database, step, { status: "failed", error: { message, file, line, column, stack: null } });
  }
}

/** Why a model was not made. */
export function brokenUnitTest({ name }: DbtTest, said: string): string {
  return `The unit test ${name} failed, so dbt did not build it. ${said}`.trim();
}

/** The steps that do not wait for those that are out; upstream stands before downstream. */
function without(steps: readonly StepRow[], isOut: (step: StepRow) => boolean): StepRow[] {
  const out = new Set<number>();
  return steps.filter(step => {
    if (!isOut(step) && !step.dependsOn.some(it => out.has(it))) return true;
    out.add(step.position);
    return false;
  });
}

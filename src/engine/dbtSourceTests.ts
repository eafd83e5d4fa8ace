import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { DbtTest } from "../model/dbtNode.ts";
import type { LogLine } from "../model/run.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import { notLookedAtSince, recordLook } from "../store/checkResults.ts";
import type { Database } from "../store/database.ts";
import { failPublished } from "../store/outside.ts";
import { type RecordedCheck, recordChecks } from "../store/publish.ts";
import type { StepRow } from "../store/runs.ts";
import { materializedAssets } from "../store/states.ts";
import { recordFailedPartitions } from "../store/steps.ts";
import type { Configuration } from "./configuration.ts";
import { placeOfTest } from "./dbtTestPlaces.ts";
import type { DbtTestRuns } from "./dbtTestRuns.ts";
import { checkOf, failuresInWords, type InvokedTest, isBlockingFailure, testsOfWritten } from "./dbtTests.ts";

/** What testing a source needs from the engine around it. */
export interface SourceTestsEdge {
  readonly database: Database;
  readonly environment: string;
  readonly project: DbtProject;
  readonly configuration: Configuration;
  readonly graph: AssetGraph;
  readonly testRuns: DbtTestRuns;
  logged(stepId: string | null, runId: string, lines: LogLine[]): void;
}

export interface SourceTests {
  /**
   * Tests the dbt source that a step has just written. Its data is published whatever comes of it; a blocking failure
   * fails the step, and so holds back what is downstream. Answers how the step stands then.
   */
  written(runId: string, step: StepRow, signal: AbortSignal): Promise<"succeeded" | "failed">;
  /**
   * Tests what a step is about to read and nobody has tested since it was written: an engine was killed before it came
   * to that. Answers what holds the step back, or null.
   */
  beforeReading(runId: string, step: StepRow, signal: AbortSignal): Promise<string | null>;
}

export function createSourceTests(edge: SourceTestsEdge): SourceTests {
  const { database, environment, configuration, project, graph, testRuns } = edge;
  const written = new Map(graph.assets.filter(it => it.sourceTests?.length).map(it => [it.key, it]));
  const reads = new Map<AssetKey, AssetNode[]>();
  for (const { from, to } of graph.edges) {
    const asset = written.get(from);
    if (asset && from !== to) reads.set(to, [...(reads.get(to) ?? []), asset]);
  }
  return {
    async written(runId, step, signal) {
      const asset = written.get(step.asset);
      return asset === undefined || signal.aborted ? "succeeded" : test(asset, runId, step, signal);
    },
    async beforeReading(runId, step, signal) {
      for (const asset of reads.get(step.asset) ?? []) {
        const tests = await testsOf(asset);
        const names = tests.map(it => it.name);
        const isTested = async () =>
          (await notLookedAtSince(database, environment, [asset.key], names)).length === 0;
        if (signal.aborted || tests.length === 0 || (await isTested())) continue;
        const checks = await ask(asset, tests, runId, step, signal);
        await recordLook(
          database,
          environment,
          checks.map(check => ({ asset: asset.key, check })),
        );
        const failed = checks.find(isBlockingFailure);
        if (failed) return `${asset.key} failed its test ${failed.name}`;
      }
      return null;
    },
  };

  /** Those that can speak now. */
  async function testsOf(asset: AssetNode): Promise<DbtTest[]> {
    const there = await materializedAssets(database, environment);
    const outside = new Set(graph.assets.filter(it => it.kind === "source").map(it => it.key));
    return testsOfWritten(asset, graph, it => there.has(it) || outside.has(it));
  }

  /** What tests say; the log of the run tells of what they could not. */
  async function ask(
    asset: AssetNode,
    tests: readonly DbtTest[],
    runId: string,
    step: StepRow,
    signal: AbortSignal,
  ): Promise<RecordedCheck[]> {
    const order = { project, tests: tests.map(it => it.uniqueId), signal };
    const outcome = await testRuns.runShared(asset.key, order).catch((reason: Error) => reason);
    if (signal.aborted) return [];
    // Without dbt the asset is written all the same, as it would be without a source.
    if (outcome instanceof Error) {
      say(runId, step, `dbt could not test the source ${asset.key}. ${outcome.message}`);
      return [];
    }
    const { results, error } = outcome;
    const untold = tests.find(it => !results.some(result => result.uniqueId === it.uniqueId));
    if (untold) {
      const why = error?.message ?? "It is not in the project as dbt reads it now: dbt parse.";
      say(runId, step, `dbt did not run the test ${untold.name} of the source ${asset.key}. ${why}`);
    }
    return tests.flatMap(test => {
      const result = results.find(it => it.uniqueId === test.uniqueId);
      return (result && checkOf(test, result)) ?? [];
    });
  }

  async function test(asset: AssetNode, runId: string, step: StepRow, signal: AbortSignal) {
    const tests = await testsOf(asset);
    if (tests.length === 0) return "succeeded";
    const checks = await ask(asset, tests, runId, step, signal);
    if (checks.length > 0) {
      const slice = step.partitions && { keys: step.partitions };
      await recordChecks(database, { runId, asset: asset.key, slice, checks });
    }
    const failed = checks.filter(isBlockingFailure);
    if (failed.length === 0) return "succeeded";
    const place = await placeOfTest(configuration.root, asset, failed[0]?.name);
    const failure = { message: failuresInWords(failed), ...place };
    if (!(await failPublished(database, step, failure))) return "succeeded";
    if (step.partitions?.length === 1) await recordFailedPartitions(database, step.id, step.partitions);
    return "failed";
  }

  function say(runId: string, { id, asset }: { id: string; asset: AssetKey }, message: string) {
    edge.logged(id, runId, [{ at: new Date().toISOString(), level: "warn", asset, message }]);
  }
}

/**
 * The tests of written sources right above what an invocation makes that nobody has tested since: an engine was killed
 * before it came to that, or there was no dbt. The invocation runs them first, and builds nothing upon a failure.
 */
export async function untestedSources(
  { database, environment, graph }: Pick<SourceTestsEdge, "database" | "environment" | "graph">,
  made: readonly AssetNode[],
  isThere: (asset: AssetKey) => boolean,
): Promise<Map<string, InvokedTest>> {
  const keys = new Set(made.map(it => it.key));
  const above = new Set(graph.edges.filter(it => keys.has(it.to)).map(it => it.from));
  const tests = new Map(
    graph.assets
      .filter(it => it.sourceTests?.length && above.has(it.key))
      .map(it => [it.key, testsOfWritten(it, graph, isThere)] as const)
      .filter(([, it]) => it.length > 0),
  );
  if (tests.size === 0) return new Map();
  const names = [...tests.values()].flat().map(it => it.name);
  const untested = await notLookedAtSince(database, environment, [...tests.keys()], names);
  return new Map(
    untested.flatMap(owner =>
      (tests.get(owner) ?? []).map(test => [test.uniqueId, { test, assets: [owner], owner }] as const),
    ),
  );
}

import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { LogLine } from "../model/run.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import { notLookedAtSince } from "../store/checkResults.ts";
import type { Database } from "../store/database.ts";
import { failPublished } from "../store/outside.ts";
import { recordChecks } from "../store/publish.ts";
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

/**
 * Tests the dbt source that an asset has just written. Its data is published whatever comes of it; a blocking failure
 * fails the step, and so holds back what is downstream. Answers how the step stands then.
 */
export function createSourceTests(edge: SourceTestsEdge) {
  const { database, environment, configuration, project, graph, testRuns } = edge;
  const written = new Map(graph.assets.filter(it => it.sourceTests?.length).map(it => [it.key, it]));
  return async (runId: string, step: StepRow, signal: AbortSignal): Promise<"succeeded" | "failed"> => {
    const asset = written.get(step.asset);
    return asset === undefined || signal.aborted ? "succeeded" : test(asset, runId, step, signal);
  };

  async function test(asset: AssetNode, runId: string, step: StepRow, signal: AbortSignal) {
    const there = await materializedAssets(database, environment);
    const outside = new Set(graph.assets.filter(it => it.kind === "source").map(it => it.key));
    const tests = testsOfWritten(asset, graph, it => there.has(it) || outside.has(it));
    if (tests.length === 0) return "succeeded";
    const order = { project, tests: tests.map(it => it.uniqueId), signal };
    const outcome = await testRuns.runShared(asset.key, order).catch((reason: Error) => reason);
    if (signal.aborted) return "succeeded";
    // Without dbt the asset is written all the same, as it would be without a source.
    if (outcome instanceof Error) {
      say(runId, step, `dbt could not test the source ${step.asset}. ${outcome.message}`);
      return "succeeded";
    }
    const { results, error } = outcome;
    const checks = tests.flatMap(test => {
      const result = results.find(it => it.uniqueId === test.uniqueId);
      return (result && checkOf(test, result)) ?? [];
    });
    if (checks.length > 0) {
      const slice = step.partitions && { keys: step.partitions };
      await recordChecks(database, { runId, asset: asset.key, slice, checks });
    }
    const untold = tests.find(it => !results.some(result => result.uniqueId === it.uniqueId));
    if (untold) {
      const why = error?.message ?? "It is not in the project as dbt reads it now: dbt parse.";
      say(runId, step, `dbt did not run the test ${untold.name} of the source ${step.asset}. ${why}`);
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

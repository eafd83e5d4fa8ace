import type { DbtOutcome } from "../dbt/dbt.ts";
import { dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { selectByText } from "../model/assetSelection.ts";
import type { Database } from "../store/database.ts";
import type { StepRow } from "../store/runs.ts";
import { endStep } from "../store/steps.ts";
import { checkOf, type InvokedTest, isBlockingFailure } from "./dbtTests.ts";
import { withDownstream, withUpstream } from "./staleness.ts";

/** The sources of one run that live outside: nobody here writes them, and dbt tests those that are selected. */
export interface OutsideSources {
  /** The tests of selected sources above what an invocation makes; each is answered once in a run. */
  testsFor(made: readonly AssetNode[], selection: string): Map<string, InvokedTest>;
  /** What an invocation said of them holds for those that come after. */
  look(outcome: DbtOutcome, tests: ReadonlyMap<string, InvokedTest>): void;
  /** Skips the steps below a source whose test failed before, and answers the others. */
  withoutBlocked(steps: readonly StepRow[]): Promise<readonly StepRow[]>;
}

export function createOutsideSources(database: Database, graph: AssetGraph): OutsideSources {
  const sources = new Map(
    graph.assets.filter(it => it.kind === "source" && dbtTestsOf(it).length > 0).map(it => [it.key, it]),
  );
  /** Tests that also look at what dbt makes speak when that is made. */
  const ofOthers = new Set(
    sources.size === 0 ? [] : graph.assets.filter(it => it.kind !== "source").flatMap(idsOfTests),
  );
  const tested = new Set<AssetKey>();
  const broken = new Map<AssetKey, string>();
  return {
    testsFor(made, selection) {
      const tests = new Map<string, InvokedTest>();
      if (sources.size === 0) return tests;
      const options = { includeExternal: true, upToExternal: true };
      const selected = new Set(selectByText(selection, graph, options).keys);
      const above = withUpstream(
        graph,
        made.map(it => it.key),
      ).assets;
      for (const { key } of above) {
        const source = sources.get(key);
        if (source === undefined || !selected.has(key) || tested.has(key)) continue;
        tested.add(key);
        for (const test of dbtTestsOf(source)) {
          const { kind, looksAt, uniqueId } = test;
          const isAlone = kind === "data" && looksAt === undefined && !ofOthers.has(uniqueId);
          if (isAlone) tests.set(test.uniqueId, { test, assets: [key], owner: key });
        }
      }
      return tests;
    },
    look({ results }, tests) {
      for (const result of results) {
        const invoked = tests.get(result.uniqueId);
        if (invoked === undefined || !sources.has(invoked.owner)) continue;
        const check = checkOf(invoked.test, result);
        if (check && isBlockingFailure(check)) broken.set(invoked.owner, invoked.test.name);
      }
    },
    async withoutBlocked(steps) {
      const free = new Set(steps);
      for (const [source, test] of broken) {
        const below = new Set(withDownstream(graph, [source]));
        for (const step of steps) {
          if (!below.has(step.asset) || !free.delete(step)) continue;
          await endStep(database, step, { status: "skipped", reason: `${source} failed its test ${test}` });
          step.status = "skipped";
        }
      }
      return steps.filter(it => free.has(it));
    },
  };
}

function idsOfTests(asset: AssetNode): string[] {
  return dbtTestsOf(asset).map(it => it.uniqueId);
}

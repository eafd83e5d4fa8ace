import { randomUUID } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { hostname } from "node:os";
import { dirname, join } from "node:path";
import type { DbtEvent, DbtOrder } from "../dbt/dbt.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { LogLine, RunError } from "../model/run.ts";
import type { DbtProject } from "../scan/dbtProject.ts";
import type { Database } from "../store/database.ts";
import {
  type DbtInvocationStep,
  dbtOptionsOfRun,
  recordInvocation,
  selectionOfRun,
} from "../store/dbtInvocations.ts";
import type { StepRow } from "../store/runs.ts";
import { materializedAssets } from "../store/states.ts";
import { endStep, startStep } from "../store/steps.ts";
import { stampVersions } from "../store/versions.ts";
import type { Configuration } from "./configuration.ts";
import { deferredModels, flagsOfRun, stateSource } from "./dbtDefer.ts";
import { type InvokedStep, openDbtLedger } from "./dbtLedger.ts";
import { createOutsideSources } from "./dbtOutsideSources.ts";
import type { DbtSession } from "./dbtSession.ts";
import { createSourceTests, untestedSources } from "./dbtSourceTests.ts";
import type { DbtTestRuns } from "./dbtTestRuns.ts";
import { type InvokedTest, testsOfInvocation } from "./dbtTests.ts";
import { createUnitTests } from "./dbtUnitTests.ts";
import { threadsOfProfile } from "./dbtVariant.ts";
import { isCutByTime, partitionsOfStep, windowOfPartitions } from "./dbtWindow.ts";
import { keepCompiled } from "./keepCompiled.ts";
import { type DbtSteps, type RunEdge, toRunError } from "./runExecution.ts";

/** What running dbt needs from the engine around it. */
export interface DbtEdge {
  readonly database: Database;
  readonly environment: string;
  readonly session: DbtSession;
  readonly project: DbtProject;
  readonly graph: AssetGraph;
  readonly testRuns: DbtTestRuns;
  readonly configuration: Configuration;
  logged(stepId: string | null, runId: string, lines: LogLine[]): void;
}

/** The steps of dbt in runs with one graph. */
export function createDbtSteps(edge: DbtEdge): DbtSteps {
  const { database, environment, session, project, graph, configuration } = edge;
  const nodes = new Map(graph.assets.filter(it => it.kind === "dbt").map(it => [it.key, it]));
  const byId = new Map([...nodes.values()].map(it => [it.uniqueId, it]));
  const nodeOf = (asset: AssetKey) => nodes.get(asset) as AssetNode;
  const sources = createOutsideSources(database, graph);
  const passUnitTests = createUnitTests(edge);
  return {
    isDbt: asset => nodes.has(asset),
    isWindow: step => isCutByTime(nodeOf(step.asset)),
    run,
    sourceTests: createSourceTests(edge),
  };

  async function run(
    runId: string,
    planned: readonly StepRow[],
    run: RunEdge,
    { ended, threads, later }: Parameters<DbtSteps["run"]>[3],
  ) {
    const invocation = randomUUID();
    let hasBegun = false;
    let steps = planned;
    try {
      const flags = flagsOfRun(configuration, await dbtOptionsOfRun(database, runId), project);
      const free = await sources.withoutBlocked(planned);
      steps = await passUnitTests(free, { invocation, flags, signal: run.signal });
      if (steps.length === 0) return run.changed();
      const { dbt, place } = await session.open(project);
      const { order, parts, tests } = await orderOf(runId, steps, run, later);
      const folder = join(place.cache, "runs", invocation);
      const since = await stampVersions(database);
      const asked = parts.map(it => invokedStep(it, graph, tests));
      await recordInvocation(database, {
        ...{ id: invocation, runId, host: hostname(), folder, since, steps: asked },
      });
      const { signal } = run;
      const about = { runId, invocation, steps: parts, tests, since, signal, isSlotted: threads !== null };
      const ledger = openDbtLedger({ ...edge, ...about, changed: run.changed, ended });
      // What begins first has begun in the state before dbt does anything.
      if (!(await ledger.begin())) return;
      hasBegun = true;
      const onEvent = (event: DbtEvent) => {
        if (event.type === "finished") void keepSql(event.result.uniqueId, folder);
        ledger.event(event);
      };
      const outcome = await dbt.run({
        ...{ ...place, ...order, folder, signal, onEvent },
        threads: threads === null ? null : await withinProfile(threads),
      });
      await ledger.close(outcome);
      sources.look(outcome, tests);
      void keepNewest(dirname(folder));
    } catch (error) {
      await endAll(steps, invocation, toRunError(error), hasBegun ? "unknown" : "failed");
    }
    run.changed();
  }

  /** Pools take away from what the profile allows, and never add to it. */
  async function withinProfile(threads: number): Promise<number> {
    const usual = await threadsOfProfile(configuration).catch(() => null);
    return Math.min(threads, usual ?? threads);
  }

  /** By another target or other variables it is not the SQL of the project that is looked at. */
  async function keepSql(uniqueId: string, folder: string) {
    const node = byId.get(uniqueId);
    if (node && configuration.dbt.value.variantManifest === null)
      await keepCompiled(configuration.root, project, node, folder);
  }

  async function orderOf(
    runId: string,
    steps: readonly StepRow[],
    run: RunEdge,
    later: ReadonlySet<AssetKey>,
  ) {
    const { now } = steps[0] as StepRow;
    const keys = await run.dynamicKeys(now);
    const moment = { now, dynamicKeys: (name: string) => keys[name] ?? [] };
    const made = [...new Set(steps.map(it => it.asset))].map(nodeOf);
    const parts = steps.map(step => ({
      step,
      node: nodeOf(step.asset),
      partitions: partitionsOfStep(step, nodeOf(step.asset), moment),
    }));
    const isMicrobatch = made.some(it => it.dbt?.isMicrobatch);
    const window = windowOfPartitions(
      parts.flatMap(it => it.partitions ?? []),
      isMicrobatch,
    );
    const options = await dbtOptionsOfRun(database, runId);
    const [there, deferred] = await Promise.all([
      materializedAssets(database, environment),
      deferredModels(stateSource(configuration, options, project), graph.assets),
    ]);
    const isOutside = (asset: AssetKey) =>
      !later.has(asset) && (there.has(asset) || deferred.has(asset) || !nodes.has(asset));
    const tests = new Map([
      ...(await untestedSources(edge, made, isOutside)),
      ...sources.testsFor(made, await selectionOfRun(database, runId)),
      ...testsOfInvocation(made, graph.assets, { isThere: isOutside, hasWindow: window !== null }),
    ]);
    const order = {
      command: commandFor(made, tests.size > 0),
      select: [...made.flatMap(it => it.uniqueId ?? []), ...tests.keys()],
      fullRefresh: options.fullRefresh ?? false,
      window,
      flags: flagsOfRun(configuration, options, project),
    };
    return { order, parts, tests };
  }

  /** What could have started fails, and what waits for it is skipped by whoever runs the run. */
  async function endAll(
    steps: readonly StepRow[],
    invocation: string,
    error: RunError,
    status: "failed" | "unknown",
  ) {
    const inside = new Set(steps.map(it => it.position));
    for (const step of steps) {
      if (step.status === "queued" && !step.dependsOn.some(it => inside.has(it))) {
        const started = await startStep(database, step.id, invocation).catch(() => null);
        if (started) Object.assign(step, { attempt: started.attempt, status: "running" });
      }
      if (step.status !== "running") continue;
      step.status = status;
      // Without a database the lease runs out, and whoever takes the run over reads dbt's account.
      await endStep(database, step, { status, error }).catch(() => {});
    }
  }
}

/** The narrowest that will do: "build" also works out which test of the whole project comes before which model. */
function commandFor(made: readonly AssetNode[], hasTests: boolean): DbtOrder["command"] {
  const [resource, ...others] = new Set(made.map(it => it.dbt?.resource));
  if (hasTests || others.length > 0) return "build";
  return resource === "model" ? "run" : resource === "seed" || resource === "snapshot" ? resource : "build";
}

function invokedStep(
  { step, node, partitions }: InvokedStep,
  { edges }: AssetGraph,
  tests: ReadonlyMap<string, InvokedTest>,
): DbtInvocationStep {
  return {
    step: step.id,
    asset: step.asset,
    uniqueId: node.uniqueId ?? "",
    codeVersion: node.codeVersion ?? null,
    inputs: [...new Set(edges.filter(it => it.to === step.asset).map(it => it.from))],
    partitions: partitions?.map(({ key, position }) => ({ key, position })) ?? null,
    tests: [...tests.values()].filter(it => it.owner === step.asset).map(it => it.test),
  };
}

const foldersKept = 30;

/** What the last invocations wrote is worth a look; older ones only take room. */
async function keepNewest(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  if (names.length <= foldersKept) return;
  const dated = await Promise.all(
    names.map(async name => ({
      name,
      at: await stat(join(folder, name)).then(
        it => it.mtimeMs,
        () => 0,
      ),
    })),
  );
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(foldersKept)) {
    await rm(join(folder, name), { recursive: true, force: true }).catch(() => {});
  }
}

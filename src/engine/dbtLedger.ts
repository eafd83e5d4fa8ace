import { setTimeout as sleep } from "node:timers/promises";
import type { DbtEvent, DbtNodeResult, DbtOutcome } from "../dbt/dbt.ts";
import type { AssetGraph, AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { LogLine, RunError, StepStatus } from "../model/run.ts";
import type { Database } from "../store/database.ts";
import {
  changedBetween,
  endOutside,
  markFailedPartitions,
  recordOutside,
  restartClock,
} from "../store/outside.ts";
import { Fenced, type RecordedCheck, recordChecks } from "../store/publish.ts";
import type { StepRow } from "../store/runs.ts";
import { endStep, startStep } from "../store/steps.ts";
import { stampVersions } from "../store/versions.ts";
import type { Configuration } from "./configuration.ts";
import { partitionsThatSucceeded } from "./dbtBatches.ts";
import { placeOfTest } from "./dbtTestPlaces.ts";
import { checkOf, failuresInWords, type InvokedTest, isBlockingFailure } from "./dbtTests.ts";
import { brokenUnitTest } from "./dbtUnitTests.ts";
import type { StepPartition } from "./dbtWindow.ts";
import { hasNoResult, wordFor } from "./runExecution.ts";
import { withDownstream } from "./staleness.ts";

/** Follows one invocation of dbt into the state: each step begins and ends when its node does. */
export interface DbtLedger {
  /** Begins what waits for nothing; false when none of it is to be had any more. */
  begin(): Promise<boolean>;
  event(event: DbtEvent): void;
  /** Records what no event told, and ends what is left. */
  close(outcome: DbtOutcome): Promise<void>;
}

/** One step of an invocation. */
export interface InvokedStep {
  readonly step: StepRow;
  readonly node: AssetNode;
  readonly partitions: readonly StepPartition[] | null;
}

export interface LedgerEdge {
  readonly database: Database;
  readonly environment: string;
  readonly configuration: Configuration;
  readonly graph: AssetGraph;
  readonly runId: string;
  readonly invocation: string;
  /** Upstream before downstream. */
  readonly steps: readonly InvokedStep[];
  readonly tests: ReadonlyMap<string, InvokedTest>;
  /** Changes up to this one were there before dbt began. */
  readonly since: string;
  /** Aborted when dbt is interrupted. */
  readonly signal: AbortSignal;
  /** Whether some of them wait for a slot of their pool, in an order that dbt decides. */
  readonly isSlotted: boolean;
  logged(stepId: string | null, runId: string, lines: LogLine[]): void;
  changed(): void;
  /** A step has its final status. */
  ended(): void;
}

export function openDbtLedger(edge: LedgerEdge): DbtLedger {
  const { database, runId, invocation, tests } = edge;
  const byNode = groupBy(edge.steps, it => it.node.uniqueId ?? "");
  const byAsset = groupBy(edge.steps, it => it.step.asset);
  const made = new Set(byAsset.keys());
  const watermarks = new Map<AssetKey, string>();
  const results = new Map<string, DbtNodeResult>();
  const settled = new Set<string>();
  const recorded = new Set<string>();
  const errors = new Map<string, string>();
  let invocationId: string | null = null;
  let isClosing = false;
  // Each event is written down before the next one.
  let writing: Promise<void> = Promise.resolve();

  return {
    async begin() {
      const inside = new Set(edge.steps.map(it => it.step.position));
      const roots = edge.steps.filter(({ step }) => !step.dependsOn.some(it => inside.has(it)));
      // One stands for the invocation where not all of them may begin; the others begin when dbt says so.
      for (const { step } of edge.isSlotted ? roots.slice(0, 1) : roots) await start(step);
      edge.changed();
      return roots.some(({ step }) => step.status === "running");
    },
    event(event) {
      writing = writing
        .then(() => write(event))
        .catch(() => {
          // What could not be written is tried again when the account is closed.
        });
    },
    async close(outcome) {
      await writing;
      isClosing = true;
      invocationId ??= outcome.invocationId;
      for (const result of outcome.results) {
        if (!settled.has(result.uniqueId)) await patiently(() => finish(result));
      }
      await patiently(() => endTheRest(outcome));
    },
  };

  async function write(event: DbtEvent) {
    if (event.type === "invoked") invocationId = event.invocationId;
    else if (event.type === "started") await nodeStarted(event.uniqueId);
    else if (event.type === "finished") await finish(event.result);
    else if (event.type === "log") log(event);
  }

  async function start(step: StepRow) {
    const started = await startStep(database, step.id, invocation);
    step.status = started ? "running" : "canceled";
    if (started) step.attempt = started.attempt;
  }

  async function nodeStarted(uniqueId: string) {
    const steps = byNode.get(uniqueId) ?? [];
    for (const { step } of steps) {
      if (step.status === "queued") await start(step);
      else if (step.status === "running") await restartClock(database, step.id, step.attempt);
    }
    const [first] = steps;
    if (first) watermarks.set(first.step.asset, await watermarkOf(first.step.asset));
    edge.changed();
  }

  /** What dbt made of this same invocation it has read; of a change from elsewhere meanwhile nobody knows. */
  async function watermarkOf(asset: AssetKey): Promise<string> {
    const now = await stampVersions(database);
    const outside = inputsOf(asset).filter(it => !made.has(it));
    const isUnsure = await changedBetween(database, edge.environment, outside, edge.since, now);
    return isUnsure ? edge.since : now;
  }

  function inputsOf(asset: AssetKey): AssetKey[] {
    return [...new Set(edge.graph.edges.filter(it => it.to === asset).map(it => it.from))];
  }

  async function finish(result: DbtNodeResult) {
    const { uniqueId } = result;
    // Which batches failed only the account tells.
    if (result.status === "partial" && result.batches === null && !isClosing) return;
    results.set(uniqueId, result);
    if (tests.has(uniqueId)) await testFinished(uniqueId);
    else for (const it of byNode.get(uniqueId) ?? []) await nodeFinished(it, result);
    settled.add(uniqueId);
    edge.changed();
  }

  async function nodeFinished(it: InvokedStep, result: DbtNodeResult) {
    const { step } = it;
    if (step.status === "queued" && result.status !== "skipped") await start(step);
    if (step.status !== "running" && step.status !== "queued") return;
    if (result.status === "skipped") return await skip(it);
    const done = result.status === "succeeded" || result.status === "nothing";
    const partitions = done ? it.partitions : partitionsThatSucceeded(it.partitions, result.batches);
    if (done || partitions?.length) await record(it, partitions, result);
    const isWhole = done || (partitions !== null && partitions.length === it.partitions?.length);
    if (isWhole) await endWhenTested(it);
    else await fail(it, partitions ?? [], whyFailed(result));
  }

  async function record(
    { step, node, partitions: all }: InvokedStep,
    partitions: readonly StepPartition[] | null,
    result: DbtNodeResult,
  ) {
    if (recorded.has(step.id)) return;
    const inputs = inputsOf(step.asset);
    const isAlone = byAsset.get(step.asset)?.length === 1 && partitions?.length === all?.length;
    try {
      await recordOutside(database, {
        stepId: step.id,
        attempt: step.attempt,
        asset: step.asset,
        partitions,
        // Of several steps that one statement made, nobody knows how many rows are whose.
        rows: isAlone ? result.rows : null,
        durationMs: result.durationMs,
        codeVersion: node.codeVersion ?? null,
        inputs,
        watermark: inputs.length === 0 ? null : (watermarks.get(step.asset) ?? edge.since),
        metadata: { dbt: { invocationId, uniqueId: result.uniqueId, message: result.message } },
      });
      recorded.add(step.id);
    } catch (error) {
      if (!(error instanceof Fenced)) throw error;
      end(step, "canceled");
    }
  }

  /** Of batches dbt only counts how many failed; why one did, its log says. */
  function whyFailed({ status, uniqueId, error }: DbtNodeResult): RunError | null {
    const said = errors.get(uniqueId);
    if (status !== "partial" || error === null || said === undefined) return error;
    return { ...error, message: `${error.message}: ${said}` };
  }

  async function fail(
    { step, node, partitions }: InvokedStep,
    succeeded: readonly StepPartition[],
    error: RunError | null,
  ) {
    if (edge.signal.aborted && succeeded.length === 0) return await cancel(step);
    const failure = error ?? { message: `dbt failed at ${node.uniqueId}.`, ...placeOf(node) };
    if (step.status !== "running") return;
    await endStep(database, step, { status: "failed", error: failure });
    const good = new Set(succeeded.map(it => it.position));
    const bad = (partitions ?? []).filter(it => !good.has(it.position));
    if (bad.length === 1 || good.size > 0) await markFailedPartitions(database, step.id, bad);
    end(step, "failed");
  }

  /** What an interrupted query says of its end is no fault of the model. */
  async function cancel(step: StepRow) {
    await endStep(database, step, { status: "canceled", reason: "dbt was interrupted" });
    end(step, "canceled");
  }

  async function skip(it: InvokedStep) {
    const { step, node } = it;
    const broken = testsOf(step.asset).find(([id, { test }]) => test.kind === "unit" && hasFailed(id));
    if (broken) {
      const [id, { test }] = broken;
      if (step.status === "queued") await start(step);
      const said = results.get(id)?.message ?? "";
      return await fail(it, [], {
        message: brokenUnitTest(test, said),
        ...placeOf(node),
      });
    }
    await endStep(database, step, { status: "skipped", reason: whySkipped(step) });
    end(step, "skipped");
  }

  function whySkipped(step: StepRow): string {
    const above = edge.steps.filter(it => step.dependsOn.includes(it.step.position));
    const failed = above.find(it => hasNoResult(it.step));
    if (failed) return `${failed.step.asset} ${wordFor(failed.step)}`;
    for (const { step } of above) {
      const test = testsOf(step.asset).find(([id]) => hasFailed(id));
      if (test) return `${step.asset} failed its test ${test[1].test.name}`;
    }
    for (const [id, { test, owner }] of tests) {
      const isAbove = !made.has(owner) && hasFailed(id);
      if (isAbove && withDownstream(edge.graph, [owner]).includes(step.asset))
        return `${owner} failed its test ${test.name}`;
    }
    return "dbt skipped it";
  }

  async function testFinished(uniqueId: string) {
    const test = tests.get(uniqueId) as InvokedTest;
    const check = checkOf(test.test, results.get(uniqueId) as DbtNodeResult);
    for (const asset of test.assets) {
      // A source that lives outside has no step here.
      if (check && !byAsset.has(asset))
        await recordChecks(database, { runId, asset, slice: null, checks: [check] });
      for (const it of byAsset.get(asset) ?? []) {
        const slice = it.partitions && { keys: it.partitions.map(({ key }) => key) };
        if (asset === test.owner) await endWhenTested(it);
        else if (check) await recordChecks(database, { runId, asset, slice, checks: [check] });
      }
    }
  }

  /** A step ends when its data is there and every test that it waits for has said something. */
  async function endWhenTested({ step, node, partitions }: InvokedStep, isLast = false) {
    if (step.status !== "running" || results.get(node.uniqueId ?? "")?.status === undefined) return;
    const own = testsOf(step.asset);
    if (!isLast && own.some(([id]) => !results.has(id))) return;
    const checks = own.flatMap(([id, test]): RecordedCheck[] => {
      const result = results.get(id);
      const check = result && checkOf(test.test, result);
      return check ? [check] : [];
    });
    const failed = checks.filter(isBlockingFailure);
    const status = failed.length > 0 ? "failed" : "succeeded";
    await endOutside(
      database,
      { id: step.id, attempt: step.attempt, runId, asset: step.asset },
      {
        status,
        error: failed[0]
          ? {
              message: failuresInWords(failed),
              ...(await placeOfTest(edge.configuration.root, node, failed[0].name)),
            }
          : null,
        keys: partitions?.map(it => it.key) ?? null,
        checks,
      },
    );
    if (status === "failed" && partitions?.length === 1)
      await markFailedPartitions(database, step.id, partitions);
    end(step, status);
  }

  function testsOf(asset: AssetKey) {
    return [...tests]
      .filter(([, { assets }]) => assets.includes(asset))
      .filter(([, it]) => it.owner === asset);
  }

  function hasFailed(testId: string): boolean {
    return results.get(testId)?.status === "failed";
  }

  async function endTheRest({ status, error, unaccounted }: DbtOutcome) {
    for (const it of edge.steps) {
      const { step, node } = it;
      if (step.status === "running" && results.has(node.uniqueId ?? "")) await endWhenTested(it, true);
      if (step.status !== "running") continue;
      const failure = error ?? {
        message: `dbt did not run ${node.uniqueId}${unaccounted.length > 0 ? ": it is not in the project as dbt reads it now" : ""}. Parse the project again: dbt parse.`,
        ...placeOf(node),
      };
      const ending = status === "lost" ? "unknown" : "failed";
      await endStep(database, step, { status: ending, error: failure });
      end(step, ending);
    }
    if (status === "done" && error !== null) say(null, "error", error.message);
  }

  function end(step: StepRow, status: StepStatus) {
    step.status = status;
    edge.changed();
    edge.ended();
  }

  function log({ uniqueId, level, message, at }: DbtEvent & { type: "log" }) {
    if (uniqueId !== null && level === "error" && message.includes("\n")) {
      errors.set(uniqueId, message.replace(/^Unhandled error.*\n(Exception on worker thread\.)?/, "").trim());
    }
    const asset = uniqueId === null ? undefined : (tests.get(uniqueId)?.owner ?? undefined);
    const steps = asset ? byAsset.get(asset) : byNode.get(uniqueId ?? "");
    say(steps?.[0]?.step ?? null, level === "warning" ? "warn" : level, message, at);
  }

  function say(
    step: StepRow | null,
    level: LogLine["level"],
    message: string,
    at = new Date().toISOString(),
  ) {
    edge.logged(step?.id ?? null, runId, [{ at, level, asset: step?.asset ?? null, message }]);
  }
}

/** dbt has done its part: the state database may be away for a moment. */
async function patiently(write: () => Promise<void>): Promise<void> {
  for (let pause = 100; pause < 5_000; pause *= 2) {
    try {
      return await write();
    } catch {
      await sleep(pause);
    }
  }
  await write();
}

function placeOf({ file, line, column }: AssetNode): Omit<RunError, "message"> {
  return { file, line, column, stack: null };
}

function groupBy<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) groups.set(keyOf(item), [...(groups.get(keyOf(item)) ?? []), item]);
  return groups;
}

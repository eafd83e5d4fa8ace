import type { AssetKey } from "../model/assetKey.ts";
import { type InvocationRules, madeLater, nextInvocation } from "../model/dbtInvocation.ts";
import { formatDuration } from "../model/format.ts";
import type { RunError } from "../model/run.ts";
import type { DbtInput, StepOutcome } from "../protocol/worker.ts";
import type { Database } from "../store/database.ts";
import { freeSlot, type Pool, takeSlot } from "../store/pools.ts";
import type { StepRow } from "../store/runs.ts";
import { endStep, recordFailedPartitions, stepStatus } from "../store/steps.ts";
import { leaveSlots, takeSlots } from "./dbtSlots.ts";
import type { SourceTests } from "./dbtSourceTests.ts";
import type { WorkerProcess } from "./workerProcess.ts";

/** What executing a run needs from the engine around it. */
export interface RunEdge {
  database: Database;
  /** A worker with the run's definitions loaded. */
  worker(): Promise<WorkerProcess>;
  /** Begins an attempt; null when the step is no longer to be had. */
  startStep(stepId: string, worker: string): Promise<{ attempt: number } | null>;
  /** Something about the run is different now. */
  changed(): void;
  /** The keys that dynamic partitions have at an instant, by name. */
  dynamicKeys(now: number): Promise<Readonly<Record<string, readonly string[]>>>;
  /** Runs what dbt makes; null where there is no dbt project. */
  dbt: DbtSteps | null;
  /** The pool, of one slot, that stands for the table of a dbt model. */
  tableOf(asset: AssetKey): Pool;
  /** The models that an asset reads, for the worker. */
  dbtInputs(asset: AssetKey): Readonly<Record<string, DbtInput>>;
  /** Steps at once. */
  parallel: number;
  /** The pool whose slot a step of this asset needs. */
  poolOf(asset: AssetKey): Pool | null;
  /** Resolves when a slot was freed somewhere, or after a moment. */
  slotFreed(): Promise<void>;
  /** Aborted when the run is to be canceled. */
  signal: AbortSignal;
  /** How long canceled user code may take to stop before its process is killed. */
  cancelGraceMs: number;
}

/** The steps of a run that dbt makes, several by one invocation. */
export interface DbtSteps extends Omit<InvocationRules, "isFree"> {
  isDbt(asset: AssetKey): boolean;
  /**
   * Sets the status of each step when it has it, and calls `ended`; a step that it does not begin stays queued.
   * `threads`: so many nodes at once at the most; null: as the profile says.
   * `later`: what the run makes after it.
   */
  run(
    runId: string,
    steps: readonly StepRow[],
    edge: RunEdge,
    options: { ended: () => void; threads: number | null; later: ReadonlySet<AssetKey> },
  ): Promise<void>;
  readonly sourceTests: SourceTests;
}

/**
 * Runs the steps of a claimed run: each as soon as everything before it succeeded, several at once.
 * A failed step stops only what depends on it. Resolves when every step has ended.
 */
export async function executeRun(runId: string, steps: StepRow[], edge: RunEdge): Promise<void> {
  const active = new Map<number, Promise<void>>();
  const { dbt } = edge;
  let nextEnd = signalOnce();

  for (;;) {
    await skipWhatCannotRun();
    let { isWaiting } = await startInvocations();
    for (const step of steps) {
      if (new Set(active.values()).size >= edge.parallel || edge.signal.aborted) break;
      if (dbt?.isDbt(step.asset)) continue;
      if (step.status !== "queued" || active.has(step.position) || !isReady(step)) continue;
      if (!(await hasSlot(step))) {
        isWaiting = true;
        continue;
      }
      active.set(
        step.position,
        runStep(runId, step, edge)
          .then(() => leaveSlot(step))
          .finally(() => active.delete(step.position)),
      );
    }
    if (active.size === 0 && !isWaiting) break;
    await Promise.race([...active.values(), nextEnd.happened, ...(isWaiting ? [edge.slotFreed()] : [])]);
  }

  /** What dbt makes of a run at one time goes in one invocation; a table is written by one at a time. */
  async function startInvocations(): Promise<{ isWaiting: boolean }> {
    const taken = new Set(steps.filter(it => active.has(it.position)).map(it => it.asset));
    let isWaiting = false;
    while (dbt !== null && !edge.signal.aborted) {
      const isFree = ({ asset }: { asset: AssetKey }) => dbt.isDbt(asset) && !taken.has(asset);
      const group = nextInvocation(steps, { isFree, isWindow: dbt.isWindow });
      if (group.length === 0) break;
      const slots = await takeSlots(group, runId, edge);
      if ("waiting" in slots) {
        taken.add(slots.waiting);
        isWaiting = true;
        edge.changed();
        continue;
      }
      const running = dbt
        .run(runId, group, edge, {
          ended() {
            stepEnded();
            // What is not given back now is when the invocation ends.
            slots.leaveEnded().catch(() => {});
          },
          threads: slots.threads,
          later: madeLater(
            steps.filter(it => !active.has(it.position)),
            group,
          ),
        })
        .finally(() => leaveSlots(group, edge.database))
        .finally(() => {
          for (const { position } of group) active.delete(position);
        });
      for (const { asset, position } of group) {
        active.set(position, running);
        taken.add(asset);
      }
    }
    return { isWaiting };
  }

  function stepEnded() {
    nextEnd.happen();
    nextEnd = signalOnce();
  }

  async function hasSlot(step: StepRow) {
    const pool = edge.poolOf(step.asset);
    if (pool === null || (await takeSlot(edge.database, pool, { id: step.id, runId }))) return true;
    edge.changed();
    return false;
  }

  /** After the step's code has stopped, however it ended. */
  async function leaveSlot(step: StepRow) {
    if (edge.poolOf(step.asset) !== null) await freeSlot(edge.database, step.id);
  }

  function isReady(step: StepRow) {
    return step.dependsOn.every(position => steps[position]?.status === "succeeded");
  }

  async function skipWhatCannotRun() {
    for (const step of steps) {
      if (step.status !== "queued" || active.has(step.position)) continue;
      const blocker = step.dependsOn.map(position => steps[position]).find(it => it && hasNoResult(it));
      if (edge.signal.aborted) await end(step, "canceled", "the run was canceled");
      else if (blocker) await end(step, "skipped", `${blocker.asset} ${wordFor(blocker)}`);
    }
  }

  async function end(step: StepRow, status: "canceled" | "skipped", reason: string) {
    step.status = status;
    await endStep(edge.database, step, { status, reason });
    edge.changed();
  }
}

function signalOnce(): { happened: Promise<void>; happen: () => void } {
  let happen: () => void = () => {};
  const happened = new Promise<void>(resolve => {
    happen = resolve;
  });
  return { happened, happen };
}

/** Whether what depends on it can never run. */
export function hasNoResult(step: StepRow): boolean {
  return ["failed", "skipped", "canceled", "unknown"].includes(step.status);
}

/** How a step ended that others depend on. */
export function wordFor(step: StepRow): string {
  return step.status === "failed"
    ? "failed"
    : step.status === "unknown"
      ? "ended without a result"
      : `was ${step.status}`;
}

async function runStep(runId: string, step: StepRow, edge: RunEdge): Promise<void> {
  try {
    const heldBack = await edge.dbt?.sourceTests.beforeReading(runId, step, edge.signal);
    if (heldBack != null) {
      step.status = "skipped";
      await endStep(edge.database, step, { status: "skipped", reason: heldBack });
      return edge.changed();
    }
    const worker = await edge.worker();
    const started = await edge.startStep(step.id, worker.id);
    if (!started) {
      step.status = "canceled";
      return;
    }
    step.attempt = started.attempt;
    step.status = "running";
    edge.changed();
    const since = performance.now();
    const outcome = await runOn(worker, runId, step, edge);
    if (outcome.status === "lost" && worker.wasKilled && !edge.signal.aborted) {
      await runAgain(step, edge);
    } else {
      await settle(runId, step, outcome, edge, `after ${formatDuration(performance.now() - since)}`);
    }
  } catch (error) {
    // Neither the user's code nor its worker: the state or the loading of definitions failed.
    step.status = "failed";
    await endStep(edge.database, step, { status: "failed", error: toRunError(error), lost: "worker" }).catch(
      () => {
        // Without a database nobody can say how it ended: the run is taken over when the database is back.
      },
    );
  }
  edge.changed();
}

/** Canceling asks first; a worker whose user code does not stop in time is killed. */
async function runOn(
  worker: WorkerProcess,
  runId: string,
  step: StepRow,
  edge: RunEdge,
): Promise<StepOutcome> {
  let grace: NodeJS.Timeout | undefined;
  const cancel = () => {
    worker.cancelStep(step.id);
    grace = setTimeout(() => worker.kill(), edge.cancelGraceMs);
  };
  edge.signal.addEventListener("abort", cancel, { once: true });
  if (edge.signal.aborted) cancel();
  try {
    const { now } = step;
    return await worker.runStep({
      runId,
      stepId: step.id,
      attempt: step.attempt,
      asset: step.asset,
      positions: step.positions && { ...step.positions, keys: step.partitions },
      now,
      dynamicKeys: await edge.dynamicKeys(now),
      dbtInputs: edge.dbtInputs(step.asset),
    });
  } finally {
    clearTimeout(grace);
    edge.signal.removeEventListener("abort", cancel);
  }
}

/** Another step of the same worker did not heed its cancel, and took this one with it. */
async function runAgain(step: StepRow, { database }: RunEdge): Promise<void> {
  const reason = "its worker was ended, because another step there did not stop when it was canceled";
  const isQueued = await endStep(database, step, { status: "queued", reason });
  step.status = isQueued ? "queued" : ((await stepStatus(database, step.id)) ?? "failed");
}

async function settle(
  runId: string,
  step: StepRow,
  outcome: StepOutcome,
  edge: RunEdge,
  after: string,
): Promise<void> {
  switch (outcome.status) {
    case "succeeded":
      // The publishing transaction has said so already; what is downstream waits for tests of what was written.
      step.status = (await edge.dbt?.sourceTests.written(runId, step, edge.signal)) ?? "succeeded";
      return;
    case "canceled":
      step.status = "canceled";
      await endStep(edge.database, step, { status: "canceled", reason: after });
      return;
    case "lost":
      if (edge.signal.aborted) {
        step.status = "canceled";
        await endStep(edge.database, step, { status: "canceled", reason: after });
        return;
      }
      await endLost(step, outcome.error, edge);
      return;
    case "failed":
      step.status = "failed";
      await endStep(edge.database, step, { status: "failed", error: outcome.error });
      await markPartitions(step, edge);
  }
}

/**
 * So that what failed can be found and repaired without reading the history of runs. Which partition of a
 * range is the bad one nobody knows yet: a backfill tries its halves.
 */
async function markPartitions(step: StepRow, { database }: Pick<RunEdge, "database">): Promise<void> {
  if (step.partitions?.length === 1) await recordFailedPartitions(database, step.id, step.partitions);
}

/** The worker may have published in its last moment: then the step did succeed, and the state says so. */
async function endLost(step: StepRow, error: RunError, { database }: RunEdge): Promise<void> {
  const ended = await endStep(database, step, { status: "failed", error, lost: "worker" });
  if (ended) {
    step.status = "failed";
    await markPartitions(step, { database });
    return;
  }
  step.status = (await stepStatus(database, step.id)) ?? "failed";
}

export function toRunError(error: unknown): RunError {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  return { message, file: null, line: null, column: null, stack: stack ?? null };
}

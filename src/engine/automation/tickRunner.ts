import { randomUUID } from "node:crypto";
import type { AutomationNode } from "../../model/automationNode.ts";
import type { RunError } from "../../model/run.ts";
import { requestsWithoutFunction, type SensorOutcome, type SensorRequest } from "../../model/sensorTick.ts";
import type { AutomationChange, AutomationRow } from "../../store/automations.ts";
import type { Sql } from "../../store/database.ts";
import { ConfigurationError } from "../configuration.ts";
import type { IdleTicks } from "./idleTicks.ts";
import type { AutomationMoment } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";
import type { SensorProcesses } from "./sensorProcesses.ts";
import { commitTick, type EvaluatedTick, type RequestedRun } from "./tickCommit.ts";
import type { DueEvent } from "./triggers.ts";

/** Evaluates an automation that is due and writes what came of it; answers what is remembered of it then. */
export async function runTick(
  edge: AutomationEdge,
  parts: { processes: SensorProcesses; idle: IdleTicks },
  node: AutomationNode,
  row: AutomationRow,
  due: DueEvent,
  moment: AutomationMoment,
  signal: AbortSignal,
): Promise<{ row: AutomationRow; handed: boolean; error: RunError | null }> {
  const startedAt = edge.clock();
  const outcome = await evaluate(edge, parts.processes, node, row, due, signal);
  signal.throwIfAborted();
  const tick = { ...tickOf(node, row, due, startedAt), log: outcome.log };
  if (outcome.status === "failed") return fail(outcome.error);
  const requests = requestedRuns(node, due, outcome.requests);
  if ("error" in requests) return fail(requests.error);
  const reason = [due.reason, outcome.reason].filter(Boolean).join("; ") || null;
  const after: AutomationChange = { ...tick.after, cursor: outcome.cursor };
  if (isIdle(row, due, outcome)) {
    parts.idle.note({ ...record(tick, startedAt), status: "skipped", reason });
    return { row, handed: true, error: null };
  }
  try {
    return await commit({ ...tick, after, requests, partitions: outcome.partitions, reason });
  } catch (error) {
    // What is asked for cannot be planned: the sentence says why, and who wrote the sensor can change it.
    if (error instanceof ConfigurationError) return fail(plainError(error.message));
    throw error;
  }

  /** A schedule goes on after a failure, its instant is over; whatever else failed is handed over again. */
  async function fail(fault: RunError) {
    const file = onlyFileOf(due);
    const error = { ...fault, message: `${file === null ? "" : `${file}: `}${fault.message}` };
    if (node.kind === "schedule")
      return commit({ ...tick, requests: [], partitions: {}, reason: null, error });
    parts.idle.note({ ...record(tick, startedAt), status: "failed", reason: null, error });
    return { row, handed: false, error };
  }

  async function commit(evaluated: EvaluatedTick) {
    const committed = await commitTick(edge, moment, evaluated);
    parts.idle.interrupted(node);
    return { row: committed.row, handed: true, error: evaluated.error ?? null };
  }

  function record(evaluated: Omit<EvaluatedTick, "requests" | "partitions" | "reason">, started: number) {
    return {
      kind: node.kind,
      name: node.name,
      at: evaluated.at,
      startedAt: started,
      endedAt: Math.max(edge.clock(), started),
      cursorBefore: row.cursor,
      cursorAfter: row.cursor,
      error: null,
      runIds: [],
      log: evaluated.log,
    };
  }
}

/** What the user's function answers, or what goes without one. */
export async function evaluate(
  edge: AutomationEdge,
  processes: SensorProcesses,
  node: AutomationNode,
  row: AutomationRow | null,
  { at, event }: DueEvent,
  signal: AbortSignal,
): Promise<SensorOutcome> {
  const { kind, name } = node;
  const cursor = row?.cursor ?? null;
  if (!node.hasFunction || event === null) {
    const requests = event === null ? [] : requestsWithoutFunction(event);
    return { status: "done", requests, partitions: {}, cursor, reason: null, log: [] };
  }
  const definitions = edge.definitions();
  if (definitions === null) throw new Error("The definitions are not loaded yet.");
  const order = { id: randomUUID(), kind, name, cursor, at, lastTickAt: row?.doneUntil ?? null, event };
  return processes.evaluate(order, definitions, signal);
}

/** Each request with what it says nothing of: the automation's assets, the latest partitions, a key of the tick. */
export function requestedRuns(
  node: AutomationNode,
  { at, event }: DueEvent,
  requests: readonly SensorRequest[],
): RequestedRun[] | { error: RunError } {
  const runs: RequestedRun[] = [];
  for (const [i, { key, selection, partitions, partitionKeys }] of requests.entries()) {
    const selected = selection ?? node.selection;
    if (selected === null) {
      return {
        error: plainError(
          `The ${node.kind} "${node.name}" says no assets, and neither does its request: write runRequest({ assets: [readings] }).`,
        ),
      };
    }
    const count = node.trigger?.kind === "cron" ? (node.trigger.partitions ?? 1) : 1;
    const isOpen = partitions === null && partitionKeys === null && event?.kind !== "materializations";
    runs.push({
      // An instant of a schedule has its runs once, whatever the clocks do.
      key:
        node.kind === "schedule"
          ? [new Date(at).toISOString(), key ?? (i || null)].filter(Boolean).join(" ")
          : key,
      selection: selected,
      partitions,
      partitionKeys,
      ...(isOpen ? { latest: { count, at } } : {}),
    });
  }
  return runs;
}

/** A file that is handed over alone is what went wrong. */
export function onlyFileOf({ event }: DueEvent): string | null {
  const [first, ...others] = event?.kind === "files" ? event.files : [];
  return first === undefined || others.length > 0 ? null : first.path;
}

function tickOf(node: AutomationNode, row: AutomationRow, due: DueEvent, startedAt: number) {
  return {
    automation: { kind: node.kind, name: node.name },
    before: row,
    after: {
      wasOn: true,
      cursor: row.cursor,
      definition: row.definition,
      position: row.position,
      doneUntil: due.doneUntil ?? startedAt,
    },
    at: due.at,
    startedAt,
    ...(due.write ? { write: (sql: Sql) => due.write?.(sql) ?? Promise.resolve(row.position) } : {}),
  };
}

function isIdle(
  row: AutomationRow,
  due: DueEvent,
  outcome: Extract<SensorOutcome, { status: "done" }>,
): boolean {
  return (
    !due.write &&
    due.doneUntil === undefined &&
    outcome.requests.length === 0 &&
    outcome.log.length === 0 &&
    outcome.cursor === row.cursor &&
    Object.keys(outcome.partitions).length === 0
  );
}

/** An error that no line of the user's code threw. */
export function plainError(message: string): RunError {
  return { message, file: null, line: null, column: null, stack: null };
}

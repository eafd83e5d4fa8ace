import type { RunsView } from "../../src/protocol/runs.ts";
import { expectCount, expectList, expectOneOf, expectRecord, expectText } from "../shared/expect.ts";

/** The view behind a door that lets only well-formed messages in; the sender hears what was wrong. */
export function guardMessages(view: RunsView): RunsView {
  return {
    show(runs, backfills) {
      expectRuns("show", runs, backfills);
      view.show(runs, backfills);
    },
    update(runs, backfills) {
      expectRuns("update", runs, backfills);
      view.update(runs, backfills);
    },
    showDetails(runId, steps, log) {
      expectText(runId, "showDetails: run");
      for (const [at, step] of expectList(steps, "showDetails: steps").entries()) {
        expectDetails(step, `showDetails: step ${at}`);
      }
      if (log !== null) expectLog(log, "showDetails");
      view.showDetails(runId, steps, log);
    },
    appendLog(runId, lines) {
      expectText(runId, "appendLog: run");
      expectLog(lines, "appendLog");
      view.appendLog(runId, lines);
    },
    select(runId, asset) {
      expectText(runId, "select: run");
      if (asset !== null) expectText(asset, "select: asset");
      view.select(runId, asset);
    },
    showEmpty(cause, action) {
      expectText(cause, "showEmpty: cause");
      if (action !== null) expectText(action, "showEmpty: action");
      view.showEmpty(cause, action);
    },
  };
}

const runStatuses = ["queued", "dispatched", "running", "canceling", "succeeded", "failed", "canceled"];
const stepStatuses = ["queued", "running", "succeeded", "failed", "skipped", "canceled", "unknown"];
const levels = ["debug", "info", "warn", "error"];

function expectRuns(method: string, runs: unknown, backfills: unknown): void {
  for (const [at, run] of expectList(runs, `${method}: runs`).entries())
    expectRun(run, `${method}: run ${at}`);
  for (const [at, backfill] of expectList(backfills, `${method}: backfills`).entries()) {
    const { id, selection } = expectRecord(backfill, `${method}: backfill ${at}`);
    expectText(id, `${method}: backfill ${at}: id`);
    expectText(selection, `${method}: backfill ${at}: selection`);
  }
}

function expectRun(value: unknown, what: string): void {
  const { id, status, selection, createdAt, startedAt, endedAt, steps } = expectRecord(value, what);
  expectText(id, `${what}: id`);
  expectText(selection, `${what}: selection`);
  expectOneOf(status, runStatuses, `${what}: status`);
  expectInstant(createdAt, `${what}: createdAt`);
  if (startedAt !== null) expectInstant(startedAt, `${what}: startedAt`);
  if (endedAt !== null) expectInstant(endedAt, `${what}: endedAt`);
  for (const step of expectList(steps, `${what}: steps`)) {
    const { id: stepId, assets, status: stepStatus } = expectRecord(step, `${what}: step`);
    expectText(stepId, `${what}: step: id`);
    expectOneOf(stepStatus, stepStatuses, `${what}: step: status`);
    for (const asset of expectList(assets, `${what}: step: assets`)) expectText(asset, `${what}: asset`);
  }
}

function expectDetails(value: unknown, what: string): void {
  const { id, attempt, dependsOn, checks } = expectRecord(value, what);
  expectText(id, `${what}: id`);
  expectCount(attempt, `${what}: attempt`);
  for (const dep of expectList(dependsOn, `${what}: dependsOn`)) expectText(dep, `${what}: dependsOn`);
  for (const check of expectList(checks, `${what}: checks`)) {
    expectText(expectRecord(check, `${what}: check`).name, `${what}: check: name`);
  }
}

function expectLog(lines: unknown, what: string): void {
  for (const line of expectList(lines, `${what}: lines`)) {
    const { at, level, message } = expectRecord(line, `${what}: line`);
    expectInstant(at, `${what}: line: at`);
    expectOneOf(level, levels, `${what}: line: level`);
    if (typeof message !== "string") throw new TypeError(`${what}: a line has no message; send a text.`);
  }
}

function expectInstant(value: unknown, what: string): void {
  if (typeof value === "string" && !Number.isNaN(Date.parse(value))) return;
  throw new TypeError(`${what} is ${JSON.stringify(value)}; send an instant in ISO 8601.`);
}

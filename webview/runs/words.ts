import { keyName } from "../../src/model/assetKey.ts";
import type { AssetStateName } from "../../src/model/assetState.ts";
import { formatAgo, formatCount, formatDuration, formatRows } from "../../src/model/format.ts";
import { isEnded, type RunSummary, type StepDetails } from "../../src/model/run.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import type { TooltipLine } from "../shared/tooltip.ts";
import type { Lane, TimedRun } from "./lanes.ts";
import type { GanttRun, GanttStep } from "./layout/gantt.ts";
import type { Crowd } from "./layout/strip.ts";

/** The state of a run in words: "failed", "queued: waits for run 7, which writes orders". */
export function statusText({ status, reason }: RunSummary): string {
  if (status === "succeeded") return "succeeded";
  if (reason !== null && !isEnded(status))
    return reason.startsWith("waits") ? reason : `${status}: ${reason}`;
  return status === "dispatched" ? "queued" : status;
}

/** Runs wear the marks of the assets' states, and have a word of their own for what went well. */
export function stateWord(state: AssetStateName): string {
  return state === "materialized" ? "succeeded" : stateMarks[state].words;
}

/** How long a run took or has taken so far, or nothing while it waits. */
export function tookText({ started, ended }: TimedRun, now: number): string | null {
  if (started === null) return null;
  return ended === null ? formatDuration(wholeSeconds(now - started)) : formatDuration(ended - started);
}

/** "failed · 3.4 s · 2 min ago · click". */
export function runText(timed: TimedRun, now: number): string {
  const { run } = timed;
  const took = tookText(timed, now);
  return [
    statusText(run),
    ...(took === null ? [] : [took]),
    ...(run.endedAt === null ? [] : [formatAgo(run.endedAt, now)]),
    run.requestedBy,
  ].join(" · ");
}

/** What stands behind the name of a lane: how many runs there are, and how many are not well. */
export function laneNote({ runs }: Lane): string {
  const open = runs.filter(it => it.ended === null).length;
  const failed = runs.filter(it => it.state === "failed").length;
  if (runs.length === 1) return "";
  if (open > 0) return `${formatCount(runs.length - open)}/${formatCount(runs.length)}`;
  return failed > 0
    ? `${formatCount(failed)} of ${formatCount(runs.length)} failed`
    : formatCount(runs.length);
}

/** A lane as a screen reader says it. */
export function laneText(lane: Lane): string {
  const counts = new Map<AssetStateName, number>();
  for (const { state } of lane.runs) counts.set(state, (counts.get(state) ?? 0) + 1);
  const states = [...counts].map(([state, count]) => `${formatCount(count)} ${stateWord(state)}`);
  const partitions = lane.backfill === null ? "" : ` ${lane.backfill.partitions}`;
  return `${lane.kind === "backfill" ? "Backfill " : ""}${lane.label}${partitions}, ${plural(lane.runs.length, "run")}: ${states.join(", ")}`;
}

export function laneTooltip(lane: Lane): TooltipLine[] {
  const [title, states] = laneText(lane).split(/, (?=[\d,]+ runs?: )/);
  return [
    { text: title ?? "", className: "title" },
    { text: states ?? "", className: "plain" },
  ];
}

export function runTooltip(timed: TimedRun, crowd: Crowd | null, now: number): TooltipLine[] {
  const { run } = timed;
  const failed = run.steps.find(it => it.status === "failed");
  const error = failed?.error?.message ?? run.error?.message ?? null;
  const waited =
    timed.started === null ? (timed.ended ?? now) - timed.created : timed.started - timed.created;
  const done = run.steps.filter(it => it.status === "succeeded").length;
  return [
    { text: `Run ${run.id}: ${run.selection}`, className: "title" },
    { text: runText(timed, now), className: "plain" },
    ...(error === null ? [] : [{ text: firstLine(error), className: "plain" } as const]),
    {
      text: [
        `${formatCount(done)} of ${plural(run.steps.length, "step")}`,
        ...(waited >= 1000 ? [`waited ${formatDuration(waited)}`] : []),
        run.environment,
      ].join(" · "),
      className: "quiet",
    },
    { text: absoluteText(run.startedAt ?? run.createdAt), className: "quiet" },
    ...(crowd === null
      ? []
      : [
          {
            text: `One of ${plural(crowd.runs.length, "run")} here; zoom in to part them`,
            className: "quiet",
          } as const,
        ]),
  ];
}

/** "daily_readings 2026-01-01 … 2026-01-03". */
export function stepName({ step }: Pick<GanttStep, "step">): string {
  const partitions = step.partitions === null ? "" : ` ${step.partitions.join(" … ")}`;
  return `${step.assets.map(keyName).join(", ")}${partitions}`;
}

/** Behind the bar of a step: "1.2 s · 4,810 rows", or how it stands. */
export function stepNote({ step, started, ended, details }: GanttStep): string {
  const took =
    started !== null && ended !== null ? [formatDuration(rounded(step.status, ended - started))] : [];
  const attempt = details && details.attempt > 1 ? [`attempt ${details.attempt}`] : [];
  const failedChecks = details?.checks.filter(it => !it.passed).length ?? 0;
  const checks = failedChecks > 0 ? [`${plural(failedChecks, "check")} failed`] : [];
  switch (step.status) {
    case "succeeded":
      return [...took, ...(step.rows === null ? [] : [formatRows(step.rows)]), ...checks, ...attempt].join(
        " · ",
      );
    case "running":
      return [...took, ...attempt].join(" · ");
    case "queued":
      return step.reason ?? "queued";
    case "skipped":
      return step.reason ?? "skipped";
    default:
      return [step.status, ...took, ...attempt].join(" · ");
  }
}

/** A step as a screen reader says it. */
export function stepText(at: GanttStep, nameOf: (id: string) => string): string {
  const { step, details, isCritical } = at;
  const waits = details?.dependsOn.map(nameOf) ?? [];
  return [
    stepName(at),
    stateMarks[at.state].words,
    stepNote(at),
    ...(step.error === null ? [] : [firstLine(step.error.message)]),
    ...(waits.length > 0
      ? [`after ${waits.length > 4 ? plural(waits.length, "step") : waits.join(" and ")}`]
      : []),
    ...(isCritical ? ["on the critical path"] : []),
  ]
    .filter(it => it !== "")
    .join(", ");
}

/** "Critical path: readings → cities, 3.2 s of 4 s". */
export function criticalText({ critical, steps, span }: GanttRun): string | null {
  if (critical.length < 2) return null;
  const byId = new Map(steps.map(it => [it.step.id, it]));
  const on = critical.flatMap(id => byId.get(id) ?? []);
  const work = on.reduce((sum, it) => sum + ((it.ended ?? 0) - (it.started ?? 0)), 0);
  const names = on.map(it => it.step.assets.map(keyName).join(", "));
  const shown = names.length > 4 ? [...names.slice(0, 2), "…", ...names.slice(-1)] : names;
  return `Critical path: ${shown.join(" → ")}, ${formatDuration(work)} of ${formatDuration(span.to - span.from)}`;
}

/** "✓ notNull(city)", "✗ plausible: 3 rows (blocks)". */
export function checkText({
  name,
  passed,
  blocking,
  severity,
  failedRows,
  message,
}: StepDetails["checks"][number]) {
  const why = message ?? (failedRows === null || failedRows === 0 ? null : formatRows(failedRows));
  const kind = blocking ? " (blocking)" : severity === "warning" ? " (warning)" : "";
  return `${name}${passed || why === null ? "" : `: ${why}`}${kind}`;
}

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The user's own clock, with the zone in which it goes. */
export function absoluteText(iso: string): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  // Making it takes a hundred times as long as using it.
  ownClock ??= new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "long" });
  return ownClock.format(time);
}

let ownClock: Intl.DateTimeFormat | undefined;

export function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0] ?? "";
}

/** Whole seconds, so that what ticks keeps its width. */
function rounded(status: string, milliseconds: number): number {
  return status === "running" ? wholeSeconds(milliseconds) : milliseconds;
}

function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.floor(milliseconds / 1000)) * 1000;
}

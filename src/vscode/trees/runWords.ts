import { formatAgo, formatDuration, formatRows } from "../../model/format.ts";
import { isEnded, type RunSummary, type StepSummary } from "../../model/run.ts";

/** A run in words, behind its name: "failed · 3.4 s · 2 min ago". */
export function wordsOfRun(run: RunSummary, now: number): string {
  if (!isEnded(run.status)) {
    if (run.reason && run.startedAt === null) return run.reason;
    return run.startedAt === null
      ? run.status
      : `${run.status} ${formatDuration(seconds(now - Date.parse(run.startedAt)))}`;
  }
  const took =
    run.startedAt && run.endedAt ? [formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt))] : [];
  const status = run.status === "succeeded" ? [] : [run.status];
  return [...status, ...took, formatAgo(run.endedAt ?? run.createdAt, now)].join(" · ");
}

/** The words with what the icon shows to those who see it. */
export function spoken(status: string, words: string): string {
  return words.startsWith(status) ? words : `${status}, ${words}`;
}

/** A step in words, behind its name: "1.2 s · 4,810 rows". */
export function wordsOfStep(step: StepSummary, now: number): string {
  const partitions = step.partitions ? [step.partitions.join(" … ")] : [];
  const took = step.durationMs === null ? [] : [formatDuration(step.durationMs)];
  switch (step.status) {
    case "succeeded":
      return [...partitions, ...took, ...(step.rows === null ? [] : [formatRows(step.rows)])].join(" · ");
    case "running": {
      const since = step.startedAt === null ? 0 : now - Date.parse(step.startedAt);
      return [...partitions, `running ${formatDuration(seconds(since))}`].join(" · ");
    }
    default:
      return [...partitions, firstLine(step.error?.message ?? step.reason ?? step.status)].join(" · ");
  }
}

/** Whole seconds, so that what ticks keeps its width. */
function seconds(milliseconds: number): number {
  return Math.max(1, Math.floor(milliseconds / 1000)) * 1000;
}

function firstLine(text: string): string {
  return text.trim().split(/\r?\n/, 1)[0] ?? "";
}

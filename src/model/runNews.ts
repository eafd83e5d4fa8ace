import type { RunStatus, RunSummary } from "./run.ts";

/** "Run 7 succeeded.": what has become of a run, in a sentence. */
export function runNews({ id, status }: Pick<RunSummary, "id" | "status">): string {
  return `Run ${id} ${became[status]}.`;
}

/** "weather/daily 2026-02-03: assets/daily.ts:12: no such file (and 2 more)"; null: no step has failed. */
export function failureInWords({ steps, error }: Pick<RunSummary, "steps" | "error">): string | null {
  const [first, ...others] = steps.filter(it => it.status === "failed");
  const cause = first?.error ?? error;
  if (!cause) return null;
  const what = first
    ? `${[first.assets.join(", "), first.partitions?.join(" … ")].filter(Boolean).join(" ")}: `
    : "";
  const place = cause.file === null ? "" : `${cause.file}:${cause.line}: `;
  const more = others.length > 0 ? ` (and ${others.length} more)` : "";
  return `${what}${place}${cause.message.split("\n")[0]}${more}`;
}

const became: Readonly<Record<RunStatus, string>> = {
  queued: "is queued",
  dispatched: "is dispatched",
  running: "is running",
  canceling: "is being canceled",
  succeeded: "succeeded",
  failed: "failed",
  canceled: "was canceled",
};

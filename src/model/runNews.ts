import type { RunStatus, RunSummary } from "./run.ts";

/** "Run 7 succeeded.": what has become of a run, in a sentence. */
export function runNews({ id, status }: Pick<RunSummary, "id" | "status">): string {
  return `Run ${id} ${became[status]}.`;
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

import type { TimedRun } from "./lanes.ts";

/** Which runs are shown; null and "" let all through. */
export interface RunFilter {
  readonly status: StatusGroup | null;
  readonly asset: string | null;
  readonly requestedBy: string | null;
  /** Looked for in what was asked for, assets, partitions, who asked and the run's number. */
  readonly text: string;
}

/** What one filters by: waiting and running are one question. */
export type StatusGroup = "open" | "failed" | "succeeded" | "canceled";

export const noFilter: RunFilter = { status: null, asset: null, requestedBy: null, text: "" };

export function isFiltering({ status, asset, requestedBy, text }: RunFilter): boolean {
  return status !== null || asset !== null || requestedBy !== null || text.trim() !== "";
}

/** The runs that a filter lets through. */
export function filterRuns(runs: readonly TimedRun[], filter: RunFilter): readonly TimedRun[] {
  if (!isFiltering(filter)) return runs;
  const words = filter.text.toLowerCase().split(/\s+/).filter(Boolean);
  return runs.filter(({ run }) => {
    if (filter.status !== null && groupOf(run.status) !== filter.status) return false;
    if (filter.requestedBy !== null && run.requestedBy !== filter.requestedBy) return false;
    if (filter.asset !== null && !run.steps.some(it => it.assets.some(key => key === filter.asset)))
      return false;
    if (words.length === 0) return true;
    const text = textOf(run);
    return words.every(word => text.includes(word));
  });
}

/** What there is to choose from, each list in alphabetical order. */
export function choicesOf(runs: readonly TimedRun[]): { assets: string[]; requestedBy: string[] } {
  const [assets, requestedBy] = [new Set<string>(), new Set<string>()];
  for (const { run } of runs) {
    requestedBy.add(run.requestedBy);
    for (const step of run.steps) for (const key of step.assets) assets.add(key);
  }
  return { assets: [...assets].sort(), requestedBy: [...requestedBy].sort() };
}

export function groupOf(status: TimedRun["run"]["status"]): StatusGroup {
  if (status === "failed" || status === "succeeded" || status === "canceled") return status;
  return "open";
}

function textOf({ id, selection, requestedBy, steps, error }: TimedRun["run"]): string {
  const parts = steps.flatMap(it => [...it.assets, ...(it.partitions ?? []), it.error?.message ?? ""]);
  return [id, selection, requestedBy, error?.message ?? "", ...parts].join("\n").toLowerCase();
}

import type { TimedRun } from "../lanes.ts";

/** More rows of one lane say nothing more; what does not fit lies upon the last one. */
const mostRows = 8;

/** Runs in the order of their creation, each in the first row in which the one before has ended. */
export function packRows(runs: readonly TimedRun[]): TimedRun[][] {
  const rows: TimedRun[][] = [];
  const ends: number[] = [];
  for (const run of runs) {
    const free = ends.findIndex(end => end <= run.created);
    const at = free >= 0 ? free : Math.min(rows.length, mostRows - 1);
    const row = rows[at];
    if (row) row.push(run);
    else rows[at] = [run];
    ends[at] = Math.max(ends[at] ?? 0, run.ended ?? Number.POSITIVE_INFINITY);
  }
  return rows;
}

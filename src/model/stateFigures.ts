import type { RunStatus } from "./run.ts";

/** How much waits and goes on, as whoever watches from outside counts it. */
export interface StateFigures {
  /** Runs that have not ended, by status. */
  readonly openRuns: Readonly<Partial<Record<RunStatus, number>>>;
  /** Seconds that the oldest queued run waits. */
  readonly oldestQueuedSeconds: number;
  readonly engines: number;
}

import type { AssetKey } from "./assetKey.ts";
import type { DbtRunOptions } from "./dbtNode.ts";

export type RunStatus =
  | "queued"
  | "dispatched"
  | "running"
  | "canceling"
  | "succeeded"
  | "failed"
  | "canceled";
export type StepStatus = "queued" | "running" | "succeeded" | "failed" | "skipped" | "canceled" | "unknown";

export const runStatuses: readonly RunStatus[] = [
  "queued",
  "dispatched",
  "running",
  "canceling",
  "succeeded",
  "failed",
  "canceled",
];

export function isEnded(status: RunStatus | StepStatus): boolean {
  return !["queued", "dispatched", "running", "canceling"].includes(status);
}

/** An error as it crosses processes and rests in the state. */
export interface RunError {
  readonly message: string;
  /** The user's own line, when the stack names one: relative to the root, 1-based. */
  readonly file: string | null;
  readonly line: number | null;
  readonly column: number | null;
  readonly stack: string | null;
}

/** The state of one asset in one run. */
export interface StepSummary {
  readonly id: string;
  readonly assets: readonly AssetKey[];
  /** [first, last] of a range, [key] of one partition, null for an unpartitioned asset. */
  readonly partitions: readonly string[] | null;
  /** How many they are; absent for an unpartitioned asset. */
  readonly partitionCount?: number;
  readonly status: StepStatus;
  readonly rows: number | null;
  /** ISO 8601. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly durationMs: number | null;
  readonly error: RunError | null;
  /** Why a queued or skipped step waits or was skipped, in words. */
  readonly reason: string | null;
}

/** Which runs are looked for; what is left out does not matter. */
export interface RunFilter {
  /** With a step of any of these. */
  readonly assets?: readonly AssetKey[];
  readonly statuses?: readonly RunStatus[];
  /** With a step that was to make it. */
  readonly partition?: PartitionOfRuns;
  readonly backfillId?: string;
  readonly environment?: string;
}

/** A partition as steps name it: by its key, and by its position between two keys of a range. */
export interface PartitionOfRuns {
  readonly key: string;
  /** In each definition that has it: `partitionsId`, and where it stands. */
  readonly positions: readonly { readonly definition: string; readonly position: number }[];
}

export interface RunSummary {
  readonly id: string;
  readonly status: RunStatus;
  readonly environment: string;
  /** What was asked for, as it was written. */
  readonly selection: string;
  /** "click", "command line", a sensor's name: who asked. */
  readonly requestedBy: string;
  /** The backfill that it belongs to. */
  readonly backfillId: string | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly steps: readonly StepSummary[];
  /** Why a queued run waits, in words. */
  readonly reason: string | null;
  readonly error: RunError | null;
  /** What it asks of dbt beside its models; absent when nothing. */
  readonly dbt?: DbtRunOptions;
}

/** What one looks at when one step is looked at; the summaries of runs, which are many, do without it. */
export interface StepDetails {
  readonly id: string;
  /** How often it was begun. */
  readonly attempt: number;
  /** The steps of the same run that it waits for, by id. */
  readonly dependsOn: readonly string[];
  readonly checks: readonly CheckOutcome[];
}

/** How a check came out that a step has run, unless somebody has checked the same data since. */
export interface CheckOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly blocking: boolean;
  readonly severity: "error" | "warning";
  readonly failedRows: number | null;
  readonly message: string | null;
}

export interface LogLine {
  readonly at: string;
  readonly level: "debug" | "info" | "warn" | "error";
  readonly asset: AssetKey | null;
  readonly message: string;
}

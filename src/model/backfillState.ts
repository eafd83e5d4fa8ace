import type { AssetKey } from "./assetKey.ts";
import type { DbtRunOptions } from "./dbtNode.ts";
import type { RunError } from "./run.ts";

export type PartitionStateName = "materialized" | "stale" | "failed" | "queued" | "running" | "unknown";

/** Partitions of equal state, by their positions in the definition; what no range names is missing. */
export interface PartitionStateRange {
  readonly first: number;
  readonly last: number;
  readonly state: PartitionStateName;
}

export type BackfillStatus = "running" | "paused" | "canceling" | "canceled" | "succeeded" | "failed";

/** What a backfill has to do and has done for one asset, in partitions. */
export interface BackfillProgress {
  readonly asset: AssetKey;
  readonly targeted: number;
  readonly materialized: number;
  readonly running: number;
  readonly failed: number;
  /** Given up, because something upstream in the same backfill failed. */
  readonly skipped: number;
}

export interface BackfillSummary {
  readonly id: string;
  readonly status: BackfillStatus;
  readonly environment: string;
  readonly selection: string;
  /** What was asked for, in words: "2026-01-01 … 2026-01-31 (31), missing only". */
  readonly partitions: string;
  readonly requestedBy: string;
  readonly createdAt: string;
  readonly endedAt: string | null;
  readonly progress: readonly BackfillProgress[];
  /** The first errors, each with the partitions it stands for. */
  readonly failures: readonly { asset: AssetKey; partitions: readonly string[]; error: RunError | null }[];
  readonly error: RunError | null;
  /** What its runs ask of dbt beside their models; absent when nothing. */
  readonly dbt?: DbtRunOptions;
}

/** What a backfill would do, before anything is launched. */
export interface BackfillPlan {
  readonly targets: readonly BackfillTargetPlan[];
  readonly runs: number;
  /** From the history of each asset; null when nothing of it was ever materialized. */
  readonly estimatedMs: number | null;
  readonly notes: readonly string[];
}

export interface BackfillTargetPlan {
  readonly asset: AssetKey;
  /** Positions of what would be materialized. */
  readonly ranges: readonly { first: number; last: number }[];
  /** The same in words: "2026-01-01 … 2026-01-04, 2026-01-09"; "" when there is nothing to make, or no partitions. */
  readonly partitions: string;
  /** How what is targeted stands now. */
  readonly missing: number;
  readonly failed: number;
  readonly stale: number;
  readonly done: number;
}

import type { AssetKey } from "../model/assetKey.ts";
import type { BackfillPlan, BackfillSummary, PartitionStateRange } from "../model/backfillState.ts";
import type { DbtRequest } from "../model/dbtNode.ts";
import type { PartitionsDefinition } from "../model/partitionsDefinition.ts";
import type { RunError } from "../model/run.ts";

/** One asset's partitions: the definition says which exist, the ranges how they stand. */
export interface PartitionRow {
  asset: AssetKey;
  group: string;
  definition: PartitionsDefinition;
  ranges: PartitionStateRange[];
}

/** The partitions of some assets at one instant. */
export interface PartitionMatrix {
  /** Epoch milliseconds: which partitions exist depends on it. */
  now: number;
  rows: PartitionRow[];
  /** The keys of dynamic partitions by their name, in the order in which they were added. */
  dynamicKeys?: Record<string, string[]>;
}

/** What is known about one partition, for its tooltip. */
export interface PartitionDetails {
  materializedAt: string | null;
  rows: number | null;
  durationMs: number | null;
  runId: string | null;
  error: RunError | null;
  /** Why it is stale or waits, in words. */
  reason: string | null;
}

export interface BackfillRequest {
  /** The selection grammar of semantics 1.2. */
  selection: string;
  /** "2026-01-01...2026-01-31,2026-02-03"; null: every partition. */
  partitions: string | null;
  /** Only what stands so now; empty: all. */
  only: ("missing" | "failed" | "stale")[];
  /** Runs at once; null: the default. */
  maxParallel: number | null;
  dbt?: DbtRequest;
  requestedBy: string;
}

export type BackfillAction = "pause" | "resume" | "cancel" | "retry";

/** What the partitions picture can be told. */
export interface PartitionsView {
  /** Replaces everything; selection and zoom stay. */
  show(matrix: PartitionMatrix): void;
  /** New ranges of some assets, while a backfill runs. */
  update(rows: Pick<PartitionRow, "asset" | "ranges">[]): void;
  showBackfills(backfills: BackfillSummary[]): void;
  /** Marks these partitions, as a command or a tree asked. */
  select(asset: AssetKey, partitions: string | null): void;
  showEmpty(cause: string, action: string | null): void;
}

/** What the partitions picture may ask of its host. */
export interface PartitionsHost {
  ready(): void;
  details(asset: AssetKey, partition: string): Promise<PartitionDetails>;
  plan(request: BackfillRequest): Promise<BackfillPlan>;
  launch(request: BackfillRequest): Promise<{ backfillId: string }>;
  act(backfillId: string, action: BackfillAction): Promise<void>;
  openRun(runId: string): void;
  openSource(asset: AssetKey): void;
  takeAction(): void;
}

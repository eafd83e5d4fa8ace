import type { AssetKey } from "./assetKey.ts";

/** What is recorded and stored of one asset, beyond its definition and its state. */
export interface AssetFacts {
  readonly asset: AssetKey;
  /** In the order of the database, else as they are declared or described; null: nobody could tell. */
  readonly columns: readonly AssetColumn[] | null;
  /** How each check came out the last time, with a materialization or by a look at what is stored. */
  readonly checks: readonly RecordedOutcome[];
  /** Newest first. */
  readonly history: readonly PastMaterialization[];
  /** From what is stale up to what changed; empty when it is not stale. */
  readonly stalePath: readonly StaleCause[];
}

/** A column of an asset as far as the database, dbt's artifacts or its declaration know it. */
export interface AssetColumn {
  readonly name: string;
  readonly type: string | null;
  readonly description: string | null;
}

export interface RecordedOutcome {
  readonly name: string;
  readonly passed: boolean;
  readonly severity: "error" | "warning";
  readonly failedRows: number | null;
  readonly message: string | null;
  /** ISO 8601. */
  readonly at: string;
  /** Null: somebody looked at what is stored. */
  readonly runId: string | null;
  /** Of an asset with partitions: of how many it failed the last time that it looked at them. */
  readonly failedPartitions: number;
}

export interface PastMaterialization {
  /** ISO 8601. */
  readonly at: string;
  readonly rows: number | null;
  readonly durationMs: number | null;
  /** Null: somebody marked it by hand. */
  readonly runId: string | null;
  /** The first and the last of its partitions; null for an asset without partitions. */
  readonly partitions: readonly [first: string, last: string] | null;
  /** Somebody had dbt make it by hand, and nobody knows which of its partitions. */
  readonly isUnsure?: true;
}

/** One asset on the way to the cause, and what is to be said of it. */
export interface StaleCause {
  readonly asset: AssetKey;
  /** Null: the asset has no partitions. */
  readonly partition: string | null;
  readonly words: string;
}

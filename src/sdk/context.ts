import type { DynamicPartitionKeys } from "./dynamicPartitions.ts";
import type { PartitionContext } from "./partitionContext.ts";

/** What an asset's function is handed beside its inputs. */
export interface AssetContext<Resources = Record<string, unknown>> {
  /** Which partitions are made; an asset without partitions has none, and reading it says so. */
  readonly partition: PartitionContext;
  /** The keys of dynamic partitions, to add to and to remove from: `partitions.add(customers, newIds)`. */
  readonly partitions: DynamicPartitionKeys;
  readonly resources: Resources;
  /** Aborted when the run is canceled; pass it on to fetch, queries, child processes. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Facts about this materialization, shown with it: `metadata({ source: "s3://…", skipped: 12 })`. */
  metadata(facts: Record<string, MetadataValue>): void;
  /**
   * Says which version of the data is made, such as the digest of a file: as long as it stays the same, what is
   * downstream is not stale. Without it every materialization is new data, or follows from `codeVersion`.
   */
  dataVersion(version: string): void;
  readonly runId: string;
}

export type MetadataValue = string | number | boolean | null | Date;

/** One line each; objects are written as JSON. */
export interface Log {
  debug(message: string, ...facts: unknown[]): void;
  info(message: string, ...facts: unknown[]): void;
  warn(message: string, ...facts: unknown[]): void;
  error(message: string, ...facts: unknown[]): void;
}

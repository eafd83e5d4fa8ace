import type { AssetKey } from "./assetKey.ts";
import type { PartitionSet } from "./partitionSet.ts";

/**
 * What is known about assets at the instant of a tick. All sets are of the partitions that exist at that instant;
 * an asset without partitions is the only one of its own. Whoever answers has looked at one moment only.
 */
export interface AutomationFacts {
  /** What comes after this, in the order in which it became known, is for the next tick. */
  readonly watermark: number;
  dynamicKeys(name: string): readonly string[];
  materialized(asset: AssetKey): PartitionSet;
  /** Planned by a run that has neither made it nor ended. */
  inProgress(asset: AssetKey): PartitionSet;
  /** Planned last by a run that failed to make it. */
  failed(asset: AssetKey): PartitionSet;
  /** What was materialized with success after a watermark, in order. */
  updates(asset: AssetKey, after: number): readonly AssetUpdate[];
  /** What was last materialized by a run that planned the other asset too. */
  madeTogether(asset: AssetKey, other: AssetKey): PartitionSet;
  /** Where every check of what is there passed, or every one that blocks; all where there are none. */
  checksPassed(asset: AssetKey, blockingOnly: boolean): PartitionSet;
}

export interface AssetUpdate {
  readonly at: number;
  readonly partitions: PartitionSet;
}

import type { DbtWindow } from "../dbt/dbt.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import { type Partitioning, type PartitionsMoment, partitionsAt, windowOf } from "../model/partitions.ts";
import type { StepRow } from "../store/runs.ts";

/** The partitions of one step: every key with its position, and the window of each where they are of time. */
export interface StepPartition {
  readonly key: string;
  readonly position: number;
  readonly window: { readonly start: number; readonly end: number } | null;
}

/** Null for an asset without partitions. */
export function partitionsOfStep(
  step: StepRow,
  asset: AssetNode,
  moment: PartitionsMoment,
): StepPartition[] | null {
  const { partitionsDefinition: definition } = asset;
  if (step.positions === null || !definition) return null;
  const partitions = partitionsAt(definition, moment);
  const { first, last } = step.positions;
  return Array.from({ length: last - first + 1 }, (_, at) => partitionAt(partitions, first + at));
}

/** Whether partitions in a row are one window of time, which one statement can make. */
export function isCutByTime({ partitionsDefinition }: AssetNode): boolean {
  return partitionsDefinition != null && "cron" in partitionsDefinition;
}

/** What an invocation tells its models of the partitions that they make; null: there are none. */
export function windowOfPartitions(
  partitions: readonly StepPartition[],
  isEventTime: boolean,
): DbtWindow | null {
  const [first] = partitions;
  if (first === undefined) return null;
  const keys = new Set(partitions.map(it => it.key));
  const windows = partitions.flatMap(it => it.window ?? []);
  const times = windows.length < partitions.length ? null : windows;
  const inWords = (instant: number) => new Date(instant).toISOString();
  return {
    start: times ? inWords(Math.min(...times.map(it => it.start))) : "",
    end: times ? inWords(Math.max(...times.map(it => it.end))) : "",
    key: keys.size === 1 ? first.key : "",
    isEventTime: isEventTime && times !== null,
  };
}

function partitionAt(partitions: Partitioning, position: number): StepPartition {
  return { key: partitions.keyAt(position), position, window: windowOf(partitions, position) };
}

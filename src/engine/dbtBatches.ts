import type { DbtBatches } from "../dbt/dbt.ts";
import type { StepPartition } from "./dbtWindow.ts";

/** Of a microbatch model that failed in some of its batches: the partitions that no failed batch touches. */
export function partitionsThatSucceeded(
  partitions: readonly StepPartition[] | null,
  batches: DbtBatches | null,
): readonly StepPartition[] {
  if (partitions === null || batches === null) return [];
  const touches = ({ window }: StepPartition) => {
    return ([start, end]: readonly [string, string]) =>
      window !== null && Date.parse(start) < window.end && Date.parse(end) > window.start;
  };
  return partitions.filter(it => batches.succeeded.some(touches(it)) && !batches.failed.some(touches(it)));
}

import type { DbtBatches } from "../dbt/dbt.ts";
import { type Partitioning, windowOf } from "../model/partitions.ts";
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

/** The partitions that batches made from one end to the other, by their positions; whoever called dbt. */
export function partitionsInBatches(partitions: Partitioning, batches: DbtBatches): StepPartition[] {
  if (partitions.kind !== "time") return [];
  const made = joined(
    batches.succeeded.map(([start, end]) => ({ start: Date.parse(start), end: Date.parse(end) })),
  );
  const found: StepPartition[] = [];
  for (const stretch of made) {
    const { from, to } = partitions.overlapping(stretch);
    for (let position = Math.max(0, from); position < Math.min(to, partitions.count); position++) {
      const window = windowOf(partitions, position);
      if (window === null || window.start < stretch.start || window.end > stretch.end) continue;
      found.push({ key: partitions.keyAt(position), position, window });
    }
  }
  return [...partitionsThatSucceeded(found, batches)];
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** Batches that follow each other as one stretch of time. */
function joined(batches: readonly Stretch[]): Stretch[] {
  const stretches: Stretch[] = [];
  for (const batch of [...batches].sort((a, b) => a.start - b.start)) {
    const last = stretches.at(-1);
    if (last && batch.start <= last.end)
      stretches[stretches.length - 1] = { start: last.start, end: Math.max(last.end, batch.end) };
    else stretches.push(batch);
  }
  return stretches;
}

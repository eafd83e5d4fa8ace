import { brand, isBranded } from "./brand.ts";
import type { InputDefinition } from "./definition.ts";

/** What an I/O manager answers that keeps each partition by itself: a value for each, by its key. */
export interface PartitionValues {
  readonly [brand]: "partitionValues";
  readonly values: ReadonlyMap<string, unknown>;
}

export function partitionValues(values: ReadonlyMap<string, unknown>): PartitionValues {
  return { [brand]: "partitionValues", values };
}

/**
 * What the consumer receives: rows of several partitions as one array, other values as a record by partition key
 * where the input names several, `.all()`, else the one value. What is no rows and not one is refused.
 */
export function assembled(value: unknown, { upstream, partitions }: InputDefinition, asset: string): unknown {
  if (!isBranded(value, "partitionValues")) return value;
  const { values } = value as PartitionValues;
  // No partition at all: an empty array has no rows, and no keys either.
  if ([...values.values()].every(Array.isArray)) return [...values.values()].flat();
  if (upstream.key === asset) {
    throw new Error(
      `${asset} needs its own earlier partitions, which are no rows. Keep them as rows, or load them in its function.`,
    );
  }
  if (partitions === "several") return Object.fromEntries(values);
  const [one, ...others] = values.values();
  if (others.length === 0) return one;
  throw new Error(
    `${asset} needs ${values.size} partitions of ${upstream.key} at once, which are no rows that make one array. ` +
      "Write .all() or .window(0, 0) after the input to receive a record by partition key, or make one partition in a run.",
  );
}

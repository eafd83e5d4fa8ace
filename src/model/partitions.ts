import { isPartOfKey } from "./definePartitions.ts";
import { type ListedPartitions, listedPartitions, unpartitioned } from "./listedPartitions.ts";
import { type MultiPartitioning, multiPartitioning } from "./multiPartitioning.ts";
import { emptySet, type PartitionSet, setOfRange } from "./partitionSet.ts";
import { keyDelimiter, type PartitionsDefinition, type SimplePartitions } from "./partitionsDefinition.ts";
import { productOfSets } from "./setProduct.ts";
import { type TimeWindow, type TimeWindows, timeWindows } from "./timeWindows.ts";

/** The partitions of an asset as they are at one moment, in order, each by its index from 0. */
export type Partitioning = TimeWindows | ListedPartitions | MultiPartitioning;

/** What partitions depend on besides their definition. */
export interface PartitionsMoment {
  readonly now: number;
  /** The keys of the dynamic partitions of this name, in the order in which they were added. */
  dynamicKeys?(name: string): readonly string[];
}

/** The partitions that exist at a moment; null stands for an asset without any. */
export function partitionsAt(
  definition: PartitionsDefinition | null,
  moment: PartitionsMoment,
): Partitioning {
  if (definition === null) return unpartitioned;
  if (definition.kind !== "multi") return simplePartitionsAt(definition, moment);
  const dimensions = definition.dimensions.map(({ name, partitions }) => {
    const resolved = simplePartitionsAt(partitions, moment);
    return { name, partitions: resolved.kind === "time" ? resolved : withoutDelimiters(resolved) };
  });
  return multiPartitioning(definition, dimensions);
}

/** The window of time that a partition covers; null when it covers none, or when two dimensions are of time. */
export function windowOf(partitions: Partitioning, index: number): TimeWindow | null {
  if (partitions.kind === "time") return partitions.windowAt(index);
  if (partitions.kind === "listed") return null;
  const places = partitions.placesAt(index);
  const windows = partitions.dimensions.flatMap(({ partitions: dimension }, i) =>
    dimension.kind === "time" ? [dimension.windowAt(places[i] as number)] : [],
  );
  return windows.length === 1 ? (windows[0] as TimeWindow) : null;
}

/**
 * The partitions from one key to another, both included; none when the second comes before the first.
 * With several dimensions it is the product of the ranges in each. Null when one of the keys does not exist.
 */
export function rangeBetween(partitions: Partitioning, first: string, last: string): PartitionSet | null {
  if (partitions.kind !== "multi") {
    const [from, to] = [partitions.indexOf(first), partitions.indexOf(last)];
    return from === null || to === null ? null : setOfRange(from, to + 1);
  }
  const [firsts, lasts] = [first.split(keyDelimiter), last.split(keyDelimiter)];
  if (firsts.length !== partitions.dimensions.length || lasts.length !== firsts.length) return null;
  const ranges = partitions.dimensions.map(({ partitions: dimension }, i) =>
    rangeBetween(dimension, firsts[i] as string, lasts[i] as string),
  );
  return ranges.includes(null) ? null : productOfSets(ranges as PartitionSet[], partitions.sizes);
}

/** All that exist. */
export function allPartitions({ count }: Partitioning): PartitionSet {
  return count === 0 ? emptySet : setOfRange(0, count);
}

function simplePartitionsAt(
  definition: SimplePartitions,
  { now, dynamicKeys }: PartitionsMoment,
): TimeWindows | ListedPartitions {
  if (definition.kind === "static") return listedPartitions(definition, definition.keys);
  if (definition.kind === "dynamic")
    return listedPartitions(definition, dynamicKeys?.(definition.name) ?? []);
  return timeWindows(definition, now);
}

/** A key that was added at run time may hold what separates the parts of a key; it is no part of any then. */
function withoutDelimiters(listed: ListedPartitions): ListedPartitions {
  const keys = Array.from({ length: listed.count }, (_, i) => listed.keyAt(i));
  const parts = keys.filter(isPartOfKey);
  return parts.length === keys.length ? listed : listedPartitions(listed.definition, parts);
}

import { difference, emptySet, type PartitionSet, union } from "./partitionSet.ts";

/** Something that happened to partitions at an instant. */
export interface TimedSet {
  readonly at: number;
  readonly partitions: PartitionSet;
}

/** Where something happened later than anything of another kind; nothing where one of them has no times. */
export function afterLast(
  events: readonly TimedSet[] | undefined,
  others: readonly TimedSet[] | undefined,
): PartitionSet {
  if (events === undefined || others === undefined) return emptySet;
  let all = emptySet;
  for (const { at, partitions } of events) {
    const notBefore = others.filter(it => it.at >= at);
    all = union(
      all,
      notBefore.reduce((left, it) => difference(left, it.partitions), partitions),
    );
  }
  return all;
}

/** The latest event of each partition, from events in order. */
export function latestOf(events: readonly TimedSet[]): TimedSet[] {
  const latest: TimedSet[] = [];
  let seen = emptySet;
  for (const { at, partitions } of [...events].reverse()) {
    const unseen = difference(partitions, seen);
    if (unseen.count > 0) latest.push({ at, partitions: unseen });
    seen = union(seen, partitions);
  }
  return latest;
}

import { downstreamWindows, upstreamWindows } from "./mapTimeWindows.ts";
import { listOfKeys, type NonexistentKeys, noKeys } from "./nonexistentKeys.ts";
import type { SimpleMapping, StaticMapping } from "./partitionMapping.ts";
import { contains, emptySet, indexesOf, type PartitionSet, setOfIndexes } from "./partitionSet.ts";
import { allPartitions, type Partitioning } from "./partitions.ts";
import { sameKeys } from "./sameKeys.ts";

/** What some partitions need of an upstream asset. */
export interface UpstreamPartitions {
  readonly partitions: PartitionSet;
  /** What they need as well, but does not exist. */
  readonly nonexistent: NonexistentKeys;
}

/** What a set of downstream partitions needs, by a mapping that knows no dimensions. */
export function simpleUpstream(
  mapping: SimpleMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): UpstreamPartitions {
  if (set.count === 0) return { partitions: emptySet, nonexistent: noKeys };
  switch (mapping.kind) {
    case "identity":
      return sameKeys(downstream, upstream, set);
    case "all":
      return { partitions: allPartitions(upstream), nonexistent: noKeys };
    case "last":
      return { partitions: setOfIndexes(lastOf(upstream)), nonexistent: noKeys };
    case "specific": {
      const nonexistent = mapping.keys.filter(key => upstream.indexOf(key) === null);
      return { partitions: indexesOfKeys(mapping.keys, upstream), nonexistent: listOfKeys(nonexistent) };
    }
    case "static":
      return { partitions: tableUpstream(mapping, upstream, downstream, set), nonexistent: noKeys };
    case "timeWindow":
      if (upstream.kind !== "time" || downstream.kind !== "time") return unfit(mapping);
      return upstreamWindows(mapping, upstream, downstream, set);
  }
}

/** The downstream partitions that need any of a set of upstream ones, by a mapping that knows no dimensions. */
export function simpleDownstream(
  mapping: SimpleMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): PartitionSet {
  if (set.count === 0) return emptySet;
  switch (mapping.kind) {
    case "identity":
      return sameKeys(upstream, downstream, set).partitions;
    case "all":
      return allPartitions(downstream);
    case "last":
      return contains(set, upstream.count - 1) ? allPartitions(downstream) : emptySet;
    case "specific": {
      const wanted = mapping.keys.some(key => contains(set, upstream.indexOf(key) ?? -1));
      return wanted ? allPartitions(downstream) : emptySet;
    }
    case "static":
      return indexesOfKeys(
        [...indexesOf(set)].flatMap(index => mapping.map[upstream.keyAt(index)] ?? []),
        downstream,
      );
    case "timeWindow":
      if (upstream.kind !== "time" || downstream.kind !== "time") return unfit(mapping);
      return downstreamWindows(mapping, upstream, downstream, set);
  }
}

function lastOf({ count }: Partitioning): number[] {
  return count === 0 ? [] : [count - 1];
}

function indexesOfKeys(keys: readonly string[], partitions: Partitioning): PartitionSet {
  return setOfIndexes(keys.map(key => partitions.indexOf(key)).filter(index => index !== null));
}

function tableUpstream(
  { map }: StaticMapping,
  upstream: Partitioning,
  downstream: Partitioning,
  set: PartitionSet,
): PartitionSet {
  const isWanted = (key: string) => contains(set, downstream.indexOf(key) ?? -1);
  const keys = Object.keys(map).filter(key => map[key]?.some(isWanted));
  return indexesOfKeys(keys, upstream);
}

function unfit({ kind }: SimpleMapping): never {
  throw new RangeError(`A mapping of the kind ${kind} stands between partitions that it does not fit.`);
}

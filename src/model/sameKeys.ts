import { type NonexistentKeys, noKeys } from "./nonexistentKeys.ts";
import {
  indexesOf,
  intersection,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
  setOfRanges,
} from "./partitionSet.ts";
import type { Partitioning } from "./partitions.ts";
import { samePartitions, type TimePartitions } from "./partitionsDefinition.ts";
import { factorsOfSet, productOfSets } from "./setProduct.ts";
import type { TimeWindows } from "./timeWindows.ts";

/** The partitions of one asset that have the same keys as some of another, and the keys that have none. */
export function sameKeys(
  from: Partitioning,
  to: Partitioning,
  set: PartitionSet,
): { readonly partitions: PartitionSet; readonly nonexistent: NonexistentKeys } {
  const partitions = counterparts(from, to, set);
  const count = set.count - partitions.count;
  if (count === 0) return { partitions, nonexistent: noKeys };
  const nonexistent = {
    count,
    *keys() {
      for (const index of indexesOf(set)) {
        const key = from.keyAt(index);
        if (to.indexOf(key) === null) yield key;
      }
    },
  };
  return { partitions, nonexistent };
}

function counterparts(from: Partitioning, to: Partitioning, set: PartitionSet): PartitionSet {
  if (from.kind === "multi" && to.kind === "multi") {
    // A key has as many parts as there are dimensions, so keys are the same when their parts are.
    if (from.dimensions.length !== to.dimensions.length) return setOfRange(0, 0);
    const products = factorsOfSet(set, from.sizes).map(factors => {
      const mapped = factors.map((factor, i) => {
        const [dimension, other] = [from.dimensions[i], to.dimensions[i]];
        return dimension && other ? counterparts(dimension.partitions, other.partitions, factor) : factor;
      });
      return productOfSets(mapped, to.sizes);
    });
    return setOfRanges(products.flatMap(it => it.ranges));
  }
  const shift = shiftBetween(from, to);
  if (shift !== null) {
    const moved = set.ranges.map(it => ({ from: it.from + shift, to: it.to + shift }));
    return intersection(setOfRanges(moved), setOfRange(0, to.count));
  }
  const indexes = [...indexesOf(set)].map(index => to.indexOf(from.keyAt(index)));
  return setOfIndexes(indexes.filter(index => index !== null));
}

/** By how much the indexes of the same keys differ, where that is the same for all of them. */
function shiftBetween(from: Partitioning, to: Partitioning): number | null {
  if (from.kind === "time" && to.kind === "time") {
    return haveSameWindows(from, to) ? to.indexOfAny(from.keyAt(0)) : null;
  }
  const isSameList =
    from.kind === "listed" && to.kind === "listed" && samePartitions(from.definition, to.definition);
  return isSameList && from.count === to.count ? 0 : null;
}

function haveSameWindows(a: TimeWindows, b: TimeWindows): boolean {
  return samePartitions(withoutEnds(a.definition), withoutEnds(b.definition));
}

function withoutEnds(definition: TimePartitions): TimePartitions {
  return { ...definition, start: "", end: null, endOffset: 0 };
}

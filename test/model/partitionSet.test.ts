import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  contains,
  containsAll,
  difference,
  emptySet,
  indexesOf,
  intersection,
  type PartitionSet,
  sameSet,
  setOfIndexes,
  setOfRange,
  setOfRanges,
  splitSet,
  union,
} from "../../src/model/partitionSet.ts";
import { factorsOfSet, productOfSets } from "../../src/model/setProduct.ts";

const indexes = fc.uniqueArray(fc.integer({ min: -10, max: 40 }));

describe("sets of partitions are sets of numbers", () => {
  test("what two sets have together, in common and apart is what their numbers have", () => {
    const property = fc.property(indexes, indexes, (a, b) => {
      const [left, right] = [setOfIndexes(a), setOfIndexes(b)];
      expect(numbers(union(left, right))).toEqual(sorted(new Set([...a, ...b])));
      expect(numbers(intersection(left, right))).toEqual(sorted(a.filter(it => b.includes(it))));
      expect(numbers(difference(left, right))).toEqual(sorted(a.filter(it => !b.includes(it))));
      expect(containsAll(left, right)).toBe(b.every(it => a.includes(it)));
      expect(sameSet(left, right)).toBe(a.length === b.length && a.every(it => b.includes(it)));
    });
    fc.assert(property);
  });

  test("a set counts what it holds, in the fewest ranges", () => {
    const property = fc.property(indexes, list => {
      const set = setOfIndexes(list);
      expect(set.count).toBe(list.length);
      expect(set.ranges.length).toBe(list.filter(it => !list.includes(it - 1)).length);
      for (let index = -12; index < 42; index++) expect(contains(set, index)).toBe(list.includes(index));
    });
    fc.assert(property);
  });

  test("a set splits after so many", () => {
    const property = fc.property(indexes, fc.integer({ min: -1, max: 60 }), (list, count) => {
      const [first, rest] = splitSet(setOfIndexes(list), count);
      expect(numbers(first)).toEqual(sorted(list).slice(0, Math.max(0, count)));
      expect(numbers(rest)).toEqual(sorted(list).slice(Math.max(0, count)));
    });
    fc.assert(property);
  });

  test("ranges may come in any order, touch, overlap or hold nothing", () => {
    const ranges = [
      { from: 7, to: 9 },
      { from: 3, to: 3 },
      { from: 0, to: 2 },
      { from: 2, to: 4 },
      { from: 8, to: 12 },
      { from: 20, to: 10 },
    ];
    expect(setOfRanges(ranges)).toEqual({
      ranges: [
        { from: 0, to: 4 },
        { from: 7, to: 12 },
      ],
      count: 9,
    });
    expect(setOfRange(5, 5)).toBe(emptySet);
  });
});

describe("combinations of dimensions", () => {
  const size = fc.integer({ min: 1, max: 4 });
  const sizes = fc.array(size, { minLength: 1, maxLength: 3 });

  test("a product holds every combination of what its sets hold", () => {
    const property = fc.property(withSubsets(sizes), ({ sizes, subsets }) => {
      const expected = combinations(subsets).map(places =>
        places.reduce((at, place, i) => at * (sizes[i] ?? 1) + place, 0),
      );
      expect(numbers(productOfSets(subsets.map(setOfIndexes), sizes))).toEqual(sorted(expected));
    });
    fc.assert(property);
  });

  test("the products of its factors are the set again, none twice", () => {
    const property = fc.property(sizes, fc.infiniteStream(fc.boolean()), (sizes, chosen) => {
      const all = sizes.reduce((product, it) => product * it, 1);
      const set = setOfIndexes(Array.from({ length: all }, (_, i) => i).filter(() => chosen.next().value));
      const products = factorsOfSet(set, sizes).map(factors => productOfSets(factors, sizes));
      expect(products.reduce((count, it) => count + it.count, 0)).toBe(set.count);
      expect(sameSet(products.reduce(union, emptySet), set)).toBe(true);
    });
    fc.assert(property);
  });

  test("a rectangle of 1,000 × 1,000 has one pair of factors", () => {
    const sets = [setOfRange(10, 900), setOfRange(3, 700)];
    expect(factorsOfSet(productOfSets(sets, [1000, 1000]), [1000, 1000])).toEqual([sets]);
  });
});

function numbers(set: PartitionSet): number[] {
  return [...indexesOf(set)];
}

function sorted(list: Iterable<number>): number[] {
  return [...list].sort((a, b) => a - b);
}

function withSubsets(sizes: fc.Arbitrary<number[]>) {
  return sizes.chain(all =>
    fc
      .tuple(...all.map(it => fc.subarray(Array.from({ length: it }, (_, i) => i))))
      .map(subsets => ({ sizes: all, subsets })),
  );
}

function combinations(lists: number[][]): number[][] {
  return lists.reduce<number[][]>((all, list) => all.flatMap(it => list.map(value => [...it, value])), [[]]);
}

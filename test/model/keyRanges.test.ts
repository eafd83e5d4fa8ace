import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineMultiPartitions, defineStaticPartitions } from "../../src/model/definePartitions.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import type { Defined } from "../../src/model/definitionFault.ts";
import { keyRangesOf, setOfKeyRanges } from "../../src/model/keyRanges.ts";
import { setOfIndexes, setOfRanges } from "../../src/model/partitionSet.ts";
import { partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";

const hourly = definition(
  defineTimePartitions("hourly", { start: "2024-11-02T20:00", timezone: "America/New_York" }),
);
const cities = definition(defineStaticPartitions(["rome", "berlin", "paris"]));
const both = definition(defineMultiPartitions({ city: cities, hour: hourly }));
const now = Date.parse("2024-11-03T12:00:00Z");

describe("a set is kept by its keys", () => {
  test("each range by its first and last key", () => {
    const set = setOfRanges([
      { from: 0, to: 2 },
      { from: 5, to: 7 },
    ]);
    expect(keyRangesOf(set, partitionsAt(hourly, { now }))).toEqual([
      { first: "2024-11-02-20:00", last: "2024-11-02-21:00" },
      { first: "2024-11-03-01:00", last: "2024-11-03-01:00-0500" },
    ]);
  });

  test("what is kept is the same set when it is read, whatever it holds", () => {
    for (const kept of [hourly, cities, both]) {
      const partitions = partitionsAt(kept, { now });
      const property = fc.property(fc.uniqueArray(fc.nat(partitions.count - 1)), indexes => {
        const set = setOfIndexes(indexes);
        expect(setOfKeyRanges(keyRangesOf(set, partitions), partitions)).toEqual({ set, unknown: [] });
      });
      fc.assert(property, { numRuns: 50 });
    }
  });

  test("it holds the same partitions when more have come into being", () => {
    const [before, after] = [now, now + 5 * 3_600_000].map(it => partitionsAt(both, { now: it }));
    if (before === undefined || after === undefined) return expect.fail("two moments");
    const ranges = keyRangesOf(setOfRanges([{ from: 3, to: before.count }]), before);
    const { set } = setOfKeyRanges(ranges, after);
    expect(set.count).toBe(before.count - 3);
    expect(keyRangesOf(set, after)).toEqual(ranges);
  });

  test("a range of which an end is gone is named", () => {
    const gone = { first: "rome", last: "oslo" };
    expect(setOfKeyRanges([gone, { first: "berlin", last: "paris" }], partitionsAt(cities, { now }))).toEqual(
      {
        set: setOfIndexes([1, 2]),
        unknown: [gone],
      },
    );
  });
});

function definition(defined: Defined<PartitionsDefinition>): PartitionsDefinition {
  return "definition" in defined ? defined.definition : expect.fail(JSON.stringify(defined.faults));
}

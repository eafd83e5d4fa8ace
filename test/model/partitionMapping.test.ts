import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defineMultiPartitions, defineStaticPartitions } from "../../src/model/definePartitions.ts";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import type { Defined } from "../../src/model/definitionFault.ts";
import { downstreamPartitions, upstreamPartitions } from "../../src/model/mapPartitions.ts";
import type { PartitionMapping } from "../../src/model/partitionMapping.ts";
import {
  contains,
  emptySet,
  indexesOf,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
  union,
} from "../../src/model/partitionSet.ts";
import { type Partitioning, partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { resolveMapping } from "../../src/model/resolveMapping.ts";
import type { TimeWindows } from "../../src/model/timeWindows.ts";
import { aMoment, aTimeDefinition } from "../support/partitionsArbitrary.ts";

const cities = definition(defineStaticPartitions(["berlin", "paris", "rome"]));
const aDefinition: fc.Arbitrary<PartitionsDefinition | null> = fc.oneof(
  { weight: 5, arbitrary: aTimeDefinition },
  fc.constant(cities),
  fc.constant({ kind: "dynamic" as const, name: "customers" }),
  fc.constant(null),
  fc
    .tuple(aTimeDefinition, fc.boolean())
    .map(([day, isFirst]) =>
      definition(defineMultiPartitions({ day, [isFirst ? "city" : "place"]: cities })),
    ),
);
const dynamicKeys = () => ["c", "a", "b"];

describe("mappings lead there and back", () => {
  test("whatever needs a partition is among what needs what it needs", () => {
    const property = fc.property(aDefinition, aDefinition, aMoment, fc.nat(), (up, down, now, seed) => {
      const { mapping, ups, downs } = inferred(up, down, now);
      const x = setOfRange(seed % ups.count, (seed % ups.count) + 1);
      const needing = downstreamPartitions(mapping, ups, downs, x);
      const { partitions } = upstreamPartitions(mapping, ups, downs, needing);
      if (needing.count > 0) expect(contains(partitions, seed % ups.count)).toBe(true);
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("a set needs what each of its partitions needs", () => {
    const property = fc.property(
      aDefinition,
      aDefinition,
      aMoment,
      fc.array(fc.nat(), { maxLength: 12 }),
      (up, down, now, seeds) => {
        const { mapping, ups, downs } = inferred(up, down, now);
        const together = (set: PartitionSet, map: (one: PartitionSet) => PartitionSet) =>
          [...indexesOf(set)].map(it => map(setOfRange(it, it + 1))).reduce(union, emptySet);
        const wanted = setOfIndexes(seeds.map(it => it % downs.count));
        const given = setOfIndexes(seeds.map(it => it % ups.count));
        expect(upstreamPartitions(mapping, ups, downs, wanted).partitions).toEqual(
          together(wanted, one => upstreamPartitions(mapping, ups, downs, one).partitions),
        );
        expect(downstreamPartitions(mapping, ups, downs, given)).toEqual(
          together(given, one => downstreamPartitions(mapping, ups, downs, one)),
        );
      },
    );
    fc.assert(property, { numRuns: 100 });
  });

  test("windows of any zones are mapped by the time that they share", () => {
    const property = fc.property(
      aTimeDefinition,
      aTimeDefinition,
      aMoment,
      fc.nat(),
      (up, down, now, seed) => {
        const [ups, downs] = [up, down].map(it => partitionsAt(it, { now })) as [TimeWindows, TimeWindows];
        fc.pre(downs.count > 0);
        const index = seed % downs.count;
        const window = downs.windowAt(index);
        const mapping = { kind: "timeWindow", startOffset: 0, endOffset: 0, allowNonexistent: true } as const;
        const expected = [];
        const near = ups.startingIn(window.start - 400 * 86_400_000, window.end);
        for (let i = Math.max(0, near.from); i < Math.min(near.to, ups.count); i++) {
          const { start, end } = ups.windowAt(i);
          if (start < window.end && window.start < end) expected.push(i);
        }
        const { partitions } = upstreamPartitions(mapping, ups, downs, setOfRange(index, index + 1));
        expect([...indexesOf(partitions)]).toEqual(expected);
      },
    );
    fc.assert(property, { numRuns: 60 });
  });
});

describe("what a partition needs", () => {
  test("the days before it, as far as there are any", () => {
    const daily = time("daily", { start: "2026-01-01" });
    expect(
      upstreamKeys(
        { kind: "timeWindow", startOffset: -2, endOffset: 0, allowNonexistent: false },
        daily,
        daily,
        ["2026-01-02", "2026-01-20"],
      ),
    ).toEqual(["2026-01-01", "2026-01-02", "2026-01-18", "2026-01-19", "2026-01-20"]);
  });

  test("the working day before it, over a weekend", () => {
    const workingDays = time("cron", { start: "2026-01-01", cron: "0 0 * * 1-5" });
    const before = { kind: "timeWindow", startOffset: -1, endOffset: -1, allowNonexistent: false } as const;
    expect(upstreamKeys(before, workingDays, workingDays, ["2026-01-05"])).toEqual(["2026-01-02"]);
    expect(
      upstreamKeys(null, time("daily", { start: "2026-01-01" }), workingDays, ["2026-01-02", "2026-01-05"]),
    ).toEqual(["2026-01-02", "2026-01-05"]);
  });

  test("the two UTC days that a day of another zone touches", () => {
    const utc = time("daily", { start: "2026-01-01" });
    const tokyo = time("daily", { start: "2026-01-01", timezone: "Asia/Tokyo" });
    expect(upstreamKeys(null, utc, tokyo, ["2026-01-03"])).toEqual(["2026-01-02", "2026-01-03"]);
  });

  test("a century of hours behind a century of days, without a list of either", () => {
    const hours = time("hourly", { start: "1926-01-01", timezone: "America/New_York" });
    const days = time("daily", { start: "1926-01-01", timezone: "America/New_York" });
    const [ups, downs] = [hours, days].map(it =>
      partitionsAt(it, { now: Date.parse("2026-01-01T05:00:00Z") }),
    ) as [Partitioning, Partitioning];
    expect(downs.count).toBe(36_525);
    const resolved = resolveMapping(null, hours, days);
    if ("fault" in resolved) return expect.fail(resolved.fault.what);
    const { partitions } = upstreamPartitions(resolved.mapping, ups, downs, setOfRange(0, downs.count));
    expect(partitions).toEqual(setOfRange(0, ups.count));
    expect(ups.count).toBe(36_525 * 24);
  });

  test("the window with the same key, when the assets began at different times", () => {
    const [late, early] = ["2026-01-10", "2026-01-01"].map(start => time("daily", { start }));
    if (late === undefined || early === undefined) return expect.fail("two definitions");
    expect(upstreamKeys({ kind: "identity" }, late, early, ["2026-01-12"])).toEqual(["2026-01-12"]);
    expect(upstreamKeys({ kind: "identity" }, early, late, ["2026-01-12"])).toEqual(["2026-01-12"]);
  });

  test("a dimension that is not named needs all of it", () => {
    const [day, week] = [time("daily", { start: "2026-01-01" }), time("weekly", { start: "2026-01-01" })];
    const up = definition(defineMultiPartitions({ city: cities, day }));
    const down = definition(defineMultiPartitions({ city: cities, week }));
    const mapping: PartitionMapping = {
      kind: "multi",
      dimensions: { day: { downstreamDimension: "week", mapping: null } },
    };
    const keys = upstreamKeys(mapping, up, down, ["paris|2026-01-11"]);
    expect(keys).toHaveLength(3 * 7);
    expect(keys.slice(0, 2)).toEqual(["berlin|2026-01-11", "berlin|2026-01-12"]);
  });
});

describe("a mapping that does not fit says why", () => {
  const daily = time("daily", { start: "2026-01-01" });
  const both = definition(defineMultiPartitions({ city: cities, day: daily }));
  const wrong: [
    string,
    PartitionMapping | null,
    PartitionsDefinition | null,
    PartitionsDefinition | null,
    string,
  ][] = [
    [
      "nothing in common",
      null,
      cities,
      daily,
      "Which static partition upstream a daily partition downstream needs",
    ],
    [
      "equal keys of different kinds",
      { kind: "identity" },
      cities,
      daily,
      "cannot need the static partition",
    ],
    [
      "windows of a list",
      { kind: "timeWindow", startOffset: -1, endOffset: 0, allowNonexistent: false },
      cities,
      daily,
      "Windows of time are asked of a static partition",
    ],
    [
      "half a window",
      { kind: "timeWindow", startOffset: 0.5, endOffset: 0, allowNonexistent: false },
      daily,
      daily,
      "A window is moved by 0.5 partitions",
    ],
    [
      "a key that is none",
      { kind: "specific", keys: ["pariss"] },
      cities,
      daily,
      'names "pariss", which is no partition of the upstream asset',
    ],
    [
      "a key of the whole",
      { kind: "specific", keys: ["paris"] },
      null,
      daily,
      "asked of an asset that has no partitions",
    ],
    [
      "a table between windows",
      { kind: "static", map: { paris: ["x"] } },
      cities,
      daily,
      "A table of keys is given for a daily partition",
    ],
    [
      "a dimension that is none",
      { kind: "multiToSingle", dimension: "cty" },
      both,
      cities,
      'There is no dimension "cty"',
    ],
    [
      "a dimension that is cut differently",
      { kind: "multiToSingle", dimension: "day" },
      both,
      cities,
      'The dimension "day" is cut differently',
    ],
    [
      "no dimensions at all",
      { kind: "multiToSingle", dimension: "day" },
      daily,
      daily,
      "not exactly one has dimensions",
    ],
  ];
  for (const [name, mapping, up, down, message] of wrong) {
    test(name, () => {
      const resolved = resolveMapping(mapping, up, down);
      expect("fault" in resolved && `${resolved.fault.what}. ${resolved.fault.whatToDo}`).toContain(message);
    });
  }
});

/** Two assets that have partitions and a mapping that goes without saying; others are not looked at. */
function inferred(up: PartitionsDefinition | null, down: PartitionsDefinition | null, now: number) {
  const resolved = resolveMapping(null, up, down);
  const ups = partitionsAt(up, { now, dynamicKeys });
  const downs = partitionsAt(down, { now, dynamicKeys });
  fc.pre(ups.count > 0 && downs.count > 0);
  const mapping = "mapping" in resolved ? resolved.mapping : null;
  fc.pre(mapping !== null);
  return { mapping, ups, downs };
}

function upstreamKeys(
  given: PartitionMapping | null,
  up: PartitionsDefinition,
  down: PartitionsDefinition,
  keys: string[],
): string[] {
  const resolved = resolveMapping(given, up, down);
  if ("fault" in resolved) return expect.fail(resolved.fault.what);
  const moment = { now: Date.parse("2026-02-01T00:00:00Z") };
  const [ups, downs] = [partitionsAt(up, moment), partitionsAt(down, moment)];
  const wanted = setOfIndexes(keys.map(key => downs.indexOf(key) ?? expect.fail(`${key} does not exist`)));
  const needs = upstreamPartitions(resolved.mapping, ups, downs, wanted);
  expect([...needs.nonexistent.keys()]).toEqual([]);
  return [...indexesOf(needs.partitions)].map(index => ups.keyAt(index));
}

function time(...parameters: Parameters<typeof defineTimePartitions>): PartitionsDefinition {
  return definition(defineTimePartitions(...parameters));
}

function definition<Definition>(defined: Defined<Definition>): Definition {
  return "definition" in defined ? defined.definition : expect.fail(JSON.stringify(defined.faults));
}

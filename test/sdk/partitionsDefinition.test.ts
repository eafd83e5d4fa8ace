import {
  cronPartitions,
  DefinitionError,
  dailyPartitions,
  dynamicPartitions,
  hourlyPartitions,
  monthlyPartitions,
  multiPartitions,
  staticPartitions,
  weeklyPartitions,
} from "millrace";
import { describe, expect, test } from "vitest";
import { partitionsAt } from "../../src/model/partitions.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { definitionPlace } from "../../src/sdk/definitionPlace.ts";
import { isPartitions } from "../../src/sdk/partitions.ts";

const now = Date.parse("2026-02-03T12:00:00Z");

describe("partitions are what their definition says", () => {
  test("days begin at midnight in UTC when nothing else is said", () => {
    expect(lastOf(dailyPartitions({ start: "2026-01-01" }))).toEqual({ count: 33, key: "2026-02-02" });
  });

  test("what has not ended yet is there when it is asked for", () => {
    const daily = dailyPartitions({
      start: "2026-01-01",
      endOffset: 1,
      hourOffset: 6,
      timezone: "Asia/Tokyo",
    });
    expect(lastOf(daily)).toEqual({ count: 34, key: "2026-02-03" });
  });

  test("hours, weeks and months are cut alike", () => {
    expect(lastOf(hourlyPartitions({ start: "2026-02-03", minuteOffset: 30 }))).toEqual({
      count: 11,
      key: "2026-02-03-10:30",
    });
    expect(lastOf(weeklyPartitions({ start: "2026-01-01", dayOffset: 1 }))).toEqual({
      count: 4,
      key: "2026-01-26",
    });
    expect(lastOf(monthlyPartitions({ start: "2025-01-01", keyFormat: "%Y-%m" }))).toEqual({
      count: 13,
      key: "2026-01",
    });
  });

  test("working days are days with holes between them", () => {
    const workingDays = cronPartitions({ cron: "0 0 * * 1-5", start: "2026-01-01", exclude: ["2026-01-06"] });
    const windows = partitionsAt(workingDays, { now });
    expect(keysOf(workingDays).slice(0, 5)).toEqual([
      "2026-01-01",
      "2026-01-02",
      "2026-01-05",
      "2026-01-07",
      "2026-01-08",
    ]);
    expect(windows.kind === "time" && windows.windowAt(1)).toEqual({
      start: Date.parse("2026-01-02T00:00Z"),
      end: Date.parse("2026-01-03T00:00Z"),
    });
  });

  test("a cron that fires several times a day has the time in its keys", () => {
    const { key } = lastOf(cronPartitions({ cron: "0 6,18 * * *", start: "2026-01-01" }));
    expect(key).toBe("2026-02-02-18:00");
  });

  test("dimensions are combined in the order of their names", () => {
    const both = multiPartitions({
      day: dailyPartitions({ start: "2026-02-01" }),
      city: staticPartitions(["paris", "berlin"]),
    });
    expect(keysOf(both)).toEqual([
      "paris|2026-02-01",
      "paris|2026-02-02",
      "berlin|2026-02-01",
      "berlin|2026-02-02",
    ]);
  });

  test("keys of dynamic partitions come from the state", () => {
    const customers = dynamicPartitions("customers");
    const partitions = partitionsAt(customers, { now, dynamicKeys: name => [`${name}-b`, `${name}-a`] });
    expect([0, 1].map(index => partitions.keyAt(index))).toEqual(["customers-b", "customers-a"]);
    expect(partitionsAt(customers, { now }).count).toBe(0);
  });

  test("a definition is known by its brand and cannot be changed", () => {
    const daily = dailyPartitions({ start: "2026-01-01" });
    expect([
      isPartitions(daily),
      isPartitions({ ...daily }),
      isPartitions(JSON.parse(JSON.stringify(daily))),
    ]).toEqual([true, true, false]);
    expect(() => Object.assign(daily, { start: "2020-01-01" })).toThrow(TypeError);
  });
});

describe("a wrong definition says what is wrong, where, and what to write instead", () => {
  const wrong: [string, () => unknown, string][] = [
    ["no start", () => dailyPartitions({} as never), '"start" of daily partitions is undefined'],
    ["no options", () => cronPartitions(undefined as never), "The options of cron partitions are undefined"],
    [
      "a date that is none",
      () => dailyPartitions({ start: "2026-02-30" }),
      '"start" of daily partitions is "2026-02-30" (…). Write a date "2026-01-31"',
    ],
    [
      "an instant instead of a wall clock",
      () => dailyPartitions({ start: "2026-01-01T00:00Z" }),
      'The zone stands in "timezone".',
    ],
    [
      "a zone that is none",
      () => dailyPartitions({ start: "2026-01-01", timezone: "+02:00" }),
      '"timezone" of daily partitions is "+02:00"',
    ],
    [
      "an option that does not exist",
      () => dailyPartitions({ start: "2026-01-01", timeZone: "UTC" } as never),
      'The option "timeZone" of daily partitions does not exist (…). Did you mean "timezone"?',
    ],
    [
      "an offset of another kind",
      () => hourlyPartitions({ start: "2026-01-01", hourOffset: 3 } as never),
      'hourly partitions have no "hourOffset" (…). They are moved by minuteOffset.',
    ],
    [
      "an offset out of range",
      () => monthlyPartitions({ start: "2026-01-01", dayOffset: 31 }),
      '"dayOffset" of monthly partitions is 31',
    ],
    [
      "a cron that is none",
      () => cronPartitions({ cron: "0 25 * * *", start: "2026-01-01" }),
      'In the cron "0 25 * * *" "25" is no hour. Write a number from 0 to 23.',
    ],
    [
      "keys that are the same for several windows",
      () => hourlyPartitions({ start: "2026-01-01", keyFormat: "%Y-%m-%d" }),
      "which gives several windows one key (…). Add %H.",
    ],
    [
      "a directive that is none",
      () => dailyPartitions({ start: "2026-01-01", keyFormat: "%Y-%b" }),
      'holds "%b". It may hold %Y %m %d %H %M %S %z.',
    ],
    [
      "an exclusion that is no window",
      () => dailyPartitions({ start: "2026-01-01", exclude: ["christmas"] }),
      '"exclude" of daily partitions holds "christmas", where no window begins (…). Write a key such as "2026-01-01"',
    ],
    [
      "an exclusion at which no window begins",
      () => dailyPartitions({ start: "2026-01-01", hourOffset: 5, exclude: [{ cron: "0 0 * * 0" }] }),
      'at which no window begins (…). The windows begin at "0 5 * * *"',
    ],
    [
      "exclusions that leave nothing",
      () => dailyPartitions({ start: "2026-01-01", exclude: [{ cron: "0 0 * * *" }] }),
      '"exclude" of daily partitions leaves no window',
    ],
    ["a key that is no text", () => staticPartitions(["a", 5 as never]), "given an array with 5"],
    ["a key twice", () => staticPartitions(["a", "b", "a"]), 'The partition key "a" is listed twice'],
    [
      "a key with the mark of ranges",
      () => staticPartitions(["a...b"]),
      'The partition key "a...b" holds "..."',
    ],
    ["a key with a line break", () => staticPartitions(["a\nb"]), '"a\\nb" holds a control character'],
    ["dynamic partitions without a name", () => dynamicPartitions(" "), "Dynamic partitions have no name"],
    [
      "one dimension",
      () => multiPartitions({ city: staticPartitions(["a"]) }),
      'Multi partitions have one dimension, "city"',
    ],
    [
      "a dimension that is none",
      () => multiPartitions({ day: "daily" as never, city: staticPartitions(["a"]) }),
      'The dimension "day" of multi partitions is the text "daily"',
    ],
    [
      "dimensions within a dimension",
      () => {
        const both = multiPartitions({ a: staticPartitions(["1"]), b: staticPartitions(["2"]) });
        return multiPartitions({ both, c: staticPartitions(["3"]) });
      },
      'The dimension "both" has dimensions itself',
    ],
    [
      "a key that cannot be part of a longer one",
      () => multiPartitions({ a: staticPartitions(["x|y"]), b: staticPartitions(["2"]) }),
      '"x|y" of the dimension "a" holds one of the characters | [ ] and comma',
    ],
  ];
  for (const [name, define, message] of wrong) {
    test(name, () => {
      const error = errorOf(define);
      expect(error).toBeInstanceOf(DefinitionError);
      expect(definitionPlace(error)?.file).toMatch(/partitionsDefinition\.test\.ts$/);
      expect(error.message.replaceAll(/\(\S+partitionsDefinition\.test\.ts:\d+\)/g, "(…)")).toContain(
        message,
      );
    });
  }

  test("all that is wrong is said at once", () => {
    const define = () =>
      dailyPartitions({ start: "x", end: "y", timezone: "z", minuteOffset: 61, endOffset: 0.5 });
    expect((errorOf(define) as DefinitionError).problems).toHaveLength(5);
  });
});

function lastOf(definition: PartitionsDefinition) {
  const { count, keyAt } = partitionsAt(definition, { now });
  return { count, key: keyAt(count - 1) };
}

function keysOf(definition: PartitionsDefinition) {
  const { count, keyAt } = partitionsAt(definition, { now });
  return Array.from({ length: count }, (_, index) => keyAt(index));
}

function errorOf(define: () => unknown): Error {
  try {
    define();
  } catch (error) {
    return error as Error;
  }
  return expect.fail("nothing was said against it");
}

import { expect, test } from "vitest";
import { listedPartitions } from "../../src/model/listedPartitions.ts";
import { partitionsAt } from "../../src/model/partitions.ts";
import type { SimplePartitions, TimePartitions } from "../../src/model/partitionsDefinition.ts";
import { neededInVain, unknownPartition } from "../../src/model/unknownPartition.ts";

const daily: TimePartitions = {
  kind: "daily",
  cron: "0 0 * * *",
  start: "2026-01-01T00:00",
  end: null,
  timezone: "UTC",
  keyFormat: "%Y-%m-%d",
  endOffset: 0,
  exclusions: [],
};
const cities: SimplePartitions = { kind: "static", keys: ["Oslo", "Bergen", "Tromsø"] };
const now = Date.UTC(2026, 0, 11, 12);
const days = partitionsAt(daily, { now });
const both = partitionsAt(
  {
    kind: "multi",
    dimensions: [
      { name: "city", partitions: cities },
      { name: "day", partitions: daily },
    ],
  },
  { now },
);

test("a window before the first, one that goes on, and one after a last that was declared", () => {
  expect(unknownPartition(days, "2025-12-31")).toContain(
    ": it is before the first one. There are 2026-01-01",
  );
  expect(unknownPartition(days, "2026-01-11")).toBe(
    'There is no partition "2026-01-11": it has not ended yet. There are 2026-01-01 … 2026-01-10 (10).',
  );
  const ended = partitionsAt({ ...daily, end: "2026-01-05T00:00" }, { now });
  expect(unknownPartition(ended, "2026-01-06")).toContain(": it is after the last one.");
});

test("another day is never proposed, only the same one in its own spelling", () => {
  for (const key of ["2026-01-31", "2026-01-011", "2025-01-01", "yesterday"]) {
    expect(unknownPartition(days, key)).not.toContain("Did you mean");
  }
  for (const key of ["2026-1-5", "2026/01/05", "20260105"]) {
    expect(unknownPartition(days, key)).toContain('Did you mean "2026-01-05"?');
  }
  expect(unknownPartition(partitionsAt(cities, { now }), "oslo")).toContain('Did you mean "Oslo"?');
});

test("what people write between the ends of a range is told to be three dots", () => {
  for (const range of ["2026-01-02..2026-01-04", "2026-01-02 … 2026-01-04", "2026-01-02-2026-01-04"]) {
    expect(unknownPartition(days, range)).toContain("three dots: 2026-01-02...2026-01-04.");
  }
  expect(unknownPartition(days, "2026-01-02..2027-01-04")).toContain("2026-01-02...2027-01-04");
});

test("of several dimensions the one is named that has no such key", () => {
  expect(unknownPartition(both, "Osl|2026-01-02")).toBe(
    'There is no partition "Osl|2026-01-02": city has no "Osl". There are Oslo|2026-01-01 … Tromsø|2026-01-10 (30). Did you mean "Oslo|2026-01-02"?',
  );
  expect(unknownPartition(both, "Oslo|2025-01-02")).toContain(
    ': day has no "2025-01-02", it is before the first one.',
  );
  expect(unknownPartition(both, "2026-01-02")).toContain(": a key has 2 parts, city|day.");
});

test("where there are none, or one alone, that is said", () => {
  expect(unknownPartition(listedPartitions(null, []), "a")).toBe(
    'There is no partition "a": none exists yet.',
  );
  expect(unknownPartition(listedPartitions(null, ["only"]), "a")).toContain("There is only alone.");
});

test("one that others need is not there for a reason, each with a remedy of its own", () => {
  const ended = partitionsAt({ ...daily, end: "2026-01-05T00:00" }, { now });
  expect(neededInVain(days, "2025-12-31", "weeks")).toBe(
    "which does not exist: it is before the first one. Begin the partitions of both at the same time",
  );
  expect(neededInVain(days, "2026-01-11", "weeks")).toBe(
    "which does not exist: it has not ended yet. Leave out the last partitions of weeks by endOffset",
  );
  expect(neededInVain(ended, "2026-01-06", "weeks")).toBe(
    "which does not exist: it is after the last one. End the partitions of both at the same time",
  );
});

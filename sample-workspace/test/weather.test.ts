import { describe, expect, test } from "vitest";
import { coverageOf } from "../weather/coverage.ts";
import { readCsv } from "../weather/csv.ts";
import { type Reading, readingIn, type StationLine } from "../weather/reading.ts";
import { withoutOutliers } from "../weather/validation.ts";

/** The work itself is plain functions, tested as such. */
describe("a weather file", () => {
  const read = (text: string) => [...readCsv(["station", "unit"], { name: "a.csv", text })];

  test("is read under the names of its columns", () => {
    expect(read("station,unit\nBER-01,C\nDEN-01,F\n")).toEqual([
      { station: "BER-01", unit: "C", line: 2 },
      { station: "DEN-01", unit: "F", line: 3 },
    ]);
  });

  test("may come from Windows", () => {
    expect(read("\uFEFFstation,unit\r\nBER-01,C\r\n")).toEqual([{ station: "BER-01", unit: "C", line: 2 }]);
  });

  test("of another shape is refused with its name and line", () => {
    expect(() => read("station\nBER-01\n")).toThrow('a.csv:1: the columns are "station"');
    expect(() => read("station,unit\nBER-01\n")).toThrow("a.csv:2: there are 1 values for 2 columns");
    expect(() => read("")).toThrow("a.csv:1");
  });
});

describe("a line", () => {
  test.each([
    ["10.0", "C", 10],
    ["50.0", "F", 10],
    ["-40", "F", -40],
  ])("of %s °%s is %d °C", (temperature, unit, celsius) => {
    expect(readingIn(line({ temperature, unit }))?.celsius).toBe(celsius);
  });

  test.each([
    { temperature: "" },
    { temperature: "n/a" },
    { temperature: "1O.4" },
    { unit: "K" },
    { observed_at: "yesterday" },
  ])("with %j holds no reading", garbled => {
    expect(readingIn(line(garbled))).toBeNull();
  });

  test("whose humidity is garbled still has a temperature", () => {
    expect(readingIn(line({ humidity: "--" }))).toMatchObject({ celsius: 10, humidity: null });
  });
});

test("an outlier is measured at its own station: 35 °C is news in Bergen and weather in Nairobi", () => {
  const bergen = [8, 9, 35, 10].map(celsius => reading({ station: "BER-01", celsius }));
  const nairobi = [24, 35, 26].map(celsius => reading({ station: "NBO-01", celsius }));
  expect(withoutOutliers([...bergen, ...nairobi]).map(it => it.celsius)).toEqual([8, 9, 10, 24, 35, 26]);
});

describe("coverage", () => {
  test("counts each hour once, and finds the longest gap", () => {
    const hours = [0, 1, 1, 2, 8, 9];
    const readings = hours.map(hour =>
      reading({ observed_at: new Date(Date.UTC(2026, 0, 31, hour)), arrived_on: "2026-01-31" }),
    );
    expect(coverageOf(readings)).toMatchObject([
      { expected_hours: 24, present_hours: 5, coverage: 0.208, longest_gap_hours: 14 },
    ]);
  });

  test("does not count what is left over from before the first file", () => {
    const before = reading({ observed_at: new Date("2026-01-30T23:00:00Z"), arrived_on: "2026-01-31" });
    expect(coverageOf([before])).toMatchObject([{ present_hours: 0, longest_gap_hours: 24 }]);
  });

  test("of no readings is nothing", () => {
    expect(coverageOf([])).toEqual([]);
  });
});

function line(fields: Partial<StationLine>): StationLine {
  return {
    station: "BER-01",
    city: "Bergen",
    observed_at: "2026-01-31T12:00:00Z",
    temperature: "10.0",
    unit: "C",
    humidity: "60",
    arrived_on: "2026-01-31",
    ...fields,
  };
}

function reading(fields: Partial<Reading>): Reading {
  return {
    station: "BER-01",
    city: "Bergen",
    observed_at: new Date("2026-01-31T12:00:00Z"),
    celsius: 10,
    humidity: 60,
    arrived_on: "2026-01-31",
    ...fields,
  };
}

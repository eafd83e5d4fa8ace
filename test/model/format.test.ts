import { describe, expect, test } from "vitest";
import { formatAgo, formatCount, formatDuration, formatRows } from "../../src/model/format.ts";

const now = Date.parse("2026-02-01T12:00:00Z");

describe("durations have at most two units", () => {
  test.each([
    [-5, "0 ms"],
    [0, "0 ms"],
    [840.4, "840 ms"],
    [999.6, "1 s"],
    [1_240, "1.2 s"],
    [4_000, "4 s"],
    [9_960, "10 s"],
    [12_300, "12 s"],
    [59_700, "1 min"],
    [185_000, "3 min 5 s"],
    [3_599_600, "1 h"],
    [7_500_000, "2 h 5 min"],
    [24 * 3_600_000, "1 d"],
    [76 * 3_600_000, "3 d 4 h"],
  ])("%d ms is %s", (milliseconds, expected) => {
    expect(formatDuration(milliseconds)).toBe(expected);
  });
});

describe("times are told relative to now", () => {
  test.each([
    ["2026-02-01T12:00:03Z", "just now"],
    ["2026-02-01T11:59:57Z", "just now"],
    ["2026-02-01T11:59:48Z", "12 s ago"],
    ["2026-02-01T11:59:00Z", "1 min ago"],
    ["2026-02-01T11:57:00Z", "3 min ago"],
    ["2026-02-01T09:30:00Z", "2 h ago"],
    ["2026-01-31T11:00:00Z", "25 h ago"],
    ["2026-01-30T11:00:00Z", "2 d ago"],
    ["2025-10-01T12:00:00Z", "4 months ago"],
    ["2021-10-01T12:00:00Z", "4 years ago"],
    ["2026-02-01T14:00:00+05:00", "3 h ago"],
    ["yesterday", "at an unknown time"],
  ])("%s is %s", (instant, expected) => {
    expect(formatAgo(instant, now)).toBe(expected);
  });
});

test("counts are separated by thousands, in the reader's locale when it is given", () => {
  expect(formatCount(999)).toBe("999");
  expect(formatCount(1_234_567)).toBe("1,234,567");
  expect(formatCount(12_345_678_901_234_567_890n)).toBe("12,345,678,901,234,567,890");
  expect(formatCount(1_204, "de-DE")).toBe("1.204");
});

test("one row is not rows", () => {
  expect([0, 1, 1_204].map(rows => formatRows(rows))).toEqual(["0 rows", "1 row", "1,204 rows"]);
});

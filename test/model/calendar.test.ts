import { describe, expect, test } from "vitest";
import { dateOf, dayMs, dayNumber, daysInMonth, weekdayOf } from "../../src/model/calendar.ts";
import { parseWallClock, spellWallClock } from "../../src/model/wallClock.ts";

describe("the calendar", () => {
  test("has the days of every century, leap years and their ends included", () => {
    for (const year of [
      1, 4, 100, 399, 400, 1600, 1699, 1700, 1899, 1900, 1969, 1970, 2000, 2024, 2100, 2400, 9999,
    ]) {
      for (const [month, day] of [
        [1, 1],
        [2, 28],
        [2, daysInMonth(year, 2)],
        [3, 1],
        [12, 31],
      ] as [number, number][]) {
        const date = new Date(0);
        date.setUTCFullYear(year, month - 1, day);
        const days = date.getTime() / dayMs;
        expect(dayNumber({ year, month, day })).toBe(days);
        expect(dateOf(days)).toEqual({ year, month, day });
        expect(weekdayOf(days)).toBe(date.getUTCDay());
      }
    }
  });
});

describe("a wall clock", () => {
  test("is read as it is spelled", () => {
    for (const text of ["2026-01-31T06:30", "1899-12-31T23:59:59", "0001-01-01T00:00"]) {
      expect(spellWallClock(parseWallClock(text) ?? Number.NaN)).toBe(text);
    }
    expect(parseWallClock("2026-01-31")).toBe(Date.parse("2026-01-31T00:00Z"));
    expect(parseWallClock("2026-01-31 06:30")).toBe(Date.parse("2026-01-31T06:30Z"));
  });

  test("is nothing that no clock shows", () => {
    for (const text of [
      "2026-02-29",
      "2026-13-01",
      "2026-01-01T24:00",
      "2026-1-1",
      "0000-01-01",
      "today",
      "",
    ]) {
      expect(parseWallClock(text)).toBeNull();
    }
  });
});

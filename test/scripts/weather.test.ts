import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";
import { csvOf, daysUntil } from "../../scripts/weather/csvFile.ts";
import { parseOptions } from "../../scripts/weather/options.ts";

const january = daysUntil("2026-01-31", 30);

describe("the weather files", () => {
  test("the same seed writes the same bytes, today and next year", () => {
    expect(csvOf("2026-01-31", 1)).toBe(csvOf("2026-01-31", 1));
    expect(csvOf("2026-01-31", 1).split("\n").slice(0, 4)).toMatchInlineSnapshot(`
      [
        "station,city,observed_at,temperature,unit,humidity",
        "BER-02,Bergen,2026-01-30T20:00:00Z,1.3,C,62",
        "DEN-01,Denver,2026-01-30T23:00:00Z,44.2,F,55",
        "LIS-01,Lisbon,2026-01-30T20:00:00Z,13.8,C,58",
      ]
    `);
  });

  test("another seed writes other weather", () => {
    expect(csvOf("2026-01-31", 2)).not.toBe(csvOf("2026-01-31", 1));
  });

  test("a day is the same in a month and in a week", () => {
    expect(daysUntil("2026-01-31", 7)).toEqual(january.slice(-7));
  });

  test("days count back over the ends of months and years", () => {
    expect(daysUntil("2024-03-01", 2)).toEqual(["2024-02-29", "2024-03-01"]);
    expect(daysUntil("2026-01-01", 2)).toEqual(["2025-12-31", "2026-01-01"]);
  });
});

describe("a month holds every fault that the sample teaches to handle", () => {
  const rows = january.flatMap(day =>
    csvOf(day, 1)
      .trim()
      .split("\n")
      .slice(1)
      .map(line => {
        const [station = "", city = "", observedAt = "", temperature = "", unit = "", humidity = ""] =
          line.split(",");
        return { day, line, station, city, observedAt, temperature, unit, humidity };
      }),
  );
  const distinct = new Set(rows.map(it => it.line));

  test("both units, twelve stations in five cities", () => {
    expect(new Set(rows.map(it => it.unit))).toEqual(new Set(["C", "F"]));
    expect(new Set(rows.map(it => it.station)).size).toBe(12);
    expect(new Set(rows.map(it => it.city)).size).toBe(5);
  });

  test("gaps: some hours are missing, of the station with the bad cable most", () => {
    const share = (lines: string[], stations: number) => lines.length / (30 * 24 * stations);
    const ofBadCable = [...distinct].filter(it => it.startsWith("BER-03"));
    const ofOthers = [...distinct].filter(it => !it.startsWith("BER-03"));
    expect(share(ofBadCable, 1)).toBeLessThan(0.9);
    expect(share(ofOthers, 11)).toBeGreaterThan(0.95);
    expect(share(ofOthers, 11)).toBeLessThan(0.999);
  });

  test("duplicates: a line is sent twice", () => {
    expect(rows.length - distinct.size).toBeGreaterThan(20);
  });

  test("late rows: an evening's reading arrives in the file of the next day, and only there", () => {
    const late = rows.filter(it => !it.observedAt.startsWith(it.day));
    expect(late.length).toBeGreaterThan(10);
    for (const it of late) expect(daysUntil(it.day, 2)[0]).toBe(it.observedAt.slice(0, 10));
    expect(rows.filter(it => late.some(other => other.line === it.line && other.day !== it.day))).toEqual([]);
  });

  test("outliers: temperatures that no city has", () => {
    expect(rows.filter(it => Math.abs(Number(it.temperature)) > 80).length).toBeGreaterThan(10);
  });

  test("malformed values: temperature or humidity is no number", () => {
    const isNumber = (text: string) => text !== "" && !Number.isNaN(Number(text));
    expect(rows.filter(it => !isNumber(it.temperature)).length).toBeGreaterThan(5);
    expect(rows.filter(it => !isNumber(it.humidity)).length).toBeGreaterThan(5);
  });
});

describe("npm run weather", () => {
  test("without arguments it is January 2026 by seed 1", () => {
    expect(parseOptions([])).toEqual({ days: 30, end: "2026-01-31", seed: 1 });
  });

  test("reads days, end and seed", () => {
    expect(parseOptions(["--days", "2", "--end=2024-02-29", "--seed", "7"])).toEqual({
      days: 2,
      end: "2024-02-29",
      seed: 7,
    });
  });

  test.each([
    [["--days", "0"], "--days 0: write a whole number from 1 to 3660."],
    [["--days", "ten"], "--days ten: write a whole number from 1 to 3660."],
    [["--end", "2026-02-30"], "--end 2026-02-30: write a day such as 2026-01-31."],
    [["--end", "yesterday"], "--end yesterday: write a day such as 2026-01-31."],
    [["--seed", "1.5"], "--seed 1.5: write a whole number from 0 to 2147483648."],
  ])("%j is refused with a sentence", (args, error) => {
    expect(parseOptions(args)).toEqual({ error });
  });

  test("an option that does not exist is named, and the exit code is 2", async () => {
    const run = promisify(execFile)(process.execPath, ["scripts/weather.mjs", "--day", "3"]);
    await expect(run).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("'--day'") });
  });
});

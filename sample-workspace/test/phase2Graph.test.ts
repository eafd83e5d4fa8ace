import { materialize } from "millrace";
import { describe, expect, test } from "vitest";
import { rawWeatherData } from "../assets/phase1FirstAssets.ts";
import { cityAggregates, stationCoverage, validatedReadings } from "../assets/phase2Graph.ts";

/** Assets above the tested ones need not run: their rows are handed in by key. */
async function materializeFrom(lines: ReturnType<typeof line>[]) {
  return materialize([validatedReadings, cityAggregates, stationCoverage], {
    inputs: { [rawWeatherData.key]: lines },
  });
}

describe("validated readings", () => {
  test("hold one reading per station and hour: a line that came twice counts once", async () => {
    const result = await materializeFrom([line(), line(), line({ hour: 1 })]);
    expect(result.rows(validatedReadings)).toBe(2);
    expect(result.metadata(validatedReadings)).toEqual({ unreadable: 0, duplicates: 1, outliers: 0 });
  });

  test("hold a late reading under the hour in which it was observed", async () => {
    const late = line({ day: "2026-01-30", hour: 22, arrived_on: "2026-01-31" });
    const result = await materializeFrom([line(), late]);
    expect(result.value(validatedReadings).map(it => it.observed_at.toISOString())).toContain(
      "2026-01-30T22:00:00.000Z",
    );
  });

  test("leave out a sensor that was stuck", async () => {
    const steady = Array.from({ length: 5 }, (_, hour) => line({ hour }));
    const result = await materializeFrom([...steady, line({ hour: 5, temperature: "-127.0" })]);
    expect(result.rows(validatedReadings)).toBe(5);
    expect(result.metadata(validatedReadings)).toMatchObject({ outliers: 1 });
  });
});

test("city aggregates are one row per city and day, over all of its stations and in one unit", async () => {
  const result = await materializeFrom([
    line({ station: "BER-01", temperature: "4.0" }),
    line({ station: "BER-02", temperature: "42.8", unit: "F" }),
    line({ station: "DEN-01", city: "Denver", temperature: "14.0", unit: "F", humidity: "" }),
  ]);

  expect(result.value(cityAggregates)).toEqual([
    {
      city: "Bergen",
      day: "2026-01-31",
      stations: 2,
      readings: 2,
      min_celsius: 4,
      mean_celsius: 5,
      max_celsius: 6,
      mean_humidity: 60,
    },
    {
      city: "Denver",
      day: "2026-01-31",
      stations: 1,
      readings: 1,
      min_celsius: -10,
      mean_celsius: -10,
      max_celsius: -10,
      mean_humidity: null,
    },
  ]);
});

test("station coverage names the stations that send too little, and is materialized nevertheless", async () => {
  const wholeDay = Array.from({ length: 24 }, (_, hour) => line({ hour }));
  const halfDay = wholeDay.slice(12).map(it => ({ ...it, station: "BER-03" }));
  const result = await materializeFrom([...wholeDay, ...halfDay]);

  expect(result.value(stationCoverage).map(it => [it.station, it.coverage])).toEqual([
    ["BER-01", 1],
    ["BER-03", 0.5],
  ]);
  expect(result.checks(stationCoverage)).toMatchObject([
    {
      name: "covered",
      status: "failed",
      severity: "warning",
      message: expect.stringContaining("BER-03 (50 %)"),
    },
  ]);
});

function line(
  { day = "2026-01-31", hour = 0, ...fields } = {} as Partial<RawLine> & { day?: string; hour?: number },
) {
  return {
    station: "BER-01",
    city: "Bergen",
    observed_at: `${day}T${String(hour).padStart(2, "0")}:00:00Z`,
    temperature: "5.0",
    unit: "C",
    humidity: "60",
    arrived_on: day,
    ...fields,
  };
}

type RawLine = Record<"station" | "city" | "temperature" | "unit" | "humidity" | "arrived_on", string>;

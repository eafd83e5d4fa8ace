/**
 * Phase 2: a graph, and tests of the data.
 *
 *     raw_weather_data → validated_readings → city_aggregates
 *                                           → station_coverage
 *
 * The two at the end do not need each other and run at the same time. When a blocking check of
 * `validated_readings` fails, its old rows stay, and nothing below it runs.
 */
import { asset, columns, notNull, unique } from "millrace";
import { aggregateByCity } from "../weather/aggregation.ts";
import { coverageOf } from "../weather/coverage.ts";
import { readingIn } from "../weather/reading.ts";
import { withoutDuplicates, withoutOutliers } from "../weather/validation.ts";
import { rawWeatherData } from "./phase1FirstAssets.ts";

/** Declared columns give the table its types from the first day, and are checked by the compiler below. */
export const validatedReadings = asset("validated_readings", {
  description: "One reading per station and hour, in °C, without outliers.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "core" },
  inputs: { rawWeatherData },
  columns: columns({
    station: "text",
    city: "text",
    observed_at: "timestamptz",
    celsius: "double precision",
    humidity: "double precision",
    arrived_on: "date",
  }),
  checks: [
    unique(["station", "observed_at"], { blocking: true }),
    { name: "plausible", blocking: true, sql: "celsius between -60 and 60" },
    { name: "humidity_known", severity: "warning", sql: "humidity is not null" },
  ],
  materialize: ({ rawWeatherData }, { metadata }) => {
    const readable = rawWeatherData.flatMap(line => readingIn(line) ?? []);
    const single = withoutDuplicates(readable);
    const validated = withoutOutliers(single);
    metadata({
      unreadable: rawWeatherData.length - readable.length,
      duplicates: readable.length - single.length,
      outliers: single.length - validated.length,
    });
    return validated;
  },
});

export const cityAggregates = asset("city_aggregates", {
  description: "The weather of each city on each day.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { validatedReadings },
  columns: columns({
    city: "text",
    day: "date",
    stations: "integer",
    readings: "integer",
    min_celsius: "double precision",
    mean_celsius: "double precision",
    max_celsius: "double precision",
    mean_humidity: "double precision",
  }),
  checks: [
    notNull("city"),
    unique(["city", "day"], { blocking: true }),
    { name: "ordered", blocking: true, sql: "mean_celsius between min_celsius and max_celsius" },
  ],
  materialize: ({ validatedReadings }) => aggregateByCity(validatedReadings),
});

/** A check in TypeScript is written after the asset: there it knows the rows. It may say what is wrong. */
export const stationCoverage = asset("station_coverage", {
  description: "How much of what each station should have sent is there.",
  group: "weather",
  owners: ["team:weather", "stations@example.com"],
  tags: { layer: "report" },
  inputs: { validatedReadings },
  materialize: ({ validatedReadings }) => coverageOf(validatedReadings),
}).checks(({ rows }) => [rows("covered", namesStationsBelow(0.9), { severity: "warning" })]);

function namesStationsBelow(limit: number) {
  return async (stations: AsyncIterable<{ station: string; coverage: number }>) => {
    const poor: string[] = [];
    for await (const { station, coverage } of stations) {
      if (coverage < limit) poor.push(`${station} (${Math.round(coverage * 100)} %)`);
    }
    return poor.length === 0 || `Below ${limit * 100} %: ${poor.join(", ")}. Look at their cables.`;
  };
}

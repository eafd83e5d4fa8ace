/**
 * Phase 5: nobody clicks.
 *
 *     data/readings-*.csv ⇢ weather/daily_readings → weather/daily_frost → weather/frost_report
 *                                                  → stg_readings → daily_weather_summary → weather/latest_weather
 *
 * A file comes, and the daemon does the rest: a sensor requests the days of the file, and conditions carry what is new
 * from asset to asset. Start it by `millrace daemon`; what it did, and why, `millrace automation why` tells.
 */
import {
  and,
  anyDepsInProgress,
  anyDepsUpdated,
  asset,
  columns,
  dbtModel,
  fileSensor,
  freshWithin,
  inProgress,
  not,
  runRequest,
  skip,
  unique,
} from "millrace";
import { postgresTable } from "millrace/postgres";
import type { CityDay } from "../weather/alerts.ts";
import { frostByCity, frostOfCities } from "../weather/frost.ts";
import { lastDayOfCities } from "../weather/latest.ts";
import { dayBefore } from "../weather/reading.ts";
import { daily, dailyReadings } from "./phase3Partitions.ts";

/**
 * Called when a file appears or is written; each version of a file is handed over once. A file has readings of its own
 * day and late ones of the day before, so both are made. What lay there before the daemon first looked is let be.
 */
export const newWeatherFiles = fileSensor("new_weather_files", {
  description: "Makes the days of weather files that arrive.",
  files: "data/readings-*.csv",
  run: ({ files, lastTickAt }) => {
    if (lastTickAt === null) return skip(`${files.length} files were there before`);
    const days = files.flatMap(({ path }) => /\d{4}-\d{2}-\d{2}/.exec(path)?.[0] ?? []);
    const both = days.flatMap(day => [dayBefore(day), day]);
    return runRequest({ assets: [dailyReadings], partitions: [...new Set(both)].sort() });
  },
});

/**
 * `eager()` makes the latest day only, and weather arrives late. So this rule is put together from the parts of it:
 * what is upstream was updated and nothing came of that yet, it is complete, and nobody is at work already.
 */
const carriedOn = and(
  anyDepsUpdated().sinceLastHandled(),
  not(anyDepsInProgress()),
  not(inProgress()),
).labelled("carried on");

export const dailyFrost = asset("weather/daily_frost", {
  description: "The hours of frost in each city on a day.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { dailyReadings },
  partitions: daily,
  automation: carriedOn,
  io: postgresTable({ partitionColumn: "day" }),
  columns: columns({ city: "text", day: "date", hours: "integer", coldest: "double precision" }),
  checks: [
    unique(["city", "day"], { blocking: true }),
    { name: "within_a_day", sql: "hours between 0 and 24" },
  ],
  materialize: ({ dailyReadings }) => frostByCity(dailyReadings),
});

/** All days at once; it is overdue when no day was added for longer than a weekend. */
export const frostReport = asset("weather/frost_report", {
  description: "The days of frost of each city, and its coldest hour.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { dailyFrost },
  automation: carriedOn,
  freshness: freshWithin("3 d", { warn: "36 h" }),
  checks: [unique("city", { blocking: true })],
  materialize: ({ dailyFrost }) => frostOfCities(dailyFrost),
});

/** Models of dbt take rules as assets do; `eager` and the like may also stand in their `meta`. */
export const stagedReadings = dbtModel("stg_readings", { automation: carriedOn });
export const dailySummary = dbtModel<CityDay>("daily_weather_summary", {
  automation: carriedOn,
  freshness: freshWithin("3 d", { warn: "36 h" }),
});

/** The end of the way through dbt: what nobody asked for is there, a moment after the file came. */
export const latestWeather = asset("weather/latest_weather", {
  description: "The last day of each city.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { dailySummary },
  automation: carriedOn,
  checks: [unique("city", { blocking: true })],
  materialize: ({ dailySummary }) => lastDayOfCities(dailySummary),
});

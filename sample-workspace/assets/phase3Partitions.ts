/**
 * Phase 3: days.
 *
 *     weather/daily_readings → weather/daily_city_averages → weather/rolling_week
 *                            → weather/daily_extremes
 *
 * These assets are cut into days, and each day is made by itself: a day that is missing, failed or out of date is
 * repaired without touching the others. Click "Partitions…" above an asset, or run
 * `millrace materialize weather/daily_readings --partition 2026-01-31`.
 */
import { asset, columns, dailyPartitions, notNull, sql, sqlAsset, unique } from "millrace";
import { postgresTable } from "millrace/postgres";
import { weatherFiles } from "../resources/weatherFiles.ts";
import { averageByCity, weekOf } from "../weather/averages.ts";
import { readCsv } from "../weather/csv.ts";
import { columnsOfFiles, dayOf, readingIn } from "../weather/reading.ts";
import { withoutDuplicates, withoutOutliers } from "../weather/validation.ts";

/** The first of the days that `npm run weather` writes. A definition is a value: all assets below share this one. */
export const daily = dailyPartitions({ start: "2026-01-02", timezone: "UTC" });

/**
 * The function is called for one day: `partition.key` is "2026-01-31", `partition.window` its 24 hours. What is
 * late arrives with the file of the day after, so two files are read, and what lies in the window is kept.
 * `partitionColumn` says where a row belongs: the rows of this day are replaced, and a row of any other is refused.
 */
export const dailyReadings = asset("weather/daily_readings", {
  description: "One reading per station and hour, in °C, without outliers, on the day of its hour.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "core" },
  partitions: daily,
  resources: { weatherFiles },
  io: postgresTable({ partitionColumn: "observed_at" }),
  columns: columns({
    station: "text",
    city: "text",
    observed_at: "timestamptz",
    celsius: "double precision",
    humidity: "double precision",
    arrived_on: "date",
  }),
  checks: [unique(["station", "observed_at"], { blocking: true })],
  materialize: async (_, { partition, resources, metadata }) => {
    const { start, end } = partition.window;
    const files = await resources.weatherFiles.ofDays([partition.key, dayOf(end)]);
    const lines = files.flatMap(file =>
      [...readCsv(columnsOfFiles, file)].map(line => ({ ...line, arrived_on: file.day })),
    );
    const readings = lines
      .flatMap(line => readingIn(line) ?? [])
      .filter(({ observed_at }) => observed_at >= start && observed_at < end);
    const validated = withoutOutliers(withoutDuplicates(readings));
    metadata({ late: validated.filter(it => it.arrived_on !== partition.key).length });
    return validated;
  },
});

/** A day of this asset needs the same day of the one above, and receives no other rows. That goes without saying. */
export const dailyCityAverages = asset("weather/daily_city_averages", {
  description: "The mean temperature of each city on a day.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { dailyReadings },
  partitions: daily,
  io: postgresTable({ partitionColumn: "day" }),
  columns: columns({ city: "text", day: "date", readings: "integer", celsius: "double precision" }),
  checks: [
    notNull("city"),
    unique(["city", "day"], { blocking: true }),
    { name: "plausible", blocking: true, sql: "celsius between -60 and 60" },
  ],
  materialize: ({ dailyReadings }) => averageByCity(dailyReadings),
});

/**
 * Made where the data is: the function answers SQL, and no row is read into this process. `${dailyReadings}` has only
 * the rows of this day, and other values in `${…}` are handed over as parameters.
 */
export const dailyExtremes = sqlAsset("weather/daily_extremes", {
  description: "The coldest and the warmest reading of each city on a day.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { dailyReadings },
  partitions: daily,
  io: postgresTable({ partitionColumn: "day" }),
  columns: columns({ city: "text", day: "date", coldest: "double precision", warmest: "double precision" }),
  checks: [unique(["city", "day"], { blocking: true }), { name: "ordered", sql: "coldest <= warmest" }],
  sql: ({ dailyReadings }, { partition }) => sql`
    select city, ${partition.key} as day, min(celsius) as coldest, max(celsius) as warmest
    from ${dailyReadings}
    group by city`,
});

/**
 * A day of this asset needs seven days of the one above; on the first days fewer, for there are no more. A run of a
 * backfill makes ten days at once: `partition.keys` has them all, and the rows say to which day they belong.
 */
export const rollingWeek = asset("weather/rolling_week", {
  description: "The mean temperature of each city over the week that ends with a day.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { averages: dailyCityAverages.window(-6, 0) },
  partitions: daily,
  backfill: { partitionsPerRun: 10 },
  io: postgresTable({ partitionColumn: "day" }),
  columns: columns({ city: "text", day: "date", days: "integer", celsius: "double precision" }),
  checks: [{ name: "a_week_at_most", blocking: true, sql: "days between 1 and 7" }],
  materialize: ({ averages }, { partition }) => partition.keys.flatMap(day => weekOf(day, averages)),
});

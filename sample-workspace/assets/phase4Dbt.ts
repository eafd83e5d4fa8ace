/**
 * Phase 4: dbt.
 *
 *     weather/daily_readings → stg_readings → daily_weather_summary → weather/daily_alerts
 *                                           →                       → city_climate → weather/city_report
 *
 * What stands between the slashes is TypeScript, the rest are models of ../dbt_project, as dbt itself runs them. The
 * source of `stg_readings` is the table of `weather/daily_readings`: that joins both worlds. Run
 * `millrace materialize stg_readings+ --partition 2026-01-31`, or click above a model.
 */
import { asset, columns, dbtModel, notNull, unique } from "millrace";
import { postgresTable } from "millrace/postgres";
import { type CityDay, colderAndWarmer, unusualDays } from "../weather/alerts.ts";
import { daily } from "./phase3Partitions.ts";

/** A model is an input like any other: `dbtModel` names it as dbt's `ref` does, and its type says what rows it has. */
const dailySummary = dbtModel<CityDay>("daily_weather_summary");
const cityClimate = dbtModel<{ city: string; days: number; mean_celsius: number; celsius_range: number }>(
  "city_climate",
);

/** A day needs the same day of the model, for dbt's `meta` cuts it into the same days; no other rows are read. */
export const dailyAlerts = asset("weather/daily_alerts", {
  description:
    "The days on which a city had frost, or more than 15 degrees between its coldest and warmest hour.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { dailySummary },
  partitions: daily,
  io: postgresTable({ partitionColumn: "day" }),
  columns: columns({ city: "text", day: "date", alert: "text", celsius: "double precision" }),
  checks: [unique(["city", "day", "alert"], { blocking: true })],
  materialize: ({ dailySummary }) => unusualDays(dailySummary),
});

/** A test of dbt that fails holds this back as well: the tests of `city_climate` are its checks. */
export const cityReport = asset("weather/city_report", {
  description: "The cities from cold to warm.",
  group: "weather",
  owners: ["team:weather"],
  tags: { layer: "report" },
  inputs: { cityClimate },
  columns: columns({ place: "integer", city: "text", days: "integer", celsius: "double precision" }),
  checks: [notNull("city")],
  materialize: ({ cityClimate }) => colderAndWarmer(cityClimate),
});

import { describe, expect, test } from "vitest";
import { nameLines } from "../../webview/lineage/draw/nameLines.ts";

const letters = (text: string) => [...text].length;

describe("a name on a card", () => {
  test.each([
    ["city_report", 15, ["city_report"]],
    ["daily_weather_summary", 15, ["daily_weather_", "summary"]],
    ["daily_weather_summary", 8, ["daily_", "weather…"]],
    ["dailyWeatherSummary", 12, ["dailyWeather", "Summary"]],
    ["stg-readings.v2", 10, ["stg-", "readings.…"]],
    ["readings__per_day", 12, ["readings__", "per_day"]],
    ["precipitation", 8, ["precipi…"]],
    ["気象データ_日別", 7, ["気象データ_", "日別"]],
  ])("%s in %i letters", (name, width, lines) => {
    expect(nameLines(name, width, letters)).toEqual(lines);
  });
});

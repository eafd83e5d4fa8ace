import { materialize } from "millrace";
import { expect, test } from "vitest";
import { cityReport, dailyAlerts } from "../assets/phase4Dbt.ts";

test("a day of frost and a day of great swings are worth an alert", async () => {
  const result = await materialize([dailyAlerts], {
    partition: "2026-01-31",
    inputs: {
      daily_weather_summary: [
        { city: "Bergen", day: "2026-01-31", min_celsius: -3, max_celsius: 4 },
        { city: "Nairobi", day: "2026-01-31", min_celsius: 12, max_celsius: 28 },
        { city: "Lisbon", day: "2026-01-31", min_celsius: 9, max_celsius: 15 },
      ],
    },
  });
  expect(result.value(dailyAlerts)).toEqual([
    { city: "Bergen", day: "2026-01-31", alert: "frost", celsius: -3 },
    { city: "Nairobi", day: "2026-01-31", alert: "swing", celsius: 16 },
  ]);
});

test("the report begins with the coldest city", async () => {
  const city_climate = [
    { city: "Lisbon", days: 30, mean_celsius: 12.34, celsius_range: 9 },
    { city: "Bergen", days: 30, mean_celsius: 2.26, celsius_range: 14 },
  ];
  const result = await materialize([cityReport], { inputs: { city_climate } });
  expect(result.value(cityReport)).toEqual([
    { place: 1, city: "Bergen", days: 30, celsius: 2.3 },
    { place: 2, city: "Lisbon", days: 30, celsius: 12.3 },
  ]);
});

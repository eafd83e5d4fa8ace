/** The weather of a city on a day, as the model `daily_weather_summary` has it. */
export interface CityDay {
  city: string;
  /** "2026-01-31" */
  day: string;
  min_celsius: number;
  max_celsius: number;
}

/** One row for each reason to look at a day. */
export function unusualDays(days: readonly CityDay[]) {
  return days.flatMap(({ city, day, min_celsius, max_celsius }) => [
    ...(min_celsius < 0 ? [{ city, day, alert: "frost", celsius: min_celsius }] : []),
    ...(max_celsius - min_celsius > 15
      ? [{ city, day, alert: "swing", celsius: max_celsius - min_celsius }]
      : []),
  ]);
}

/** The cities in order, the coldest first. */
export function colderAndWarmer(cities: readonly { city: string; days: number; mean_celsius: number }[]) {
  return cities
    .toSorted((a, b) => a.mean_celsius - b.mean_celsius)
    .map(({ city, days, mean_celsius }, at) => ({
      place: at + 1,
      city,
      days,
      celsius: Math.round(mean_celsius * 10) / 10,
    }));
}

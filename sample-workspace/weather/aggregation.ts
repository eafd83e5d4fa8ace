import { groupBy } from "./groupBy.ts";
import { dayOf, type Reading } from "./reading.ts";

/** The weather of a city on a day. */
export interface CityDay {
  city: string;
  day: string;
  stations: number;
  readings: number;
  min_celsius: number;
  mean_celsius: number;
  max_celsius: number;
  mean_humidity: number | null;
}

/** One row per city and day, in that order. */
export function aggregateByCity(readings: readonly Reading[]): CityDay[] {
  const groups = groupBy(readings, it => `${it.city}\n${dayOf(it.observed_at)}`);
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([identity, its]) => {
      const [city = "", day = ""] = identity.split("\n");
      const temperatures = its.map(it => it.celsius);
      const humidities = its.flatMap(it => it.humidity ?? []);
      return {
        city,
        day,
        stations: new Set(its.map(it => it.station)).size,
        readings: its.length,
        min_celsius: Math.min(...temperatures),
        mean_celsius: mean(temperatures),
        max_celsius: Math.max(...temperatures),
        mean_humidity: humidities.length === 0 ? null : mean(humidities),
      };
    });
}

function mean(numbers: readonly number[]) {
  return Math.round((numbers.reduce((sum, it) => sum + it, 0) / numbers.length) * 100) / 100;
}

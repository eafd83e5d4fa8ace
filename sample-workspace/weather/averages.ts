import { groupBy } from "./groupBy.ts";
import { dayOf, type Reading } from "./reading.ts";

/** The temperature of a city on a day. */
export interface CityAverage {
  city: string;
  day: string;
  readings: number;
  celsius: number;
}

/** One row per city and day. */
export function averageByCity(readings: readonly Reading[]): CityAverage[] {
  const groups = groupBy(readings, it => `${it.city}\n${dayOf(it.observed_at)}`);
  return [...groups].map(([identity, its]) => {
    const [city = "", day = ""] = identity.split("\n");
    return { city, day, readings: its.length, celsius: mean(its.map(it => it.celsius)) };
  });
}

/** One row per city: its week that ends with a day, as far as there are averages. */
export function weekOf(day: string, averages: readonly Omit<CityAverage, "readings">[]) {
  const first = dayOf(new Date(Date.parse(day) - 6 * dayMs));
  const week = averages.filter(it => it.day >= first && it.day <= day);
  return [...groupBy(week, it => it.city)].map(([city, its]) => {
    return { city, day, days: its.length, celsius: mean(its.map(it => it.celsius)) };
  });
}

const dayMs = 86_400_000;

function mean(numbers: readonly number[]) {
  return Math.round((numbers.reduce((sum, it) => sum + it, 0) / numbers.length) * 100) / 100;
}

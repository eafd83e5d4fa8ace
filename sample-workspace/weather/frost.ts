import { groupBy } from "./groupBy.ts";
import { dayOf, type Reading } from "./reading.ts";

/** The frost of a city on a day: in how many of its hours a station was below zero, and how cold it got. */
export interface CityFrost {
  city: string;
  day: string;
  hours: number;
  coldest: number;
}

/** One row per city and day. */
export function frostByCity(readings: readonly Reading[]): CityFrost[] {
  const groups = groupBy(readings, it => `${it.city}\n${dayOf(it.observed_at)}`);
  return [...groups].map(([identity, its]) => {
    const [city = "", day = ""] = identity.split("\n");
    const frosty = its.filter(it => it.celsius < 0).map(it => it.observed_at.getUTCHours());
    return { city, day, hours: new Set(frosty).size, coldest: Math.min(...its.map(it => it.celsius)) };
  });
}

/** One row per city: on how many of its days there was frost, and the coldest hour of them all. */
export function frostOfCities(days: readonly CityFrost[]) {
  return [...groupBy(days, it => it.city)].map(([city, its]) => {
    const frosty = its.filter(it => it.hours > 0);
    return { city, days: its.length, frosty: frosty.length, coldest: Math.min(...its.map(it => it.coldest)) };
  });
}

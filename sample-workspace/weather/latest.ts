import type { CityDay } from "./alerts.ts";
import { groupBy } from "./groupBy.ts";

/** One row per city: its last day. */
export function lastDayOfCities(days: readonly CityDay[]): CityDay[] {
  return [...groupBy(days, it => it.city)].map(([, its]) =>
    its.reduce((last, it) => (it.day > last.day ? it : last)),
  );
}

import { type Reading, readingsArrivingOn } from "./readings.ts";

/** The text of `readings-DAY.csv`. */
export function csvOf(day: string, seed: number): string {
  return [header, ...readingsArrivingOn(day, seed).map(line)].map(it => `${it}\n`).join("");
}

/** The last `count` days up to and including `end`, oldest first. */
export function daysUntil(end: string, count: number): string[] {
  return Array.from({ length: count }, (_, at) =>
    new Date(Date.parse(end) - (count - 1 - at) * 86_400_000).toISOString().slice(0, 10),
  );
}

const header = "station,city,observed_at,temperature,unit,humidity";

function line({ station, city, observedAt, temperature, unit, humidity }: Reading) {
  return [station, city, observedAt, temperature, unit, humidity].join(",");
}

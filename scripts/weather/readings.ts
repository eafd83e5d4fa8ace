import { type Random, seededRandom } from "./random.ts";
import { type City, cities, type Station } from "./stations.ts";

/** One line of a file, as the station wrote it: also the numbers are text, and may be none. */
export interface Reading {
  readonly station: string;
  readonly city: string;
  /** ISO 8601, UTC, on the hour. */
  readonly observedAt: string;
  readonly temperature: string;
  readonly unit: "C" | "F";
  readonly humidity: string;
}

/**
 * The readings that arrive on a day: late ones of the day before, then the day's own.
 * They follow from day and seed alone, so that files written at different times agree.
 */
export function readingsArrivingOn(day: string, seed: number): Reading[] {
  return [...readingsObservedOn(dayBefore(day), seed).late, ...readingsObservedOn(day, seed).onTime];
}

function readingsObservedOn(day: string, seed: number): { onTime: Reading[]; late: Reading[] } {
  const onTime: Reading[] = [];
  const late: Reading[] = [];
  for (const city of cities) {
    for (const station of city.stations) {
      const random = seededRandom(`${seed} ${day} ${station.id}`);
      const silent = silentHours(station, random);
      for (let hour = 0; hour < 24; hour++) {
        const reading = withFault(observe(day, hour, city, station, random), random);
        const isLate = hour >= 20 && random.chance(0.04);
        const isSentTwice = random.chance(0.01);
        if (silent.has(hour)) continue;
        const arrivals = isLate ? late : onTime;
        arrivals.push(reading);
        if (isSentTwice) arrivals.push(reading);
      }
    }
  }
  return { onTime, late };
}

/** A gap is some hours in a row. */
function silentHours(station: Station, random: Random): Set<number> {
  if (!random.chance(station.gapsPerDay)) return new Set();
  const first = random.integer(0, 20);
  const length = random.integer(2, 7);
  return new Set(Array.from({ length }, (_, at) => first + at));
}

function observe(day: string, hour: number, city: City, station: Station, random: Random): Reading {
  const dayOfYear = (Date.parse(day) - Date.parse(`${day.slice(0, 4)}-01-01`)) / 86_400_000;
  const year = Math.cos(((dayOfYear - 201) / 365) * 2 * Math.PI);
  const time = Math.cos(((hour + city.offset - 15) / 24) * 2 * Math.PI);
  const celsius = city.mean + city.yearSwing * year + city.daySwing * time + random.normal();
  const humidity = Math.min(100, Math.max(5, 65 - 12 * time + 6 * random.normal()));
  return {
    station: station.id,
    city: city.name,
    observedAt: `${day}T${String(hour).padStart(2, "0")}:00:00Z`,
    temperature: (station.unit === "C" ? celsius : celsius * 1.8 + 32).toFixed(1),
    unit: station.unit,
    humidity: humidity.toFixed(0),
  };
}

/** Now and then a sensor is stuck or hit by the sun, or a line is garbled on its way. */
function withFault(reading: Reading, random: Random): Reading {
  const luck = random.next();
  if (luck < 0.004) return { ...reading, temperature: random.pick(["-127.0", "85.0", "999.9"]) };
  if (luck < 0.007) return { ...reading, temperature: random.pick(["n/a", "", "ERR", "1O.4"]) };
  if (luck < 0.009) return { ...reading, humidity: random.pick(["--", "", "104%"]) };
  return reading;
}

function dayBefore(day: string) {
  return new Date(Date.parse(day) - 86_400_000).toISOString().slice(0, 10);
}

import { groupBy } from "./groupBy.ts";
import type { Reading } from "./reading.ts";

/** How much of what a station should have sent is there. */
export interface Coverage {
  station: string;
  city: string;
  expected_hours: number;
  present_hours: number;
  /** Present over expected, 0 to 1. */
  coverage: number;
  longest_gap_hours: number;
}

const hour = 3_600_000;

/**
 * One row per station, over the days from the first file to the last; each station should send every hour.
 * A reading counts for the hour in which it was observed, in whichever file it arrived.
 */
export function coverageOf(readings: readonly Reading[]): Coverage[] {
  const days = readings.map(it => it.arrived_on).sort();
  const start = Date.parse(days[0] ?? "") / hour;
  const end = Date.parse(days.at(-1) ?? "") / hour + 24;

  return [...groupBy(readings, it => it.station)]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([station, its]) => {
      const present = hoursOf(its).filter(it => it >= start && it < end);
      return {
        station,
        city: its[0]?.city ?? "",
        expected_hours: end - start,
        present_hours: present.length,
        coverage: Math.round((present.length / (end - start)) * 1000) / 1000,
        longest_gap_hours: longestGap([start - 1, ...present, end]),
      };
    });
}

/** Hours since 1970, each once, in order. */
function hoursOf(readings: readonly Reading[]) {
  const hours = readings.map(it => Math.floor(it.observed_at.getTime() / hour));
  return [...new Set(hours)].sort((a, b) => a - b);
}

function longestGap(hours: readonly number[]) {
  return Math.max(...hours.slice(1).map((it, at) => it - (hours[at] ?? it) - 1));
}

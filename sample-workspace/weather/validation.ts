import { groupBy } from "./groupBy.ts";
import type { Reading } from "./reading.ts";

/** Stations repeat themselves: the first reading of a station and hour stays. */
export function withoutDuplicates(readings: readonly Reading[]): Reading[] {
  const seen = new Set<string>();
  return readings.filter(({ station, observed_at }) => {
    const identity = `${station} ${observed_at.toISOString()}`;
    return !seen.has(identity) && seen.add(identity);
  });
}

/**
 * Drops what is more than `tolerance` °C away from the station's median.
 * The median, because a mean would follow the very outliers that it should find.
 */
export function withoutOutliers(readings: readonly Reading[], tolerance = 20): Reading[] {
  const medians = new Map(
    [...groupBy(readings, it => it.station)].map(([station, its]) => [
      station,
      median(its.map(it => it.celsius)),
    ]),
  );
  return readings.filter(
    ({ station, celsius }) => Math.abs(celsius - (medians.get(station) ?? 0)) <= tolerance,
  );
}

function median(numbers: number[]) {
  const sorted = numbers.sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

import fc from "fast-check";
import { defineTimePartitions } from "../../src/model/defineTimePartitions.ts";
import type { TimePartitions } from "../../src/model/partitionsDefinition.ts";
import { zonesWithChanges } from "./clockChanges.ts";

export const timeKinds = ["hourly", "daily", "weekly", "monthly", "cron"] as const;
const crons = [
  "*/15 * * * *",
  "0 */6 * * *",
  "0 6,18 * * *",
  "0 2 * * 1-5",
  "0 9-17 * * 1-5",
  "30 1 1,15 * *",
  "0 0 31 * *",
  "0 0 1 */3 *",
  "0 0 * * 5#2",
];
const day = 86_400_000;

/** Windows of time of every kind and zone, which begin near a change of the clocks. */
export const aTimeDefinition = timeDefinitionOf(timeKinds, zonesWithChanges);

/** The same of some kinds and zones alone. */
export function timeDefinitionOf(
  kinds: readonly TimePartitions["kind"][],
  zones: readonly string[],
): fc.Arbitrary<TimePartitions> {
  return fc
    .record({
      kind: fc.constantFrom(...kinds),
      timezone: fc.constantFrom(...zones),
      cron: fc.constantFrom(...crons),
      startDay: fc.integer({ min: 0, max: 400 }),
      startHour: fc.constantFrom("T00:00", "T02:30", "T17:00"),
      hourOffset: fc.constantFrom(0, 0, 1, 2, 23),
      minuteOffset: fc.constantFrom(0, 0, 30, 45),
      dayOffset: fc.constantFrom(1, 3, 6),
      endOffset: fc.constantFrom(0, 0, 0, 1, -1),
      keyFormat: fc.constantFrom(undefined, undefined, "%Y%m%d.%H%M", "%d/%m/%Y %H:%M%z"),
      excludesSundays: fc.boolean(),
    })
    .map(
      ({ kind, timezone, cron, startDay, startHour, endOffset, excludesSundays, keyFormat, ...offsets }) => {
        const { minuteOffset, hourOffset, dayOffset } = offsets;
        const date = new Date(Date.parse("2023-09-01") + startDay * day).toISOString().slice(0, 10);
        const options = {
          hourly: { minuteOffset },
          daily: {
            minuteOffset,
            hourOffset,
            exclude: excludesSundays ? [{ cron: `${minuteOffset} ${hourOffset} * * 0` }] : [],
          },
          weekly: { minuteOffset, hourOffset, dayOffset },
          monthly: { minuteOffset, hourOffset, dayOffset },
          cron: { cron },
        };
        const defined = defineTimePartitions(kind, {
          start: `${date}${startHour}`,
          timezone,
          endOffset,
          ...(keyFormat ? { keyFormat } : {}),
          ...options[kind],
        });
        if ("faults" in defined) throw new Error(JSON.stringify(defined.faults));
        return defined.definition;
      },
    );
}

/** A moment up to two years after the first start. */
export const aMoment = fc
  .integer({ min: 0, max: 700 * 24 })
  .map(hours => Date.parse("2023-09-01T00:17:00Z") + hours * 3_600_000);

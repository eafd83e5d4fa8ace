import type { PartitionsDefinition, TimePartitions } from "../../src/model/partitionsDefinition.ts";
import { timeWindows } from "../../src/model/timeWindows.ts";
import type { Slice } from "../../src/sdk/slice.ts";

/** Daily partitions from 2020 on. */
export function daily(more: Partial<TimePartitions> = {}): TimePartitions {
  return {
    kind: "daily",
    cron: "0 0 * * *",
    start: "2020-01-01T00:00",
    end: null,
    timezone: "UTC",
    keyFormat: "%Y-%m-%d",
    endOffset: 0,
    exclusions: [],
    ...more,
  };
}

/** Windows of time from one key to another. */
export function timeSlice(definition: TimePartitions, first: string, last = first): Slice {
  const all = timeWindows(definition, 0);
  const [from, to] = [all.indexOfAny(first) as number, all.indexOfAny(last) as number];
  const indexes = Array.from({ length: to - from + 1 }, (_, at) => from + at);
  return { definition, keys: indexes.map(all.keyAt), windows: indexes.map(all.windowAt) };
}

/** Days of UTC. */
export function days(first: string, last = first): Slice {
  return timeSlice(daily(), first, last);
}

/** Partitions that are no windows of time. */
export function keys(...keys: string[]): Slice {
  return { definition: { kind: "static", keys }, keys, windows: null };
}

/** Of the dimensions city and day. */
export function cityDays(keys: string[], day: TimePartitions = daily()): Slice {
  const dimensions = [
    { name: "city", partitions: { kind: "static" as const, keys: ["Bern", "Zug", "Chur"] } },
    { name: "day", partitions: day },
  ];
  return { definition: { kind: "multi", dimensions } satisfies PartitionsDefinition, keys, windows: null };
}

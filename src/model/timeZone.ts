import { dateOf, dayMs, dayNumber, minuteMs } from "./calendar.ts";
import { leastRecentlyUsed } from "./leastRecentlyUsed.ts";

/**
 * A zone of the IANA database. Instants are milliseconds since 1970 in UTC; a wall clock is written as
 * the instant at which UTC shows the same date and time, so that instant + offset = wall clock.
 */
export interface TimeZone {
  readonly name: string;
  /** Milliseconds that the wall clock is ahead of UTC. */
  offsetAt(instant: number): number;
  /** What the offset was in a year of UTC, in order and without gaps. */
  spansOf(year: number): readonly OffsetSpan[];
}

/** A time in which the clocks are not changed. */
export interface OffsetSpan {
  readonly start: number;
  readonly end: number;
  readonly offset: number;
}

/** Whether there is such a zone; an offset such as "+02:00" is none, for it knows no summer time. */
export function isTimeZone(name: string): boolean {
  if (!/^[A-Za-z]/.test(name)) return false;
  try {
    timeZone(name);
    return true;
  } catch {
    return false;
  }
}

/** The zone of this name; throws when there is none, so ask `isTimeZone` of what a person wrote. */
export function timeZone(name: string): TimeZone {
  return zones.get(name, () => readTimeZone(name));
}

/**
 * The instant at which a zone's clocks show this time. A time that comes twice is the first one;
 * one that was skipped is read as if the clocks had not been changed yet, which is after the gap.
 */
export function instantOf(zone: TimeZone, wall: number): number {
  const before = zone.offsetAt(wall - dayMs);
  const after = zone.offsetAt(wall + dayMs);
  const isShownAt = (instant: number) => instant + zone.offsetAt(instant) === wall;
  return isShownAt(wall - before) || !isShownAt(wall - after) ? wall - before : wall - after;
}

/** The year of UTC that holds an instant. */
export function yearOf(instant: number): number {
  return dateOf(Math.floor(instant / dayMs)).year;
}

/** The first instant of a year of UTC. */
export function startOfYear(year: number): number {
  return dayNumber({ year, month: 1, day: 1 }) * dayMs;
}

const zones = leastRecentlyUsed<string, TimeZone>(64);
const yearsKept = 512;

/** Clocks that were changed and changed back in less than this would be overlooked; no zone did since 1939. */
const probeEvery = 6 * dayMs;

function readTimeZone(name: string): TimeZone {
  const probe = /^(UTC|Etc\/UTC)$/i.test(name) ? () => 0 : offsetProbe(name);
  const years = leastRecentlyUsed<number, readonly OffsetSpan[]>(yearsKept);
  return {
    name,
    spansOf: year => years.get(year, () => readSpans(year, probe)),
    offsetAt(instant) {
      const spans = years.peek(yearOf(instant));
      return spans === undefined ? probe(instant) : spanAt(spans, instant).offset;
    },
  };
}

/** The span that holds an instant, the first or last one when none does. */
export function spanAt<Span extends OffsetSpan>(spans: readonly Span[], instant: number): Span {
  let at = spans.length - 1;
  while (at > 0 && (spans[at] as Span).start > instant) at--;
  return spans[at] as Span;
}

function offsetProbe(name: string): (instant: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: name,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  return instant => {
    // Before the year 1 years are told by an era.
    const seconds = Math.floor(Math.max(instant, startOfYear(1) + dayMs) / 1000);
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = numbersIn(
      format.format(seconds * 1000),
    );
    const wall = dayNumber({ year, month, day }) * 86_400 + hour * 3600 + minute * 60 + second;
    return (wall - seconds) * 1000;
  };
}

function numbersIn(text: string): number[] {
  return text.match(/\d+/g)?.map(Number) ?? [];
}

function readSpans(year: number, probe: (instant: number) => number): readonly OffsetSpan[] {
  const end = startOfYear(year + 1);
  const spans: OffsetSpan[] = [];
  let start = startOfYear(year);
  let offset = probe(start);
  for (let at = start; at < end; at += probeEvery) {
    const later = Math.min(at + probeEvery, end - 1000);
    const offsetLater = probe(later);
    if (offsetLater === offset) continue;
    const change = firstChange(at, later, offset, probe);
    spans.push({ start, end: change, offset });
    [start, offset] = [change, offsetLater];
  }
  return [...spans, { start, end, offset }];
}

/** Clocks are mostly changed on a quarter of an hour, rarely on a minute, and long ago on any second. */
function firstChange(from: number, to: number, offset: number, probe: (instant: number) => number): number {
  let [low, high] = [from, to];
  for (const step of [15 * minuteMs, 1000]) {
    while (high - low > step) {
      const middle = Math.floor((low + high) / 2 / step) * step;
      if (middle <= low) break;
      if (probe(middle) === offset) low = middle;
      else high = middle;
    }
    if (probe(high - 1000) === offset) return high;
  }
  return high;
}

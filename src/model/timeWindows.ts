import { calendarUnit } from "./calendarUnit.ts";
import { countWhile } from "./countWhile.ts";
import { type Cron, parseCron } from "./cron.ts";
import { type KeyFormat, offsetInKey, parseKeyFormat, readOffset } from "./keyFormat.ts";
import { leastRecentlyUsed } from "./leastRecentlyUsed.ts";
import type { IndexRange } from "./partitionSet.ts";
import { partitionsId, type TimePartitions } from "./partitionsDefinition.ts";
import { cronTicks } from "./schedule.ts";
import { type Ticks, ticksWithout } from "./ticks.ts";
import { instantOf, spanAt, type TimeZone, timeZone, yearOf } from "./timeZone.ts";
import { parseWallClock } from "./wallClock.ts";

/** From an instant up to another, which is not included. */
export interface TimeWindow {
  readonly start: number;
  readonly end: number;
}

/**
 * The windows of a definition, in order. Those from 0 up to `count` exist;
 * smaller and larger indexes are of windows that began too early or have not ended yet.
 */
export interface TimeWindows {
  readonly kind: "time";
  readonly definition: TimePartitions;
  readonly count: number;
  /** No window that exists begins before this instant. */
  readonly start: number;
  keyAt(index: number): string;
  windowAt(index: number): TimeWindow;
  /** The index of a key, if its window exists. */
  indexOf(key: string): number | null;
  /** The index of a key, whether or not its window exists. */
  indexOfAny(key: string): number | null;
  /** The window that holds an instant, whether or not it exists; null in a hole. */
  indexAt(instant: number): number | null;
  /** The windows that begin from one instant up to another, whether or not they exist. */
  startingIn(from: number, to: number): IndexRange;
  /** The windows that share time with this one, whether or not they exist. */
  overlapping(window: TimeWindow): IndexRange;
  /** The time that some windows cover; where one ends and the next begins it is not interrupted. */
  stretches(range: IndexRange): TimeWindow[];
}

/** The windows of a definition as they are at `now`; the definition has been checked before. */
export function timeWindows(definition: TimePartitions, now: number): TimeWindows {
  const rule = rules.get(partitionsId(definition), () => windowRule(definition));
  const { starts, first } = rule;
  const count = countAt(now, rule, definition.endOffset);
  const lastStartUntil = (instant: number) => starts.countUntil(instant) - first;

  const windowAt = (index: number): TimeWindow => {
    const start = starts.at(first + index);
    return { start, end: endOf(start, rule) };
  };
  const indexOfAny = (key: string): number | null => {
    const start = startNamedBy(key, rule);
    return start === null ? null : lastStartUntil(start);
  };
  return {
    kind: "time",
    definition,
    count,
    start: rule.start,
    keyAt: index => keyOf(starts.at(first + index), rule),
    windowAt,
    indexOfAny,
    indexOf(key) {
      const index = indexOfAny(key);
      return index !== null && index >= 0 && index < count ? index : null;
    },
    indexAt(instant) {
      const index = lastStartUntil(instant);
      return windowAt(index).end > instant ? index : null;
    },
    startingIn: (from, to) => ({ from: lastStartUntil(from - 1) + 1, to: lastStartUntil(to - 1) + 1 }),
    overlapping({ start, end }) {
      const from = lastStartUntil(start);
      return { from: windowAt(from).end > start ? from : from + 1, to: lastStartUntil(end - 1) + 1 };
    },
    stretches: range => stretchesOf(range, rule, windowAt),
  };
}

/** How starts are named. */
interface KeyRule {
  readonly zone: TimeZone;
  readonly format: KeyFormat;
  /** The second of two equal times has its offset in its key. */
  readonly marksSecond: boolean;
  /** Where windows begin. */
  readonly starts: Ticks;
}

/** What is the same at every `now`. */
interface WindowRule extends KeyRule {
  /** Where they end. */
  readonly unit: Ticks;
  /** The number of the start with the index 0. */
  readonly first: number;
  readonly start: number;
  readonly end: number;
}

const rules = leastRecentlyUsed<string, WindowRule>(128);

function windowRule(definition: TimePartitions): WindowRule {
  const { timezone, exclusions } = definition;
  const zone = timeZone(timezone);
  const cron = readCron(definition.cron);
  const without = exclusions.flatMap(it => ("cron" in it ? [readCron(it.cron)] : []));
  const parsed = parseKeyFormat(definition.keyFormat);
  if ("error" in parsed) throw new RangeError(parsed.error);
  const { format } = parsed;
  const unit = calendarUnit(cron);
  const everyHour = unit.hours.length === 24;
  // The clocks treat a cron as they treat its unit: an hour of 9 to 17 that is skipped is not made up for.
  const starts = cronTicks(cron, timezone, without, unit);
  const all = { zone, format, marksSecond: everyHour && !format.directives.has("z"), starts };
  const holes = exclusions.flatMap(it => ("key" in it ? (startNamedBy(it.key, all) ?? []) : []));
  const kept = ticksWithout(starts, holes);
  const start = readInstant(zone, definition.start);
  return {
    ...all,
    starts: kept,
    unit: cronTicks(unit, timezone),
    first: kept.countUntil(start - 1) + 1,
    start,
    end: definition.end === null ? Number.POSITIVE_INFINITY : readInstant(zone, definition.end),
  };
}

/** A window exists when it has ended by the last end of a window until now, moved by so many ends. */
function countAt(now: number, { starts, unit, first, end }: WindowRule, endOffset: number): number {
  const lastEnd = Math.min(unit.at(unit.countUntil(now) + endOffset), end);
  const lastStart = unit.at(unit.countUntil(lastEnd) - 1);
  return Math.max(0, starts.countUntil(lastStart) - first + 1);
}

/** As many windows as there are units of the calendar between two of them leave no gap. */
function stretchesOf(
  { from, to }: IndexRange,
  { starts, unit, first }: WindowRule,
  windowAt: (index: number) => TimeWindow,
): TimeWindow[] {
  const unitsAt = (index: number) => unit.countUntil(starts.at(first + index));
  const stretches: TimeWindow[] = [];
  let at = from;
  while (at < to) {
    const begin = at;
    const firstUnit = unitsAt(begin);
    // Without holes the first try succeeds.
    const touches = (i: number) => unitsAt(begin + i) - firstUnit === i;
    const length = touches(to - begin - 1) ? to - begin : countWhile(to - begin, touches);
    at = begin + length;
    stretches.push({ start: windowAt(begin).start, end: windowAt(at - 1).end });
  }
  return stretches;
}

function endOf(start: number, { unit }: WindowRule): number {
  return unit.at(unit.countUntil(start) + 1);
}

function keyOf(start: number, { zone, format, marksSecond }: KeyRule): string {
  const span = spanAt(zone.spansOf(yearOf(start)), start);
  const wall = start + span.offset;
  const key = format.write(wall, span.offset);
  const isSecond = marksSecond && wall < span.start + zone.offsetAt(span.start - 1);
  return isSecond ? key + offsetInKey(span.offset) : key;
}

/** The start of the window with this key, or null when the key is written otherwise or names no start. */
function startNamedBy(key: string, rule: KeyRule): number | null {
  const { zone, format, starts } = rule;
  const named = readKey(key, rule.marksSecond, format);
  if (named === null) return null;
  const { wall, offset } = named;
  const earliest = offset === null ? instantOf(zone, wall) : wall - offset;
  // A key may leave out the time of day, and a time may have moved: the start is the first one from there on.
  const start = starts.at(starts.countUntil(earliest - 1) + 1);
  return keyOf(start, rule) === key ? start : null;
}

function readKey(key: string, marksSecond: boolean, format: KeyFormat): ReturnType<KeyFormat["read"]> {
  const plain = format.read(key);
  if (plain !== null || !marksSecond) return plain;
  const [, rest, offset] = /^(.*)([+-]\d{4}(?:\d\d)?)$/s.exec(key) ?? [];
  const named = rest === undefined ? null : format.read(rest);
  return named === null ? null : { wall: named.wall, offset: readOffset(offset as string) };
}

function readCron(text: string): Cron {
  const parsed = parseCron(text);
  if ("error" in parsed) throw new RangeError(parsed.error);
  return parsed.cron;
}

function readInstant(zone: TimeZone, text: string): number {
  const wall = parseWallClock(text);
  if (wall === null) throw new RangeError(`"${text}" is no date and time.`);
  return instantOf(zone, wall);
}

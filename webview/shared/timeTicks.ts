import { dateOf, dayMs, dayNumber, hourMs, minuteMs, weekdayOf } from "../../src/model/calendar.ts";
import { instantOf, type TimeZone, timeZone } from "../../src/model/timeZone.ts";
import type { Span } from "./span.ts";

/** A mark on an axis: where something begins, and its name. */
export interface Tick {
  readonly value: number;
  readonly label: string;
}

/** What an axis says: the names along it, and above them what they are part of. */
export interface Ticks {
  readonly minor: readonly Tick[];
  readonly major: readonly Tick[];
}

/** Years to seconds: as fine as there is room for, and as `finest` allows. */
export function timeTicks(span: Span, width: number, timezone: string, finest = hourMs): Ticks {
  const zone = timeZone(timezone);
  const perPixel = (span.to - span.from) / width;
  const scale =
    scales.find(it => it.lengthMs >= finest && it.lengthMs / perPixel >= it.room) ?? (scales.at(-1) as Scale);
  return { minor: ticksOf(scale, span, zone), major: scale.above ? ticksOf(scale.above, span, zone) : [] };
}

/** One division of time: where one begins at or before a wall clock, the next one, and its name. */
interface Division {
  floor(wall: number): number;
  next(wall: number): number;
  name(wall: number): string;
}

interface Scale extends Division {
  readonly lengthMs: number;
  /** The pixels that a name needs. */
  readonly room: number;
  readonly above: Division | null;
}

function ticksOf(division: Division, { from, to }: Span, zone: TimeZone): Tick[] {
  const ticks: Tick[] = [];
  let wall = division.floor(from + zone.offsetAt(from));
  for (;;) {
    const value = instantOf(zone, wall);
    if (value >= to) return ticks;
    ticks.push({ value, label: division.name(wall) });
    wall = division.next(wall);
  }
}

const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/** Hours and minutes, and seconds when there are some. */
function clock(lengthMs: number): Division {
  const two = (number: number) => String(Math.floor(number)).padStart(2, "0");
  return {
    floor: wall => Math.floor(wall / lengthMs) * lengthMs,
    next: wall => wall + lengthMs,
    name(wall) {
      const ofDay = modulo(wall, dayMs);
      const minutes = `${two(ofDay / hourMs)}:${two((ofDay % hourMs) / minuteMs)}`;
      return lengthMs < minuteMs ? `${minutes}:${two((ofDay % minuteMs) / 1000)}` : minutes;
    },
  };
}

function days(name: Division["name"]): Division {
  return { floor: wall => Math.floor(wall / dayMs) * dayMs, next: wall => wall + dayMs, name };
}

const weeks: Division = {
  floor(wall) {
    const day = Math.floor(wall / dayMs);
    return (day - ((weekdayOf(day) + 6) % 7)) * dayMs;
  },
  next: wall => wall + 7 * dayMs,
  name: wall => String(wallDate(wall).day),
};

function months(step: number, name: Division["name"]): Division {
  return {
    floor(wall) {
      const { year, month } = wallDate(wall);
      return startOf(year, month - ((month - 1) % step));
    },
    next(wall) {
      const { year, month } = wallDate(wall);
      return month + step > 12 ? startOf(year + 1, 1) : startOf(year, month + step);
    },
    name,
  };
}

function years(step: number): Division {
  return {
    floor: wall => startOf(Math.floor(wallDate(wall).year / step) * step, 1),
    next: wall => startOf(wallDate(wall).year + step, 1),
    name: wall => String(wallDate(wall).year),
  };
}

const monthAndYear = months(1, wall => `${monthNames[wallDate(wall).month - 1]} ${wallDate(wall).year}`);
const wholeDay = days(wall => {
  const { year, month, day } = wallDate(wall);
  return `${dayNames[weekdayOf(Math.floor(wall / dayMs))]} ${day} ${monthNames[month - 1]} ${year}`;
});
const shortMonth: Division["name"] = wall => monthNames[wallDate(wall).month - 1] as string;

/** From the finest to the coarsest. */
const scales: readonly Scale[] = [
  ...[1, 5, 15].map(step => ({ ...clock(step * 1000), lengthMs: step * 1000, room: 58, above: wholeDay })),
  ...[1, 5, 15].map(step => ({
    ...clock(step * minuteMs),
    lengthMs: step * minuteMs,
    room: 44,
    above: wholeDay,
  })),
  ...[1, 3, 6, 12].map(step => ({
    ...clock(step * hourMs),
    lengthMs: step * hourMs,
    room: 44,
    above: wholeDay,
  })),
  { ...days(wall => String(wallDate(wall).day)), lengthMs: dayMs, room: 24, above: monthAndYear },
  { ...weeks, lengthMs: 7 * dayMs, room: 28, above: monthAndYear },
  { ...months(1, shortMonth), lengthMs: 30 * dayMs, room: 34, above: years(1) },
  { ...months(3, shortMonth), lengthMs: 91 * dayMs, room: 40, above: years(1) },
  ...[1, 2, 5, 10, 20, 50, 100, 500].map(step => ({
    ...years(step),
    lengthMs: step * 365 * dayMs,
    room: 44,
    above: null,
  })),
];

function wallDate(wall: number) {
  return dateOf(Math.floor(wall / dayMs));
}

function startOf(year: number, month: number): number {
  return dayNumber({ year, month, day: 1 }) * dayMs;
}

function modulo(value: number, by: number): number {
  return ((value % by) + by) % by;
}

import { dayMs, minuteMs } from "./calendar.ts";
import { countWhile } from "./countWhile.ts";
import type { Cron } from "./cron.ts";
import type { CronCalendar } from "./cronCalendar.ts";
import { type TickRules, tickShifts } from "./tickShifts.ts";
import { type OffsetSpan, spanAt, startOfYear, type TimeZone, yearOf } from "./timeZone.ts";

/** The instants at which a cron fires in a zone, numbered in order through all time. */
export interface Ticks {
  /** The number of the last tick at or before an instant. */
  countUntil(instant: number): number;
  /** The tick with this number. */
  at(number: number): number;
}

/** Puts the times of a calendar on a zone's clocks. */
export function zonedTicks(calendar: CronCalendar, zone: TimeZone, rules: TickRules): Ticks {
  const shifts = tickShifts(calendar, zone, rules);
  const years = new Map<number, TickYear>();

  return {
    countUntil(instant) {
      const span = spanAt(yearAt(yearOf(instant)).spans, instant);
      return calendar.countUntil(Math.min(instant + span.offset, span.lastWall)) + span.shift;
    },
    at(number) {
      let year = yearOf(calendar.at(number));
      while (number <= (yearAt(year).spans[0] as TickSpan).countBefore) year--;
      while (number > yearAt(year).countUntilEnd) year++;
      const { spans } = yearAt(year);
      let at = spans.length - 1;
      while (at > 0 && (spans[at] as TickSpan).countBefore >= number) at--;
      const { start, offset, shift } = spans[at] as TickSpan;
      // A time in the gap before this span has moved to its start.
      return Math.max(calendar.at(number - shift) - offset, start);
    },
  };

  function yearAt(year: number): TickYear {
    const known = years.get(year);
    if (known !== undefined) return known;
    if (years.size >= yearsKept) years.clear();
    const made = makeYear(year);
    years.set(year, made);
    return made;
  }

  function makeYear(year: number): TickYear {
    const spans: TickSpan[] = [];
    let offsetBefore = zone.offsetAt(startOfYear(year) - 1);
    let shift = shifts.atStartOf(year);
    let countUntilEnd = 0;
    for (const [i, { start, end, offset }] of zone.spansOf(year).entries()) {
      const [wallBefore, wall] = [start + offsetBefore, start + offset];
      const change = shifts.ofChange(wallBefore, wall);
      if (i > 0) shift += change;
      const repeatedFrom = rules.everyHour ? wallBefore : Math.min(wallBefore, wall);
      const countBefore = calendar.countUntil(repeatedFrom - 1) + shift - change;
      const lastWall = lastWallOf(end, offset, zone.offsetAt(end));
      spans.push({ start, end, offset, shift, countBefore, lastWall });
      countUntilEnd = calendar.countUntil(Math.min(end + offset - 1, lastWall)) + shift;
      offsetBefore = offset;
    }
    return { spans, countUntilEnd };
  }

  function lastWallOf(end: number, offset: number, offsetAfter: number): number {
    return !rules.everyHour && offsetAfter < offset ? end + offsetAfter - 1 : Number.POSITIVE_INFINITY;
  }
}

/** The same ticks but for those at these instants. */
export function ticksWithout(ticks: Ticks, instants: readonly number[]): Ticks {
  const holes = [...new Set(instants)]
    .filter(instant => ticks.at(ticks.countUntil(instant)) === instant)
    .map(instant => ticks.countUntil(instant))
    .sort((a, b) => a - b);
  if (holes.length === 0) return ticks;
  return {
    countUntil(instant) {
      const number = ticks.countUntil(instant);
      return number - countWhile(holes.length, i => (holes[i] as number) <= number);
    },
    at: number => ticks.at(number + countWhile(holes.length, i => (holes[i] as number) - i <= number)),
  };
}

/** What a cron does when the clocks are changed. */
export function tickRules({ hours, minutes }: Cron): TickRules {
  const times = hours.flatMap(hour => minutes.map(minute => hour * 60 + minute));
  const gaps = times.map((time, i) => (times[i + 1] ?? (times[0] as number) + dayMs / minuteMs) - time);
  return { everyHour: hours.length === 24, spacing: Math.min(...gaps) * minuteMs };
}

const yearsKept = 512;

interface TickYear {
  readonly spans: readonly TickSpan[];
  readonly countUntilEnd: number;
}

interface TickSpan extends OffsetSpan {
  /** What the number of a tick has more than the number of its time. */
  readonly shift: number;
  /** How many ticks there are before the span. */
  readonly countBefore: number;
  /** Later times of the wall clock come again after the next change, and count there. */
  readonly lastWall: number;
}

import { hourMs } from "./calendar.ts";
import type { CronCalendar } from "./cronCalendar.ts";
import { startOfYear, type TimeZone } from "./timeZone.ts";

/** How a cron treats the times that a change of the clocks skips or repeats. */
export interface TickRules {
  /**
   * What fires in every hour skips the times that are skipped and fires at both of those that come twice.
   * Anything else fires once: at the end of the gap, and at the second of two.
   */
  readonly everyHour: boolean;
  /** The least time between two times of the calendar. */
  readonly spacing: number;
}

/** By how much the numbers of ticks differ from those of their times. Only changes of the clocks alter it. */
export interface TickShifts {
  /** The shift at the start of a year of UTC, counted from the first year that is asked for. */
  atStartOf(year: number): number;
  /** What a change from one wall clock to another adds to it. */
  ofChange(from: number, to: number): number;
}

export function tickShifts(calendar: CronCalendar, zone: TimeZone, rules: TickRules): TickShifts {
  // Times that are far apart only fall together where a country jumps over the date line.
  const onlyJumpsMatter = !rules.everyHour && rules.spacing >= farApart;
  const yearsPerBlock = onlyJumpsMatter ? 8 : 1;
  const shifts = new Map<number, number>();
  let firstYear: number | null = null;
  return { atStartOf, ofChange };

  function atStartOf(year: number): number {
    firstYear ??= year;
    const block = Math.floor((year - firstYear) / yearsPerBlock);
    const start = firstYear + block * yearsPerBlock;
    return atStartOfBlock(block, firstYear) + (mayShift(start) ? between(start, year) : 0);
  }

  function atStartOfBlock(block: number, origin: number): number {
    const step = block < 0 ? -1 : 1;
    let at = block;
    while (at !== 0 && !shifts.has(at)) at -= step;
    let shift = shifts.get(at) ?? 0;
    while (at !== block) {
      const start = origin + (step > 0 ? at : at - 1) * yearsPerBlock;
      if (mayShift(start)) shift += step * between(start, start + yearsPerBlock);
      at += step;
      shifts.set(at, shift);
    }
    return shift;
  }

  function mayShift(year: number): boolean {
    if (!onlyJumpsMatter) return true;
    const change = zone.offsetAt(startOfYear(year + yearsPerBlock)) - zone.offsetAt(startOfYear(year));
    return Math.abs(change) >= farApart;
  }

  function between(firstYear: number, year: number): number {
    let shift = 0;
    for (let at = firstYear; at < year; at++) {
      const spans = zone.spansOf(at);
      for (const [i, { end, offset }] of spans.entries()) {
        shift += ofChange(end + offset, end + (spans[i + 1]?.offset ?? zone.offsetAt(end)));
      }
    }
    return shift;
  }

  function ofChange(from: number, to: number): number {
    if (from === to) return 0;
    const untilFrom = calendar.countUntil(from - 1);
    const untilTo = calendar.countUntil(to - 1);
    if (rules.everyHour) return untilFrom - untilTo;
    if (to < from || untilTo === untilFrom) return 0;
    // All times in the gap become one tick at its end; where a time stands anyway it is that one.
    const isTimeItself = calendar.countUntil(to) > untilTo;
    return untilFrom - untilTo + (isTimeItself ? 0 : 1);
  }
}

const farApart = 12 * hourMs;

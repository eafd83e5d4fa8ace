import { dateOf, dayMs, dayNumber, daysInMonth, minuteMs, weekdayOf } from "./calendar.ts";
import { countWhile } from "./countWhile.ts";
import type { Cron, NthWeekday } from "./cron.ts";

/**
 * The wall clock times that a cron names, without any zone, numbered in order through all time.
 * A wall clock is written as the instant at which UTC shows it.
 */
export interface CronCalendar {
  /** How many times there are in 400 years, after which all repeats; without any nothing can be asked. */
  readonly timesPerCycle: number;
  /** The number of the last time at or before this wall clock. */
  countUntil(wall: number): number;
  /** The time with this number. */
  at(number: number): number;
}

/** The times that a cron names, but for those that another one of `without` names too. */
export function cronCalendar(cron: Cron, without: readonly Cron[] = []): CronCalendar {
  const onDay = timesOf(cron);
  const isEveryDay = cron.daysOfMonth === null && cron.weekdays === null && cron.months.length === 12;
  return isEveryDay && without.length === 0 ? dailyCalendar(onDay) : monthlyCalendar(onDay, cron, without);
}

/** The same times every day. */
function dailyCalendar(times: readonly number[]): CronCalendar {
  return {
    timesPerCycle: daysPerCycle * times.length,
    countUntil(wall) {
      const days = Math.floor(wall / dayMs);
      return days * times.length + countUntilTime(times, wall - days * dayMs);
    },
    at(number) {
      const days = Math.floor((number - 1) / times.length);
      return days * dayMs + (times[number - 1 - days * times.length] as number) * minuteMs;
    },
  };
}

/** Times that some days have and others have not: counted by months, for months are alike in few ways. */
function monthlyCalendar(onDay: readonly number[], cron: Cron, without: readonly Cron[]): CronCalendar {
  const months = new Map<number, Month>();
  const before = countsBeforeMonths(month => monthOf(month).total);
  const perCycle = before[monthsPerCycle] as number;

  return {
    timesPerCycle: perCycle,
    countUntil(wall) {
      const days = Math.floor(wall / dayMs);
      const { year, month, day } = dateOf(days);
      const number = year * 12 + month - 1;
      const cycle = Math.floor(number / monthsPerCycle);
      const { times, counts } = monthOf(number);
      const today = countUntilTime(times[day - 1] ?? noTimes, wall - days * dayMs);
      const inCycle = (before[number - cycle * monthsPerCycle] as number) + (counts[day - 1] as number);
      return cycle * perCycle + inCycle + today;
    },
    at(number) {
      const cycle = Math.floor((number - 1) / perCycle);
      const inCycle = number - cycle * perCycle;
      const index = countWhile(before.length, i => (before[i] as number) < inCycle) - 1;
      const monthNumber = cycle * monthsPerCycle + index;
      const { times, counts } = monthOf(monthNumber);
      const inMonth = inCycle - (before[index] as number);
      const day = countWhile(counts.length, i => (counts[i] as number) < inMonth) - 1;
      const date = {
        year: Math.floor(monthNumber / 12),
        month: (((monthNumber % 12) + 12) % 12) + 1,
        day: day + 1,
      };
      const time = times[day]?.[inMonth - (counts[day] as number) - 1] as number;
      return dayNumber(date) * dayMs + time * minuteMs;
    },
  };

  /** Months of the same name, length and first weekday are alike. */
  function monthOf(number: number): Month {
    const year = Math.floor(number / 12);
    const month = number - year * 12 + 1;
    const first = weekdayOf(dayNumber({ year, month, day: 1 }));
    const length = daysInMonth(year, month);
    const kind = (month * 7 + first) * 32 + length;
    const known = months.get(kind);
    if (known !== undefined) return known;
    const made = makeMonth(onDay, cron, without, month, first, length);
    months.set(kind, made);
    return made;
  }
}

/** Whether a cron has times on a day; `length` is the number of days in its month. */
export function firesOn(cron: Cron, month: number, day: number, weekday: number, length: number): boolean {
  const { months, daysOfMonth, lastDayOfMonth, weekdays, nthWeekdays } = cron;
  if (!months.includes(month)) return false;
  const byWeekday =
    weekdays !== null &&
    (weekdays.includes(weekday) || nthWeekdays.some(it => it.weekday === weekday && isNth(it, day, length)));
  if (daysOfMonth === null) return weekdays === null || byWeekday;
  // Two restrictions are alternatives, as in every cron.
  return daysOfMonth.includes(day) || (lastDayOfMonth && day === length) || byWeekday;
}

function isNth({ nth }: NthWeekday, day: number, length: number): boolean {
  return nth === "last" ? day + 7 > length : nth === Math.ceil(day / 7);
}

/** The calendar repeats after so many months, and days. */
const monthsPerCycle = 4800;
const daysPerCycle = 146_097;

interface Month {
  /** For each day the minutes of its times. */
  readonly times: readonly (readonly number[])[];
  /** For each day how many times the month had before it; the last is the total. */
  readonly counts: readonly number[];
  readonly total: number;
}

function makeMonth(
  onDay: readonly number[],
  cron: Cron,
  without: readonly Cron[],
  month: number,
  firstWeekday: number,
  length: number,
): Month {
  const times: (readonly number[])[] = [];
  const counts = [0];
  let total = 0;
  for (let day = 1; day <= length; day++) {
    const weekday = (firstWeekday + day - 1) % 7;
    let left = firesOn(cron, month, day, weekday, length) ? onDay : noTimes;
    for (const other of without) {
      if (left.length > 0 && firesOn(other, month, day, weekday, length)) {
        left = left.filter(time => !hasTime(other, time));
      }
    }
    times.push(left);
    total += left.length;
    counts.push(total);
  }
  return { times, counts, total };
}

const noTimes: readonly number[] = [];

function timesOf({ hours, minutes }: Cron): number[] {
  return hours.flatMap(hour => minutes.map(minute => hour * 60 + minute));
}

function hasTime({ hours, minutes }: Cron, time: number): boolean {
  return hours.includes(Math.floor(time / 60)) && minutes.includes(time % 60);
}

function countsBeforeMonths(countOf: (month: number) => number): Float64Array {
  const before = new Float64Array(monthsPerCycle + 1);
  for (let month = 0; month < monthsPerCycle; month++) {
    before[month + 1] = (before[month] as number) + countOf(month);
  }
  return before;
}

function countUntilTime(times: readonly number[], sinceMidnight: number): number {
  const minute = Math.floor(sinceMidnight / minuteMs);
  return countWhile(times.length, i => (times[i] as number) <= minute);
}

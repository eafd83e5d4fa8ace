import type { Cron } from "./cron.ts";

/**
 * The cron that a cron with pauses takes its windows from: the same pace, but without the pauses.
 * "0 0 * * 1-5" ticks at the days, so that Friday's window ends on Saturday and the weekend belongs to nobody;
 * "0 9-17 * * *" ticks at the hours. A cron without pauses (every day, every third month, 6 and 18 o'clock)
 * is its own unit: each window ends where the next one begins.
 */
export function calendarUnit(cron: Cron): Cron {
  const unit = withoutPauses(cron);
  return isAlike(unit, cron) ? cron : { ...unit, text: `${cron.text} without pauses` };
}

function withoutPauses(cron: Cron): Cron {
  const { hours, minutes, months } = cron;
  if (hours.length === 24) return everyDay(cron);
  if (minutes.length > 1 || hours.some(hour => hours.includes((hour + 1) % 24))) {
    return { ...everyDay(cron), hours: everyHour };
  }
  if (hours.length > 1 || isEveryDay(cron)) return everyDay(cron);
  if (isOneWeekday(cron)) return { ...cron, months: everyMonth };
  if (!isOneDayOfEachMonth(cron)) return everyDay(cron);
  return isEvenlySpaced(months, 12) ? cron : { ...cron, months: everyMonth };
}

/** A unit has all that its cron has, so it is enough to count. */
function isAlike(unit: Cron, cron: Cron): boolean {
  return (
    unit.hours.length === cron.hours.length &&
    unit.months.length === cron.months.length &&
    unit.daysOfMonth === cron.daysOfMonth &&
    unit.weekdays === cron.weekdays
  );
}

const everyHour = Array.from({ length: 24 }, (_, i) => i);
const everyMonth = Array.from({ length: 12 }, (_, i) => i + 1);

function everyDay(cron: Cron): Cron {
  return {
    ...cron,
    daysOfMonth: null,
    lastDayOfMonth: false,
    months: everyMonth,
    weekdays: null,
    nthWeekdays: [],
  };
}

function isEveryDay({ daysOfMonth, weekdays }: Cron): boolean {
  return daysOfMonth === null && weekdays === null;
}

function isOneWeekday({ daysOfMonth, weekdays, nthWeekdays }: Cron): boolean {
  return daysOfMonth === null && weekdays?.length === 1 && nthWeekdays.length === 0;
}

/** The 31st of every month is none: some months have no such day. */
function isOneDayOfEachMonth({ daysOfMonth, lastDayOfMonth, months, weekdays }: Cron): boolean {
  if (weekdays !== null || daysOfMonth === null) return false;
  if (lastDayOfMonth) return daysOfMonth.length === 0;
  const [day = 0, ...more] = daysOfMonth;
  return more.length === 0 && months.every(month => day <= shortest(month));
}

function shortest(month: number): number {
  if (month === 2) return 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}

function isEvenlySpaced(values: readonly number[], cycle: number): boolean {
  const gap = cycle / values.length;
  return values.every((value, i) => (values[i + 1] ?? (values[0] as number) + cycle) - value === gap);
}

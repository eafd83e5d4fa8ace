import type { Cron } from "./cron.ts";

/** The directives of a key format without which two windows of a cron would have the same key. */
export function missingDirectives(cron: Cron, directives: ReadonlySet<string>): string[] {
  const { minutes, hours, months, daysOfMonth, weekdays, lastDayOfMonth } = cron;
  const isOneDay = weekdays === null && (daysOfMonth?.length ?? 0) + (lastDayOfMonth ? 1 : 0) === 1;
  const needed: Record<string, boolean> = {
    Y: true,
    m: months.length > 1,
    d: !isOneDay,
    H: hours.length > 1,
    M: minutes.length > 1,
  };
  return Object.keys(needed).filter(it => needed[it] && !directives.has(it));
}

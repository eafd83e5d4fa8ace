import { type Cron, parseCron } from "./cron.ts";
import { cronCalendar } from "./cronCalendar.ts";
import { leastRecentlyUsed } from "./leastRecentlyUsed.ts";
import { type Ticks, tickRules, zonedTicks } from "./ticks.ts";
import { isTimeZone, timeZone } from "./timeZone.ts";

/** When something is due: the ticks of one cron, or of several together, on the clocks of a zone. */
export interface Schedule {
  /** The first tick at or after an instant. */
  tickAtOrAfter(instant: number): number;
  /** The last tick at or before an instant. */
  tickAtOrBefore(instant: number): number;
  /** Every tick from one instant to another, both included. */
  ticksBetween(from: number, to: number): Generator<number>;
}

/** The schedule, or the sentence that says what is wrong with it. */
export function parseSchedule(
  crons: string | readonly string[],
  timezone = "UTC",
): { readonly schedule: Schedule } | { readonly error: string } {
  const texts = typeof crons === "string" ? [crons] : crons;
  if (texts.length === 0) return { error: 'A schedule has no cron. Write one, such as "0 6 * * *".' };
  if (!isTimeZone(timezone)) return { error: unknownTimeZone(timezone) };
  const all: Ticks[] = [];
  for (const text of texts) {
    const parsed = parseCron(text);
    if ("error" in parsed) return parsed;
    all.push(cronTicks(parsed.cron, timezone));
  }
  return { schedule: union(all) };
}

/** "There is no time zone …", and what to write. */
export function unknownTimeZone(name: string): string {
  return `There is no time zone "${name}". Write a name of the IANA database, such as "Europe/Berlin" or "UTC".`;
}

/**
 * The ticks of a cron but for those that another one of `without` has too, at changes of the clocks as `rules` is.
 * The latest ones asked for are kept.
 */
export function cronTicks(
  cron: Cron,
  timezone: string,
  without: readonly Cron[] = [],
  rules: Cron = cron,
): Ticks {
  const name = [timezone, rules.text, cron.text, ...without.map(it => it.text)].join("\n");
  return known.get(name, () => zonedTicks(cronCalendar(cron, without), timeZone(timezone), tickRules(rules)));
}

const known = leastRecentlyUsed<string, Ticks>(128);

function union(all: readonly Ticks[]): Schedule {
  const tickAtOrAfter = (instant: number) =>
    Math.min(...all.map(ticks => ticks.at(ticks.countUntil(instant - 1) + 1)));
  return {
    tickAtOrAfter,
    tickAtOrBefore: instant => Math.max(...all.map(ticks => ticks.at(ticks.countUntil(instant)))),
    *ticksBetween(from, to) {
      for (let at = tickAtOrAfter(from); at <= to; at = tickAtOrAfter(at + 1)) yield at;
    },
  };
}

import type { MissedTicks } from "./automationNode.ts";
import type { Schedule } from "./schedule.ts";

/** What a schedule has to do at an instant. */
export interface DueTicks {
  /** In order; each is evaluated once. */
  readonly due: readonly number[];
  /** How many more there were that the rule leaves out, and the first of them. */
  readonly left: { readonly count: number; readonly first: number } | null;
  /** Up to here all is dealt with, once what is due has been evaluated. */
  readonly doneUntil: number;
  readonly next: number;
}

/** A tick that is evaluated this much later is late, and was not missed. */
export const lateMs = 60_000;
/** Of ticks that were missed, at the most so many are made up for. */
export const mostMissed = 100;

/**
 * The ticks between what was dealt with and now. One that is merely late is due in any case; of those that were
 * missed because nobody was there, the rule takes none, the latest or all, up to a bound.
 */
export function dueTicks(schedule: Schedule, doneUntil: number, now: number, missed: MissedTicks): DueTicks {
  // A clock that was far ahead and is right again: what it was ahead of comes in its own time.
  const since = doneUntil > now + lateMs ? now : doneUntil;
  const next = schedule.tickAtOrAfter(Math.max(since, now) + 1);
  const latest: number[] = [];
  let count = 0;
  let first = Number.NaN;
  let at = schedule.tickAtOrAfter(since + 1);
  if (at > now) return { due: [], left: null, doneUntil: since, next };
  // A long absence has more ticks than anybody wants to count: what lies before the bound is one number.
  for (; at <= now; at = schedule.tickAtOrAfter(at + 1)) {
    if (count === 0) first = at;
    count++;
    latest.push(at);
    if (latest.length > mostMissed) latest.shift();
    if (count > mostCounted) {
      latest.length = 0;
      latest.push(...lastTicks(schedule, now, mostMissed));
      break;
    }
  }
  const due = latest.filter(
    (tick, i) => now - tick <= lateMs || missed === "all" || (missed === "latest" && i === latest.length - 1),
  );
  const left = count > due.length ? { count: count - due.length, first } : null;
  return { due, left, doneUntil: now, next };
}

const mostCounted = 10_000;

function lastTicks(schedule: Schedule, now: number, count: number): number[] {
  const ticks: number[] = [];
  for (let at = schedule.tickAtOrBefore(now); ticks.length < count; at = schedule.tickAtOrBefore(at - 1)) {
    ticks.unshift(at);
  }
  return ticks;
}

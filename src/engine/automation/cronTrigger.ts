import type { AutomationTrigger } from "../../model/automationNode.ts";
import { dueTicks } from "../../model/dueTicks.ts";
import { parseSchedule } from "../../model/schedule.ts";
import type { Trigger } from "./triggers.ts";

/** Due at the ticks of a schedule, one after the other; of those that were missed, as its rule says. */
export function cronTrigger({
  crons,
  timezone,
  missed,
}: Extract<AutomationTrigger, { kind: "cron" }>): Trigger {
  const parsed = parseSchedule(crons, timezone);
  if ("error" in parsed) throw new RangeError(parsed.error);
  const { schedule } = parsed;
  /** Where a clock that was far ahead leaves what is remembered behind it. */
  let countedTo: number | null = null;
  return {
    definition: JSON.stringify([crons, timezone]),
    async collect({ doneUntil }, now) {
      const since = countedTo !== null && (doneUntil ?? now) > now ? countedTo : (doneUntil ?? now);
      const look = dueTicks(schedule, since, now, missed);
      countedTo = look.doneUntil;
      const [first, ...rest] = look.due;
      const reason = look.left === null ? null : leftInWords(look.left);
      if (first === undefined) {
        if (look.left === null) return null;
        return { at: now, event: null, doneUntil: look.doneUntil, reason };
      }
      // Each tick is dealt with by itself: the next one begins where this one ends.
      const doneAfter = rest.length > 0 ? first : look.doneUntil;
      return { at: first, event: { kind: "none" }, doneUntil: doneAfter, reason, more: rest.length > 0 };
    },
    settled() {},
    next: ({ doneUntil }, lastTickAt) => schedule.tickAtOrAfter((countedTo ?? doneUntil ?? lastTickAt) + 1),
    close() {},
  };
}

function leftInWords({ count, first }: { count: number; first: number }): string {
  const since = new Date(first).toISOString();
  return count === 1
    ? `the tick of ${since} was missed and is left out`
    : `${count} ticks since ${since} were missed and are left out`;
}

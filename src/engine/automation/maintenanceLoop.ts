import { maintainEvents } from "../../store/events.ts";
import { dropOld } from "../../store/retention.ts";
import type { AutomationLoop } from "./loop.ts";
import type { AutomationEdge } from "./loops.ts";

const everyMs = 6 * 3_600_000;

/** Drops what is too old, and makes room for the events of the days to come: a daemon runs longer than these last. */
export function maintenanceLoop({
  database,
  environment,
  keepDays,
}: Pick<AutomationEdge, "database" | "environment" | "keepDays">): AutomationLoop {
  let next = Number.NEGATIVE_INFINITY;
  return {
    name: "maintenance",
    async look({ now }) {
      // A clock that was set back must not put it off for long.
      if (now < next && next <= now + everyMs) return next;
      await maintainEvents(database, keepDays);
      await dropOld(database, environment, keepDays, now);
      next = now + everyMs;
      return next;
    },
  };
}

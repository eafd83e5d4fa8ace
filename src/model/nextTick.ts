import type { AutomationTrigger } from "./automationNode.ts";
import type { AutomationSummary, TickSummary } from "./automationState.ts";
import { parseSchedule } from "./schedule.ts";

/** When an automation that is on is evaluated next, ISO 8601; null where nobody knows, for something must happen first. */
export function nextTickAt(
  trigger: AutomationTrigger | null,
  lastTick: TickSummary | null,
  now: number,
): string | null {
  if (trigger?.kind === "interval") {
    const last = lastTick ? Date.parse(lastTick.endedAt) : now;
    return new Date(Math.max(now, last + trigger.everySeconds * 1000)).toISOString();
  }
  if (trigger?.kind !== "cron") return null;
  const parsed = parseSchedule(trigger.crons, trigger.timezone);
  return "error" in parsed ? null : new Date(parsed.schedule.tickAtOrAfter(now)).toISOString();
}

/** An automation after ticks of it have ended, the newest last; ticks of others say nothing about it. */
export function afterTicks(
  automation: AutomationSummary,
  ticks: readonly TickSummary[],
  now: number,
): AutomationSummary {
  const last = ticks.findLast(it => it.kind === automation.kind && it.name === automation.name);
  if (last === undefined) return automation;
  const { isOn, trigger, lastTick } = automation;
  // News may be older than an answer that was asked for meanwhile.
  if (lastTick !== null && BigInt(last.id) < BigInt(lastTick.id)) return automation;
  return {
    ...automation,
    lastTick: last,
    cursor: last.cursorAfter,
    nextTickAt: isOn ? nextTickAt(trigger, last, now) : null,
  };
}

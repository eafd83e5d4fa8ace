import { calendarUnit } from "./calendarUnit.ts";
import { type Condition, type CronCondition, partsOf } from "./condition.ts";
import type { Automation } from "./conditionGraph.ts";
import { parseCron } from "./cron.ts";
import { isTimePartitions, type PartitionsDefinition, type TimePartitions } from "./partitionsDefinition.ts";
import { cronTicks, parseSchedule } from "./schedule.ts";

/** Answers with the first instant after another at which the clock alone can change what conditions come to. */
export function clockChanges(
  automation: Automation,
  definitions: Iterable<PartitionsDefinition | null>,
): (after: number) => number {
  const clocks = new Map<string, (after: number) => number>();
  for (const key of automation.order) {
    for (const { cron, timezone } of cronsIn(automation.conditionOf(key))) {
      const name = `tick\n${cron}\n${timezone}`;
      if (clocks.has(name)) continue;
      const parsed = parseSchedule(cron, timezone);
      if ("error" in parsed) throw new RangeError(parsed.error);
      clocks.set(name, after => parsed.schedule.tickAtOrAfter(after + 1));
    }
  }
  for (const { cron, timezone } of [...definitions].flatMap(timePartitionsIn)) {
    const name = `end\n${cron}\n${timezone}`;
    if (clocks.has(name)) continue;
    const parsed = parseCron(cron);
    if ("error" in parsed) throw new RangeError(parsed.error);
    const ends = cronTicks(calendarUnit(parsed.cron), timezone);
    clocks.set(name, after => ends.at(ends.countUntil(after) + 1));
  }
  const upcoming = [...clocks.values()].map(next => ({ next, at: Number.NEGATIVE_INFINITY }));
  return after => {
    let first = Number.POSITIVE_INFINITY;
    for (const clock of upcoming) {
      // Time goes forward: what is still to come need not be looked up again.
      if (clock.at <= after) clock.at = clock.next(after);
      first = Math.min(first, clock.at);
    }
    return first;
  };
}

function cronsIn(condition: Condition): CronCondition[] {
  if (condition.kind === "cronTickPassed") return [condition];
  return partsOf(condition).flatMap(cronsIn);
}

function timePartitionsIn(definition: PartitionsDefinition | null): TimePartitions[] {
  if (definition === null) return [];
  if (isTimePartitions(definition)) return [definition];
  return definition.kind === "multi"
    ? definition.dimensions.flatMap(it => timePartitionsIn(it.partitions))
    : [];
}

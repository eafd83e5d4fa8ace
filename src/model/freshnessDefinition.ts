import { dayMs } from "./calendar.ts";
import type { Defined, DefinitionFault } from "./definitionFault.ts";
import { formatDuration } from "./format.ts";
import type { FreshnessPolicy } from "./freshness.ts";
import { parseSchedule } from "./schedule.ts";

/** The policy if it can be kept, or everything that is wrong with it. */
export function defineFreshness(policy: FreshnessPolicy): Defined<FreshnessPolicy> {
  const faults: DefinitionFault[] = [];
  if (policy.kind === "timeWindow") {
    const { failSeconds, warnSeconds } = policy;
    if (failSeconds !== null) checkLeast("failSeconds", failSeconds, faults);
    if (warnSeconds !== null) {
      checkLeast("warnSeconds", warnSeconds, faults);
      if (failSeconds !== null && warnSeconds >= failSeconds) {
        faults.push({
          what: `It would warn after ${warnSeconds} s, but fail after ${failSeconds} s already`,
          whatToDo: "Warn earlier than fail.",
        });
      }
    }
  } else {
    const { deadlineCron, lowerBoundSeconds, timezone } = policy;
    checkLeast("lowerBoundSeconds", lowerBoundSeconds, faults);
    const parsed = parseSchedule(deadlineCron, timezone);
    if ("error" in parsed) {
      const what = `The deadlines of a freshness policy are "${deadlineCron}" in ${timezone}`;
      faults.push({ what, whatToDo: parsed.error });
    } else checkMost(deadlineCron, lowerBoundSeconds, faults);
  }
  return faults.length === 0 ? { definition: policy } : { faults };
}

const leastSeconds = 60;

function checkLeast(name: string, seconds: number, faults: DefinitionFault[]): void {
  if (seconds >= leastSeconds && Number.isFinite(seconds)) return;
  faults.push({
    what: `"${name}" of a freshness policy is ${seconds}`,
    whatToDo: `Give it at least ${leastSeconds} seconds, for it is not looked at more often.`,
  });
}

/** With a bound that reaches behind the deadline before, what was in time for that one would do for the next. */
function checkMost(cron: string, seconds: number, faults: DefinitionFault[]): void {
  const interval = smallestInterval(cron);
  if (seconds * 1000 <= interval) return;
  faults.push({
    what: `The lower bound of ${seconds} s is longer than from one deadline of "${cron}" to the next`,
    whatToDo: `Give at most ${interval / 1000} seconds (${formatDuration(interval)}).`,
  });
}

/** The least distance of two ticks, on a clock that is never changed. */
function smallestInterval(cron: string): number {
  const parsed = parseSchedule(cron);
  if ("error" in parsed) throw new RangeError(parsed.error);
  let smallest = Number.POSITIVE_INFINITY;
  let last = parsed.schedule.tickAtOrAfter(sampledFrom);
  for (let count = 1; count < ticksSampled && last < sampledFrom + timeSampled; count++) {
    const tick = parsed.schedule.tickAtOrAfter(last + 1);
    smallest = Math.min(smallest, tick - last);
    last = tick;
  }
  return smallest;
}

/** Long enough to see every February and each kind of gap. */
const sampledFrom = Date.UTC(2000, 0, 1);
const timeSampled = 20 * 366 * dayMs;
const ticksSampled = 1000;

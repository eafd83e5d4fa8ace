import type { Schedule } from "./schedule.ts";
import { parseSchedule } from "./schedule.ts";

/** How new an asset must be: plain, so that it crosses every process border. */
export type FreshnessPolicy = TimeWindowFreshness | CronFreshness;

/** The last materialization must not be older than this. */
export interface TimeWindowFreshness {
  readonly kind: "timeWindow";
  /** Null where it is never worth more than a warning, as a source of dbt may say. */
  readonly failSeconds: number | null;
  /** From this age on it is worth a warning. */
  readonly warnSeconds: number | null;
}

/** At each deadline there must be a materialization that is not older than the lower bound before it. */
export interface CronFreshness {
  readonly kind: "cron";
  readonly deadlineCron: string;
  readonly lowerBoundSeconds: number;
  readonly timezone: string;
}

/** `unknown`: it was never materialized; `notApplicable`: nobody asked for freshness. */
export type FreshnessState = "pass" | "warn" | "fail" | "unknown" | "notApplicable";

export interface FreshnessVerdict {
  readonly state: FreshnessState;
  /** Since when, in so far as the policy says; a future one for a clock that ran ahead. */
  readonly since: number | null;
  /** When the state will be another one if nothing is materialized until then; null: it stays. */
  readonly changesAt: number | null;
}

/**
 * How fresh an asset is (semantics F1, F2), from when it was last materialized with success.
 * The policy has been checked before. A cron is judged by its last deadline, also shortly before the next one.
 */
export function freshnessAt(
  policy: FreshnessPolicy | null,
  lastMaterialization: number | null,
  now: number,
): FreshnessVerdict {
  if (policy === null) return { state: "notApplicable", since: null, changesAt: null };
  if (lastMaterialization === null) return { state: "unknown", since: null, changesAt: null };
  return policy.kind === "timeWindow"
    ? withinWindow(policy, lastMaterialization, now)
    : atDeadline(policy, lastMaterialization, now);
}

/** How often to look at a source: well within the time in which it may get old, and never all the time. */
export function measuredEvery(policy: FreshnessPolicy): number {
  const seconds =
    policy.kind === "cron"
      ? policy.lowerBoundSeconds
      : Math.min(
          policy.failSeconds ?? Number.POSITIVE_INFINITY,
          policy.warnSeconds ?? Number.POSITIVE_INFINITY,
        );
  return Math.min(Math.max(seconds / 4, 60), 3_600) * 1000;
}

/** Stands for the newest row of a source that was looked at and holds none. */
export const neverLoaded = 0;

function withinWindow(
  { failSeconds, warnSeconds }: TimeWindowFreshness,
  lastMaterialization: number,
  now: number,
): FreshnessVerdict {
  const after = (seconds: number | null) =>
    seconds === null ? Number.POSITIVE_INFINITY : lastMaterialization + seconds * 1000;
  const failsAt = after(failSeconds);
  const warnsAt = warnSeconds === null ? failsAt : after(warnSeconds);
  const sinceWhen = (at: number) => (lastMaterialization === neverLoaded ? null : at);
  if (now >= failsAt) return { state: "fail", since: sinceWhen(failsAt), changesAt: null };
  const fails = Number.isFinite(failsAt) ? failsAt : null;
  if (now >= warnsAt) return { state: "warn", since: sinceWhen(warnsAt), changesAt: fails };
  return { state: "pass", since: lastMaterialization, changesAt: warnsAt };
}

function atDeadline(policy: CronFreshness, lastMaterialization: number, now: number): FreshnessVerdict {
  const deadlines = deadlinesOf(policy);
  const bound = policy.lowerBoundSeconds * 1000;
  const deadline = deadlines.tickAtOrBefore(now);
  // What is early enough for one deadline is too early for those after it.
  const failsAt = deadlines.tickAtOrAfter(lastMaterialization + bound + 1);
  return lastMaterialization >= deadline - bound
    ? { state: "pass", since: lastMaterialization, changesAt: failsAt }
    : { state: "fail", since: failsAt, changesAt: null };
}

function deadlinesOf({ deadlineCron, timezone }: CronFreshness): Schedule {
  const parsed = parseSchedule(deadlineCron, timezone);
  if ("error" in parsed) throw new RangeError(parsed.error);
  return parsed.schedule;
}

import { cronInWords } from "./conditionWords.ts";
import { formatAgo, formatDuration } from "./format.ts";
import type { FreshnessPolicy, FreshnessState, FreshnessVerdict } from "./freshness.ts";

/** A policy as one reads it: "within 1 d", `by "0 9 * * *" Europe/Berlin`. */
export function freshnessInWords(policy: FreshnessPolicy): string {
  if (policy.kind === "timeWindow")
    return `within ${formatDuration((policy.failSeconds ?? policy.warnSeconds ?? 0) * 1000)}`;
  return `by ${cronInWords({ cron: policy.deadlineCron, timezone: policy.timezone })}`;
}

/** What a verdict comes to, for one who looks at it now: "overdue for 3 h", "fresh". */
export function verdictInWords({ state, since }: FreshnessVerdict, now: number): string {
  const { words } = freshnessWords[state];
  const isLate = state === "warn" || state === "fail";
  return isLate && since !== null && since <= now
    ? `${words} since ${formatAgo(new Date(since).toISOString(), now)}`
    : words;
}

/** Each state in one word or two, and the mark beside an asset; a mark never speaks by its colour alone. */
export const freshnessWords: Readonly<
  Record<FreshnessState, { readonly words: string; readonly mark: string }>
> = {
  pass: { words: "fresh", mark: "✓" },
  warn: { words: "due soon", mark: "!" },
  fail: { words: "overdue", mark: "‼" },
  unknown: { words: "never materialized, so not fresh", mark: "?" },
  notApplicable: { words: "no freshness policy", mark: "" },
};

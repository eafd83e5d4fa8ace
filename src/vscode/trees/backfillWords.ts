import type { BackfillSummary } from "../../model/backfillState.ts";
import { formatAgo, formatCount, formatDuration } from "../../model/format.ts";

/** A backfill in words, behind its name: "312 of 1,000 · 3 failed · 17 s left". */
export function wordsOfBackfill(backfill: BackfillSummary, now: number): string {
  const { status, createdAt, endedAt } = backfill;
  const { targeted, materialized, failed, skipped } = totalsOfBackfill(backfill);
  const done = materialized + failed + skipped;
  const took = (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(createdAt);
  const left = status === "running" && done > 0 && done < targeted ? (took / done) * (targeted - done) : null;
  return [
    ...(status === "running" || status === "succeeded" ? [] : [status]),
    `${formatCount(materialized)} of ${formatCount(targeted)}`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
    ...(left === null ? [] : [`${formatDuration(wholeSeconds(left))} left`]),
    ...(endedAt === null ? [] : [formatDuration(took), formatAgo(endedAt, now)]),
  ].join(" · ");
}

/** All assets of a backfill together. */
export function totalsOfBackfill({ progress }: BackfillSummary) {
  const sum = (name: "targeted" | "materialized" | "failed" | "skipped") =>
    progress.reduce((all, it) => all + it[name], 0);
  return {
    targeted: sum("targeted"),
    materialized: sum("materialized"),
    failed: sum("failed"),
    skipped: sum("skipped"),
  };
}

/** "▰▰▰▰▱▱▱▱▱▱": a bar for where only text can stand. */
export function barOfBackfill(backfill: BackfillSummary, length = 10): string {
  const { targeted, materialized, failed, skipped } = totalsOfBackfill(backfill);
  const filled =
    targeted === 0 ? length : Math.floor(((materialized + failed + skipped) / targeted) * length);
  return "▰".repeat(filled) + "▱".repeat(length - filled);
}

/** The partitions of a failure as one reads them: the first ones, and how many more. */
export function failedPartitions(partitions: readonly string[]): string {
  const shown = partitions.slice(0, 3).join(", ");
  return partitions.length > 3 ? `${shown} … (${formatCount(partitions.length)})` : shown;
}

/** Whole seconds, so that what ticks keeps its width. */
function wholeSeconds(milliseconds: number): number {
  return Math.max(1, Math.round(milliseconds / 1000)) * 1000;
}

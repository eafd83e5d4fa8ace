import { keyName } from "../../src/model/assetKey.ts";
import type { BackfillPlan, BackfillStatus, BackfillSummary } from "../../src/model/backfillState.ts";
import { formatAgo, formatCount, formatDuration, formatRows } from "../../src/model/format.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import type { PartitionDetails } from "../../src/protocol/partitions.ts";
import type { TooltipLine } from "../shared/tooltip.ts";
import { type Counts, countOf, sumOf } from "./layout/counts.ts";
import type { MatrixAsset, Track } from "./matrix.ts";
import { type Chosen, statesIn } from "./place.ts";

/** "27/31": what is there, of what there could be. */
export function shareText({ totals, partitions }: Pick<MatrixAsset, "totals" | "partitions">): string {
  return `${shortCount(countOf(totals, "materialized") + countOf(totals, "stale"))}/${shortCount(partitions.count)}`;
}

/** The same for one line of a grid. */
export function lineShareText(track: Track): string {
  const { across, depth, of, down } = track;
  if (down === null || of.grid.depth === 1) return shareText(of);
  const counts = countsOfLine(track);
  return `${shortCount(countOf(counts, "materialized") + countOf(counts, "stale"))}/${shortCount(across.count * depth)}`;
}

/** "failed" for one partition, "3 failed, 2 never materialized" for several. */
export function statesText(chosen: Pick<Chosen, "counts" | "missing" | "size">): string {
  const states = statesIn(chosen);
  if (chosen.size === 1) return wordOf(states[0]?.[0] ?? "missing");
  return states.map(([state, count]) => `${formatCount(count)} ${wordOf(state)}`).join(", ");
}

/** "2026-01-01 … 2026-01-31 (31)". */
export function rangeText({ first, last, size }: Pick<Chosen, "first" | "last" | "size">): string {
  return first === last ? first : `${first} … ${last} (${formatCount(size)})`;
}

/** Of an asset they are known already. */
function countsOfLine({ count, across, of, down }: Track): Counts {
  return down === null || of.grid.depth === 1 ? of.totals : count(0, across.count);
}

/** Who is selected: "daily_readings", "3 assets". */
export function subjectText({ tracks }: Chosen): string {
  const assets = new Set(tracks.map(it => it.track.of.asset));
  const [first] = assets;
  return first !== undefined && assets.size === 1 ? keyName(first) : `${assets.size} assets`;
}

/** The line under the picture that tells about the selection. */
export function captionText(chosen: Chosen): string {
  return [subjectText(chosen), rangeText(chosen), statesText(chosen)].join(" · ");
}

/** The sentence by which a screen reader knows a line. */
export function lineText(track: Track): string {
  const counts = countsOfLine(track);
  const size = track.across.count * track.depth;
  const group = track.of.group === "default" ? "" : `, group ${track.of.group}`;
  const name = track.down !== null && track.of.grid.depth > 1 ? track.label : `${track.of.asset}${group}`;
  return `${name}, ${statesText({ counts, missing: size - sumOf(counts), size }) || "no partitions"}`;
}

export function tooltipLines(
  asset: string,
  key: string,
  state: string,
  details: PartitionDetails | null,
  now: number,
): TooltipLine[] {
  const facts = details
    ? [
        details.materializedAt && formatAgo(details.materializedAt, now),
        details.rows === null ? null : formatRows(details.rows),
        details.durationMs === null ? null : formatDuration(details.durationMs),
      ].filter(it => it !== null)
    : [];
  const error = details?.error;
  const place = error?.file ? ` (${error.file}:${error.line ?? 1})` : "";
  return [
    { text: key, className: "title" },
    { text: asset, className: "quiet" },
    { text: state, className: "plain" },
    ...(details?.reason ? [{ text: details.reason, className: "plain" } as const] : []),
    ...(error ? [{ text: `${error.message}${place}`, className: "plain" } as const] : []),
    ...(facts.length > 0 ? [{ text: facts.join(" · "), className: "quiet" } as const] : []),
    ...(details?.materializedAt
      ? [{ text: absoluteText(details.materializedAt), className: "quiet" } as const]
      : []),
  ];
}

/** What a plan comes to: "31 partitions in 31 runs, about 2 min". */
export function planText({ targets, runs, estimatedMs }: BackfillPlan): string {
  const count = targets.reduce((sum, it) => sum + sumOfRanges(it.ranges), 0);
  if (count === 0) return "Nothing to do: no partition of the range stands so.";
  const time = estimatedMs === null ? "time not known yet" : `about ${formatDuration(estimatedMs)}`;
  return `${plural(count, "partition")} in ${plural(runs, "run")}, ${time}`;
}

export function sumOfRanges(ranges: readonly { first: number; last: number }[]): number {
  return ranges.reduce((sum, it) => sum + it.last - it.first + 1, 0);
}

export interface BackfillCounts {
  readonly targeted: number;
  readonly materialized: number;
  readonly running: number;
  readonly failed: number;
  readonly skipped: number;
}

/** All assets of a backfill together. */
export function countsOfBackfill({ progress }: BackfillSummary): BackfillCounts {
  const sum = (name: keyof BackfillCounts) => progress.reduce((all, it) => all + it[name], 0);
  return {
    targeted: sum("targeted"),
    materialized: sum("materialized"),
    running: sum("running"),
    failed: sum("failed"),
    skipped: sum("skipped"),
  };
}

/** "312 of 1,000 · 3 failed · 41/s · 17 s left". */
export function progressText(backfill: BackfillSummary, perSecond: number | null, now: number): string {
  const { targeted, materialized, failed, skipped } = countsOfBackfill(backfill);
  const left = targeted - materialized - failed - skipped;
  const isMoving = backfill.status === "running" && perSecond !== null && perSecond > 0;
  return [
    ...(backfill.status === "running" ? [] : [backfillStatusWords[backfill.status]]),
    `${formatCount(materialized)} of ${formatCount(targeted)}`,
    ...(failed > 0 ? [`${formatCount(failed)} failed`] : []),
    ...(skipped > 0 ? [`${formatCount(skipped)} skipped`] : []),
    ...(isMoving ? [`${rateText(perSecond)}`, `${formatDuration((left / perSecond) * 1000)} left`] : []),
    ...(backfill.endedAt === null ? [] : [formatAgo(backfill.endedAt, now)]),
  ].join(" · ");
}

export const backfillStatusWords: Readonly<Record<BackfillStatus, string>> = {
  running: "running",
  paused: "paused",
  canceling: "canceling",
  canceled: "canceled",
  succeeded: "succeeded",
  failed: "failed",
};

export function plural(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function wordOf(state: string): string {
  return stateMarks[state as keyof typeof stateMarks].words;
}

function rateText(perSecond: number): string {
  return perSecond >= 1
    ? `${formatCount(Math.round(perSecond))}/s`
    : `${formatCount(Math.round(perSecond * 60))}/min`;
}

function absoluteText(iso: string): string {
  const time = new Date(iso);
  return Number.isNaN(time.getTime()) ? iso : `${time.toISOString().slice(0, 19).replace("T", " ")} UTC`;
}

/** Names need the room: from ten thousand on in thousands. */
function shortCount(count: number): string {
  if (count < 10_000) return formatCount(count);
  return count < 1_000_000
    ? `${Math.floor(count / 1000)}k`
    : `${(Math.floor(count / 100_000) / 10).toFixed(1)}M`;
}

import { type Span, valueAt } from "../../shared/span.ts";
import type { TimedRun } from "../lanes.ts";

/** So many of the newest runs are in view at first. */
const shownAtFirst = 60;
const shortest = 2_000;
const leastWhole = 60_000;

/** All of the runs, from the first to now, with a little air. */
export function wholeSpan(runs: readonly TimedRun[], now: number): Span {
  return spanBetween(Math.min(now, earliest(runs)), now);
}

/** What is seen at first: the newest runs, and whatever still goes on. */
export function latestSpan(runs: readonly TimedRun[], now: number): Span {
  const newest = [...runs].sort((a, b) => b.created - a.created).slice(0, shownAtFirst);
  const open = runs.filter(it => it.ended === null);
  return spanBetween(Math.min(now, earliest(newest), earliest(open)), now);
}

/** Nearer by a factor; the instant at `pixel` stays where it is. */
export function zoomed(span: Span, whole: Span, width: number, factor: number, pixel: number): Span {
  const most = Math.max(whole.to - whole.from, leastWhole) * 1.05;
  const length = Math.min(Math.max((span.to - span.from) / factor, shortest), most);
  const from = valueAt(span, width, pixel) - (pixel / width) * length;
  return inside({ from, to: from + length }, whole);
}

/** Moved by so many pixels, as far as there is something. */
export function panned(span: Span, whole: Span, width: number, pixels: number): Span {
  const by = (pixels / width) * (span.to - span.from);
  return inside({ from: span.from + by, to: span.to + by }, whole);
}

/** Moved as little as needed for a run to be in view; farther when it is longer than what is in view. */
export function revealing(span: Span, whole: Span, run: TimedRun, now: number): Span {
  const [from, to] = [run.created, Math.max(run.ended ?? now, run.created)];
  const length = span.to - span.from;
  if (from >= span.from && to <= span.to) return span;
  const size = Math.max(length, (to - from) * 1.2);
  const margin = Math.min(size * 0.08, (size - (to - from)) / 2);
  const start = from < span.from ? from - margin : to + margin - size;
  return inside({ from: start, to: start + size }, whole);
}

/** Moved on with the clock, when the present was in view. */
export function followed(span: Span, before: number, now: number): Span {
  if (before < span.from || before > span.to) return span;
  return { from: span.from + now - before, to: span.to + now - before };
}

function spanBetween(from: number, now: number): Span {
  const length = Math.max(now - from, leastWhole);
  return { from: now - length * 1.02, to: now + length * 0.04 };
}

function earliest(runs: readonly TimedRun[]): number {
  let first = Number.POSITIVE_INFINITY;
  for (const { created } of runs) if (created < first) first = created;
  return first;
}

function inside({ from, to }: Span, whole: Span): Span {
  const length = to - from;
  const least = Math.min(whole.from, whole.to - length);
  const start = Math.min(Math.max(from, least), Math.max(whole.to - length, least));
  return { from: start, to: start + length };
}

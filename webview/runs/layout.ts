import { pixelAt, type Span } from "../shared/span.ts";
import { type Ticks, timeTicks } from "../shared/timeTicks.ts";
import type { Line, TimedRun } from "./lanes.ts";
import { barOf, type Crowd, type RunBar, type Strip, stripOf } from "./layout/strip.ts";

/** Sizes in pixels; `y` counts from the top of the view. */
export interface TimelineLayout {
  readonly width: number;
  readonly height: number;
  readonly labelWidth: number;
  readonly plotWidth: number;
  /** All lines with their axis, above and below the view too. */
  readonly totalHeight: number;
  readonly scroll: number;
  readonly span: Span;
  readonly ticks: Ticks;
  /** Where the present is, if it is in view. */
  readonly nowX: number | null;
  readonly lines: readonly PlacedLine[];
}

export interface PlacedLine extends Strip {
  readonly at: number;
  readonly y: number;
  readonly line: Line;
}

export interface TimelineView {
  readonly width: number;
  readonly height: number;
  readonly scroll: number;
  readonly span: Span;
  readonly now: number;
  readonly timezone: string;
}

export const lineHeight = 26;
export const axisHeight = 40;
/** Between a line's edge and its bars. */
export const inset = 6;

/** Lanes down, time across: only what is in view is computed. */
export function layoutTimeline(lines: readonly Line[], view: TimelineView): TimelineLayout {
  const { width, height, span, now, timezone } = view;
  const { labelWidth, plotWidth } = widthsOf(width);
  const totalHeight = axisHeight + lines.length * lineHeight;
  const scroll = Math.min(Math.max(0, view.scroll), Math.max(0, totalHeight - height));
  const first = Math.floor(scroll / lineHeight);
  const last = Math.min(lines.length, Math.ceil((scroll + height - axisHeight) / lineHeight));
  const placed: PlacedLine[] = [];
  for (let at = first; at < last; at++) {
    const line = lines[at] as Line;
    const y = axisHeight + at * lineHeight - scroll;
    placed.push({ at, y, line, ...stripOf(line.runs, span, plotWidth, now) });
  }
  const isNowInView = now >= span.from && now <= span.to;
  return {
    width,
    height,
    labelWidth,
    plotWidth,
    totalHeight,
    scroll,
    span,
    ticks: timeTicks(span, plotWidth, timezone, 1000),
    nowX: isNowInView ? Math.round(pixelAt(span, plotWidth, now)) : null,
    lines: placed,
  };
}

/** How names and bars share the width. */
export function widthsOf(width: number): { labelWidth: number; plotWidth: number } {
  const labelWidth = Math.round(Math.min(280, Math.max(96, width * 0.27)));
  return { labelWidth, plotWidth: Math.max(40, width - labelWidth - 8) };
}

/** How far to scroll so that a line is in view, seen from where it is scrolled now. */
export function scrollTo(line: number, { scroll, height }: Pick<TimelineView, "scroll" | "height">): number {
  const top = line * lineHeight;
  if (top < scroll) return top;
  return Math.max(scroll, top + axisHeight + lineHeight + 4 - height);
}

/** What lies at a point of the view. */
export type Target =
  | { readonly on: "run"; readonly run: TimedRun; readonly crowd: Crowd | null; readonly at: number }
  | { readonly on: "label"; readonly at: number }
  | { readonly on: "plot" }
  | null;

/** How far beside a bar it is still meant. */
const reach = 5;

/** The run, lane or nothing at a point, by arithmetic: runs have no elements of their own. */
export function targetAt(layout: TimelineLayout, x: number, y: number): Target {
  if (y < axisHeight) return { on: "plot" };
  const placed = layout.lines.find(it => y >= it.y && y < it.y + lineHeight);
  if (!placed) return { on: "plot" };
  if (x < layout.labelWidth) return { on: "label", at: placed.at };
  const pixel = x - layout.labelWidth;
  const bar = nearest(placed.bars, pixel);
  const crowd = nearest(placed.crowds, pixel);
  if (crowd && (!bar || distance(crowd, pixel) <= distance(bar, pixel))) {
    const run = runInCrowd(layout, crowd, pixel);
    return { on: "run", run, crowd, at: placed.at };
  }
  return bar ? { on: "run", run: bar.run, crowd: null, at: placed.at } : { on: "plot" };
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The frame around a run, wherever it is in view. */
export function frameOf(layout: TimelineLayout, runId: string, now: number): Box | null {
  for (const { y, line } of layout.lines) {
    const run = line.runs.find(it => it.run.id === runId);
    if (!run) continue;
    const { left, right } = barOf(run, layout.span, layout.plotWidth, now);
    if (right < 0 || left > layout.plotWidth) return null;
    const [from, to] = [Math.max(left, -4), Math.min(right, layout.plotWidth + 4)];
    return { x: layout.labelWidth + from - 2, y: y + 3, width: to - from + 4, height: lineHeight - 6 };
  }
  return null;
}

interface Extent {
  readonly left: number;
  readonly right: number;
}

function nearest<T extends Extent>(list: readonly T[], pixel: number): T | null {
  let found: T | null = null;
  for (const it of list) {
    const own = distance(it, pixel);
    if (own <= reach && (found === null || own < distance(found, pixel))) found = it;
  }
  return found;
}

/** In a crowd, the one that lies nearest; of several, the newest. */
function runInCrowd({ span, plotWidth }: TimelineLayout, crowd: Crowd, pixel: number): TimedRun {
  let found: RunBar | null = null;
  for (const run of crowd.runs) {
    const bar = barOf(run, span, plotWidth, span.to);
    if (found === null || distance(bar, pixel) <= distance(found, pixel)) found = bar;
  }
  return (found as RunBar).run;
}

function distance({ left, right }: Extent, pixel: number): number {
  return Math.max(0, left - pixel, pixel - right);
}

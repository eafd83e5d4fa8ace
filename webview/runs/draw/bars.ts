import type { AssetStateName } from "../../../src/model/assetState.ts";

/** A bar to draw: it waits from `left` to `work`, and is in a state from there to `right`. */
export interface Bar {
  readonly state: AssetStateName;
  readonly left: number;
  /** Null: it never began. */
  readonly work: number | null;
  readonly right: number;
  readonly top: number;
  readonly height: number;
}

/** What is drawn of a state: surfaces in its colour, surfaces with a touch of it, hatched ones, lines. */
export interface BarPaths {
  readonly state: AssetStateName;
  readonly solid: string;
  readonly tinted: string;
  readonly hatched: string;
  readonly line: string;
}

export type Manner = "solid" | "tinted" | "hatched" | "line";
export const manners: readonly Manner[] = ["hatched", "tinted", "solid", "line"];

/** Gathers what is drawn, one path for each state and manner, however many bars there are. */
export function createPen() {
  const drawn = new Map<AssetStateName, Record<Manner, string[]>>();
  return {
    add(manner: Manner, state: AssetStateName, path: string): void {
      const known = drawn.get(state) ?? { solid: [], tinted: [], hatched: [], line: [] };
      drawn.set(state, known);
      known[manner].push(path);
    },
    paths: (): BarPaths[] =>
      [...drawn]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([state, { solid, tinted, hatched, line }]) => ({
          state,
          solid: solid.join(""),
          tinted: tinted.join(""),
          hatched: hatched.join(""),
          line: line.join(""),
        })),
  };
}

export type Pen = ReturnType<typeof createPen>;

/** From here on there is room for the mark of a state; narrower bars are told by their height. */
const roomy = 13;
const most = 8;

/** Draws one bar within a view that ends at `width`. */
export function drawBar(pen: Pen, bar: Bar, width: number): void {
  const left = Math.max(bar.left, -most);
  const right = Math.min(bar.right, width + most);
  const { state, top, height } = bar;
  const bottom = top + height;
  if (bar.work === null) {
    drawWaiting(pen, state, left, right, top, height);
    return;
  }
  const work = Math.min(Math.max(bar.work, -most), right);
  if (work - left >= 2) pen.add("hatched", state, box(left, top + height * 0.3, work, bottom - height * 0.3));
  if (right <= work) return;
  if (right - work < roomy) drawNarrow(pen, state, work, right, top, height);
  else drawRoomy(pen, state, work, right, top, bottom, Math.max(work, 0), Math.min(right, width));
}

/** It never began: what waits still, or what was canceled before its turn. */
function drawWaiting(
  pen: Pen,
  state: AssetStateName,
  left: number,
  right: number,
  top: number,
  height: number,
): void {
  const middle = top + height / 2;
  pen.add("hatched", state, box(left, top + height * 0.2, right, top + height * 0.8));
  if (right - left < roomy) return;
  if (state === "queued") pen.add("solid", state, dot(right - 5, middle));
  else drawMark(pen, state, Math.round((left + right) / 2), middle);
}

/** Too narrow for a mark: each state has a height of its own, and what failed stands out of its line. */
function drawNarrow(
  pen: Pen,
  state: AssetStateName,
  left: number,
  right: number,
  top: number,
  height: number,
) {
  const heights: Partial<Record<AssetStateName, readonly [number, number]>> = {
    failed: [-3, height + 3],
    running: [height * 0.25, height * 0.75],
    canceled: [height * 0.5, height],
    skipped: [height * 0.7, height],
    unknown: [0, height * 0.4],
  };
  const [from, to] = heights[state] ?? [0, height];
  pen.add("solid", state, box(left, top + from, right, top + to));
}

function drawRoomy(
  pen: Pen,
  state: AssetStateName,
  left: number,
  right: number,
  top: number,
  bottom: number,
  visibleLeft: number,
  visibleRight: number,
): void {
  const middle = (top + bottom) / 2;
  if (state === "materialized") {
    pen.add("solid", state, round(left, top, right, bottom));
  } else if (state === "running") {
    // Open to where it goes: its end is not known yet.
    pen.add("tinted", state, arrow(left + 0.75, top + 0.75, right, bottom - 0.75));
    pen.add("solid", state, box(left + 3, middle - 2.5, Math.max(left + 4, right - 6), middle + 2.5));
  } else {
    pen.add("tinted", state, round(left + 0.75, top + 0.75, right - 0.75, bottom - 0.75));
    drawMark(pen, state, Math.round((visibleLeft + visibleRight) / 2), middle);
  }
}

function drawMark(pen: Pen, state: AssetStateName, x: number, y: number): void {
  if (state === "failed") pen.add("line", state, `M${x - 3.5},${y - 3.5}l7,7m0,-7l-7,7`);
  if (state === "canceled") pen.add("line", state, `M${x - 3.5},${y + 4}l7,-8`);
  if (state === "skipped") pen.add("line", state, `M${x - 4},${y}h8`);
  if (state === "unknown") {
    pen.add("line", state, `M${x - 2.2},${y - 2.6}a2.3,2.3 0 1 1 3.4,2c-.8,.5 -1.2,.8 -1.2,1.7`);
    pen.add("solid", state, box(x - 0.8, y + 3.2, x + 0.8, y + 4.8));
  }
}

/** A rectangle as a path. */
export function box(left: number, top: number, right: number, bottom: number): string {
  return `M${n(left)},${n(top)}h${n(right - left)}v${n(bottom - top)}h${n(left - right)}z`;
}

function round(left: number, top: number, right: number, bottom: number): string {
  return `M${n(left + 2)},${n(top)}H${n(right - 2)}l2,2V${n(bottom - 2)}l-2,2H${n(left + 2)}l-2,-2V${n(top + 2)}z`;
}

function arrow(left: number, top: number, right: number, bottom: number): string {
  return `M${n(left)},${n(top)}H${n(right - 5)}L${n(right)},${n((top + bottom) / 2)}L${n(right - 5)},${n(bottom)}H${n(left)}z`;
}

function dot(x: number, y: number): string {
  return `M${n(x - 2.5)},${n(y)}a2.5,2.5 0 1 0 5,0a2.5,2.5 0 1 0 -5,0z`;
}

/** Two digits are more than a screen shows. */
function n(value: number): number {
  return Math.round(value * 100) / 100;
}

import { pixelAt, type Span } from "../shared/span.ts";
import { type Ticks, timeTicks } from "../shared/timeTicks.ts";
import type { Axis } from "./layout/axis.ts";
import { type Column, columnsOf, extentOf, indexAtValue } from "./layout/columns.ts";
import { listTicks } from "./layout/listTicks.ts";
import { type Piece, piecesOf } from "./layout/pieces.ts";
import type { Block, Track } from "./matrix.ts";
import type { Chosen, Place, Selected } from "./place.ts";

/** Sizes in pixels. */
export interface MatrixLayout {
  readonly width: number;
  readonly height: number;
  /** The column of names. */
  readonly labelWidth: number;
  /** All lines with their axes, above and below the view too. */
  readonly totalHeight: number;
  readonly scroll: number;
  readonly blocks: readonly PlacedBlock[];
}

/** A block with those of its lines that are in view; `y` counts from the top of the view. */
export interface PlacedBlock {
  readonly at: number;
  readonly block: Block;
  /** Where the lines begin. */
  readonly y: number;
  /** Where the axis lies: above the lines, or at the top of the view while there are lines below it. */
  readonly axisY: number;
  readonly span: Span;
  readonly plotWidth: number;
  readonly ticks: Ticks;
  /** Where now is, if it is in view. */
  readonly today: number | null;
  readonly lines: readonly PlacedLine[];
}

export interface PlacedLine {
  readonly line: number;
  readonly y: number;
  readonly track: Track;
  readonly pieces: readonly Piece[];
  /** Where partitions exist, as far as in view. */
  readonly ground: { readonly left: number; readonly right: number } | null;
}

export interface View {
  readonly width: number;
  readonly height: number;
  readonly scroll: number;
  readonly now: number;
  spanOf(axis: Axis, plotWidth: number): Span;
}

export const lineHeight = 28;
export const axisHeight = 40;
/** Between a line's edge and what is drawn in it. */
export const inset = 5;
const blockGap = 12;

/** Lines down, partitions across: only what is in view is computed. */
export function layoutMatrix(blocks: readonly Block[], view: View): MatrixLayout {
  const { width, height } = view;
  const { labelWidth, plotWidth } = widthsOf(width);
  const totalHeight = heightOf(blocks);
  const scroll = Math.min(Math.max(0, view.scroll), Math.max(0, totalHeight - height));
  const columns = new Map<unknown, readonly Column[]>();
  const placed: PlacedBlock[] = [];
  let top = -scroll;
  for (const [at, block] of blocks.entries()) {
    const y = top + axisHeight;
    const bottom = y + block.size * lineHeight;
    top = bottom + blockGap;
    if (bottom < 0 || y - axisHeight > height) continue;
    const { axis } = block;
    const span = view.spanOf(axis, plotWidth);
    const columnsFor = (track: Track) => {
      const known = columns.get(track.across) ?? columnsOf(track.across, span, plotWidth);
      columns.set(track.across, known);
      return known;
    };
    const axisY = Math.min(Math.max(y - axisHeight, 0), bottom - axisHeight);
    const first = Math.max(0, Math.floor((axisY + axisHeight - y) / lineHeight));
    const last = Math.min(block.size, Math.ceil((height - y) / lineHeight));
    const lines = Array.from({ length: Math.max(0, last - first) }, (_, i): PlacedLine => {
      const track = block.trackAt(first + i);
      const visible = columnsFor(track);
      return {
        line: first + i,
        y: y + (first + i) * lineHeight,
        track,
        pieces: piecesOf(visible, track.count, track.depth),
        ground: groundOf(track, span, plotWidth),
      };
    });
    const isOfTime = axis.kind === "time";
    const isNowInView = isOfTime && view.now >= span.from && view.now <= span.to;
    placed.push({
      at,
      block,
      y,
      axisY,
      span,
      plotWidth,
      ticks: isOfTime ? timeTicks(span, plotWidth, axis.timezone) : listTicks(block.across, span, plotWidth),
      today: isNowInView ? Math.round(pixelAt(span, plotWidth, view.now)) : null,
      lines,
    });
  }
  return { width, height, labelWidth, totalHeight, scroll, blocks: placed };
}

/** How names and partitions share the width. */
export function widthsOf(width: number): { labelWidth: number; plotWidth: number } {
  const labelWidth = Math.round(Math.min(260, Math.max(96, width * 0.3)));
  return { labelWidth, plotWidth: Math.max(40, width - labelWidth - 8) };
}

/** The height of all blocks. */
export function heightOf(blocks: readonly Block[]): number {
  const gaps = Math.max(0, blocks.length - 1) * blockGap;
  return blocks.reduce((sum, it) => sum + axisHeight + it.size * lineHeight, gaps);
}

/** How far to scroll so that a line is in view, seen from where it is scrolled now. */
export function scrollTo(blocks: readonly Block[], { block, line }: Place, view: View): number {
  const above = blocks
    .slice(0, block)
    .reduce((sum, it) => sum + axisHeight + it.size * lineHeight + blockGap, 0);
  const top = above + axisHeight + line * lineHeight;
  if (top - axisHeight < view.scroll) return top - axisHeight;
  return Math.max(view.scroll, top + lineHeight + 4 - view.height);
}

/** What lies at a point of the view. */
export type Target =
  | { readonly on: "partition"; readonly place: Place }
  | { readonly on: "label"; readonly place: Place }
  | { readonly on: "axis"; readonly block: number }
  | null;

/** The partition, name or axis at a point, by arithmetic: most partitions have no element of their own. */
export function targetAt(layout: MatrixLayout, x: number, y: number): Target {
  const axis = layout.blocks.find(it => y >= it.axisY && y < it.axisY + axisHeight);
  if (axis) return { on: "axis", block: axis.at };
  for (const placed of layout.blocks) {
    const found = placed.lines.find(it => y >= it.y && y < it.y + lineHeight);
    if (!found) continue;
    const { track, line } = found;
    if (track.across.count === 0) return null;
    const { ground } = found;
    const isBeside =
      ground === null || x - layout.labelWidth < ground.left - 6 || x - layout.labelWidth > ground.right + 6;
    if (x >= layout.labelWidth && isBeside) return null;
    const across = acrossAt(placed, track, x - layout.labelWidth);
    const place = { block: placed.at, line, across };
    return x < layout.labelWidth ? { on: "label", place } : { on: "partition", place };
  }
  return null;
}

/** The place nearest to a point within a block: where a drag has come to. */
export function placeNear(layout: MatrixLayout, block: number, x: number, y: number): Place | null {
  const placed = layout.blocks.find(it => it.at === block);
  const [first, last] = [placed?.lines[0], placed?.lines.at(-1)];
  if (!placed || !first || !last) return null;
  const line = Math.min(Math.max(Math.floor((y - placed.y) / lineHeight), first.line), last.line);
  const { track } = placed.lines[line - first.line] ?? first;
  return { block, line, across: acrossAt(placed, track, x - layout.labelWidth) };
}

function acrossAt({ span, plotWidth }: PlacedBlock, { across }: Track, pixel: number): number {
  return indexAtValue(across, span.from + (pixel / plotWidth) * (span.to - span.from));
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The frames around what is selected: one for lines side by side that reach equally far. */
export function framesOf(layout: MatrixLayout, { anchor }: Selected, { tracks }: Chosen): Box[] {
  const placed = layout.blocks.find(it => it.at === anchor.block);
  if (!placed) return [];
  const frames: (Box & { line: number })[] = [];
  for (const { line, track, from, to } of tracks) {
    const { left, right } = reach(placed, track, from, to);
    if (right < -8 || left > placed.plotWidth + 8) continue;
    const box = { x: layout.labelWidth + left, width: right - left };
    const last = frames.at(-1);
    if (last && last.line === line - 1 && last.x === box.x && last.width === box.width) {
      frames[frames.length - 1] = { ...last, line, height: last.height + lineHeight };
    } else frames.push({ ...box, line, y: placed.y + line * lineHeight + 1, height: lineHeight - 2 });
  }
  return frames;
}

/** The frame of one partition. */
export function boxOf(layout: MatrixLayout, place: Place): Box | null {
  const placed = layout.blocks.find(it => it.at === place.block);
  const line = placed?.lines.find(it => it.line === place.line);
  if (!placed || !line) return null;
  const { left, right } = reach(placed, line.track, place.across, place.across + 1);
  if (right < 0 || left > placed.plotWidth) return null;
  return { x: layout.labelWidth + left, y: line.y + 1, width: right - left, height: lineHeight - 2 };
}

/** Never so narrow that it cannot be seen, never far outside. */
function reach({ span, plotWidth }: PlacedBlock, { across }: Track, from: number, to: number) {
  const extent = extentOf(across, from, to - 1);
  const left = Math.max(-20, Math.round(pixelAt(span, plotWidth, extent.from)));
  const right = Math.min(plotWidth + 20, Math.round(pixelAt(span, plotWidth, extent.to)));
  return { left, right: Math.max(right, left + 3) };
}

function groundOf({ across }: Track, span: Span, plotWidth: number): PlacedLine["ground"] {
  if (across.count === 0) return null;
  const extent = extentOf(across, 0, across.count - 1);
  const left = Math.max(0, Math.round(pixelAt(span, plotWidth, extent.from)));
  const right = Math.min(plotWidth, Math.round(pixelAt(span, plotWidth, extent.to)));
  return right > left ? { left, right } : null;
}

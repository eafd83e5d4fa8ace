import { type Span, valueAt } from "../../shared/span.ts";

/** What runs across: instants of time, or places in a list of keys. */
export interface Axis {
  /** The same for all rows that share it. */
  readonly id: string;
  readonly kind: "time" | "list";
  /** From the first partition to the end of the last, in milliseconds or places. */
  readonly whole: Span;
  /** The length of the shortest partition. */
  readonly unit: number;
  /** The zone whose clock the axis shows. */
  readonly timezone: string;
}

/** So many partitions are in view when one has come as near as possible. */
const nearest = 6;
/** A column of a list is never wider. */
const widestColumn = 140;

/** All of an axis with a little air behind it; a short list does not fill the width. */
export function wholeSpan({ kind, whole, unit }: Axis, width: number): Span {
  const length = whole.to - whole.from;
  if (kind === "list") return { from: whole.from, to: whole.from + Math.max(length, width / widestColumn) };
  const air = Math.max(length * 0.02, unit * 0.5);
  return { from: whole.from - air, to: whole.to + air };
}

/** Nearer by a factor; the value at `pixel` stays where it is. */
export function zoomed(axis: Axis, span: Span, width: number, factor: number, pixel: number): Span {
  const whole = wholeSpan(axis, width);
  const shortest = Math.min(whole.to - whole.from, axis.unit * nearest);
  const length = clamp((span.to - span.from) / factor, shortest, whole.to - whole.from);
  const from = valueAt(span, width, pixel) - (pixel / width) * length;
  return inside({ from, to: from + length }, whole);
}

/** Moved by so many pixels, as far as there is something. */
export function panned(axis: Axis, span: Span, width: number, pixels: number): Span {
  const by = (pixels / width) * (span.to - span.from);
  return inside({ from: span.from + by, to: span.to + by }, wholeSpan(axis, width));
}

/** Moved as little as needed for a part to be in view; nearer when the part would be too small to see. */
export function revealing(axis: Axis, span: Span, width: number, part: Span): Span {
  const length = part.to - part.from;
  const isSmall = (length / (span.to - span.from)) * width < 3;
  const size = isSmall ? length * 60 : Math.max(span.to - span.from, length * 1.2);
  if (!isSmall && part.from >= span.from && part.to <= span.to) return span;
  const middle = (part.from + part.to) / 2;
  const margin = Math.min(size * 0.08, (size - length) / 2);
  const from =
    isSmall || size > span.to - span.from
      ? middle - size / 2
      : part.from < span.from
        ? part.from - margin
        : part.to + margin - size;
  return inside({ from, to: from + size }, wholeSpan(axis, width));
}

function inside({ from, to }: Span, whole: Span): Span {
  const length = Math.min(to - from, whole.to - whole.from);
  const start = clamp(from, whole.from, whole.to - length);
  return { from: start, to: start + length };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}

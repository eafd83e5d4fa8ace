import { pixelAt, type Span, valueAt } from "../../shared/span.ts";
import type { Axis } from "./axis.ts";
import type { Across } from "./lanes.ts";

/** Partitions that are drawn as one, from pixel to pixel: one of them from near, many from afar. */
export interface Column {
  readonly from: number;
  readonly to: number;
  readonly left: number;
  readonly right: number;
}

/** A partition that is narrower than this is drawn together with its neighbours. */
const narrowest = 2;

/** The columns of a definition that are in view, from left to right, on whole pixels. */
export function columnsOf(across: Across, span: Span, width: number): Column[] {
  const visible = inView(across, span);
  const count = visible.to - visible.from;
  if (count <= 0) return [];
  const extent = extentOf(across, visible.from, visible.to - 1);
  const pixels = pixelAt(span, width, extent.to) - pixelAt(span, width, extent.from);
  return pixels / count >= narrowest
    ? single(across, visible, span, width)
    : bundled(across, visible, span, width);
}

/** The partition that holds a value of the axis; in a hole the one before it. */
export function indexAtValue(across: Across, value: number): number {
  const index = across.kind === "time" ? across.startingIn(value, value + 1).to - 1 : Math.floor(value);
  // A window that begins right at the value is the one, and so is the last one that began before it.
  return Math.min(Math.max(index, 0), across.count - 1);
}

/** From where to where some partitions reach on their axis. */
export function extentOf(across: Across, first: number, last: number): Span {
  if (across.kind === "time") return { from: across.windowAt(first).start, to: across.windowAt(last).end };
  return { from: first, to: last + 1 };
}

/** What of an axis a definition needs. */
export function axisOf(across: Across, id: string): Axis {
  const last = across.count - 1;
  const whole = across.count === 0 ? { from: 0, to: 1 } : extentOf(across, 0, last);
  if (across.kind === "listed") return { id, kind: "list", whole, unit: 1, timezone: "UTC" };
  const { start, end } = across.windowAt(Math.max(0, last));
  return { id, kind: "time", whole, unit: end - start, timezone: across.definition.timezone };
}

function inView(across: Across, { from, to }: Span): Span {
  if (across.count === 0) return { from: 0, to: 0 };
  const first = indexAtValue(across, from);
  // What begins right at the end is out of view.
  const last = indexAtValue(across, across.kind === "time" ? to - 1 : Math.ceil(to) - 1);
  const extent = extentOf(across, first, last);
  if (extent.to <= from && first === last) return { from: 0, to: 0 };
  if (extent.from >= to) return { from: 0, to: 0 };
  return { from: first, to: last + 1 };
}

function single(across: Across, visible: Span, span: Span, width: number): Column[] {
  const columns: Column[] = [];
  for (let index = visible.from; index < visible.to; index++) {
    const extent = extentOf(across, index, index);
    const left = Math.round(pixelAt(span, width, extent.from));
    const right = Math.round(pixelAt(span, width, extent.to));
    columns.push({ from: index, to: index + 1, left, right: Math.max(right, left + 1) });
  }
  return columns;
}

/** Each partition belongs to the column in which it begins. */
function bundled(across: Across, visible: Span, span: Span, width: number): Column[] {
  const columns: Column[] = [];
  const firstAt = (pixel: number) => {
    const value = valueAt(span, width, pixel);
    const index = across.kind === "time" ? across.startingIn(value, value + 1).from : Math.ceil(value);
    return Math.min(Math.max(index, visible.from), visible.to);
  };
  let from = visible.from;
  for (let left = 0; left < width; left += narrowest) {
    const to = left + narrowest >= width ? visible.to : firstAt(left + narrowest);
    if (to > from) columns.push({ from, to, left, right: left + narrowest });
    from = to;
  }
  return columns;
}

import type { SliceDimension } from "./sliceLayout.ts";
import { type TimeColumn, timeColumn } from "./timeColumn.ts";

/** Values of a column from one bound up to another, which is not included. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/** How the column of a dimension of time holds times; throws when its type cannot. */
export function timeColumnOf({ column, time }: SliceDimension, type: string): TimeColumn {
  const found = time && timeColumn(type, time.zone);
  if (found) return found;
  throw new Error(
    `The partition column "${column}" is ${type}, which is no time, but its partitions are windows of time. ` +
      `Declare its type: columns({ ${JSON.stringify(column)}: "timestamptz" }) or "date", or return Dates.`,
  );
}

/** What the windows of some parts are in the column, in order; windows that touch are one range. */
export function timeRanges(dimension: SliceDimension, parts: readonly string[], type: string): TimeRange[] {
  const ranges: { from: number; to: number }[] = [];
  for (const { from, to } of partRanges(dimension, parts, type)) {
    const last = ranges.at(-1);
    if (last?.to === from) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

/** The same, each with its part; a window in which no value of this type can lie has none. */
export function partRanges(
  dimension: SliceDimension,
  parts: readonly string[],
  type: string,
): (TimeRange & { readonly part: string })[] {
  const { boundOf } = timeColumnOf(dimension, type);
  return parts
    .flatMap(part => {
      const window = dimension.time?.windows.get(part);
      if (!window) throw new Error(`The window of the partition "${part}" is not known.`);
      const [from, to] = [boundOf(window.start), boundOf(window.end)];
      return from < to ? [{ part, from, to }] : [];
    })
    .sort((a, b) => a.from - b.from);
}

import type { PartitionStateRange } from "../../../src/model/backfillState.ts";
import type { MultiPartitioning, ResolvedDimension } from "../../../src/model/multiPartitioning.ts";
import type { Partitioning } from "../../../src/model/partitions.ts";
import { keyDelimiter } from "../../../src/model/partitionsDefinition.ts";

export type Across = ResolvedDimension["partitions"];

/** Partitions as a grid: one dimension across, the product of the others down. */
export interface Grid {
  readonly across: Across;
  /** The name of the dimension that runs across; null when there is only one. */
  readonly acrossName: string | null;
  readonly depth: number;
  /** What a line is called: the keys of the other dimensions. */
  labelAt(down: number): string;
  keyAt(down: number, across: number): string;
  /** Line and column of a partition, by its position in the definition. */
  placeOf(index: number): { down: number; across: number };
  /** The ranges of each line, by columns. */
  linesOf(ranges: readonly PartitionStateRange[]): PartitionStateRange[][];
}

/** Time runs across when one dimension is of time, else the last dimension does. */
export function gridOf(partitions: Partitioning): Grid {
  if (partitions.kind === "multi") return gridOfSeveral(partitions, dimensionAcross(partitions));
  return {
    across: partitions,
    acrossName: null,
    depth: 1,
    labelAt: () => "",
    keyAt: (_, across) => partitions.keyAt(across),
    placeOf: index => ({ down: 0, across: index }),
    linesOf: ranges => [[...ranges]],
  };
}

function dimensionAcross({ dimensions }: MultiPartitioning): number {
  const ofTime = dimensions.flatMap(({ partitions }, at) => (partitions.kind === "time" ? [at] : []));
  return ofTime.length === 1 ? (ofTime[0] as number) : dimensions.length - 1;
}

/** A position is (outer × width + across) × inner + rest; a line is outer × inner + rest. */
function gridOfSeveral(partitions: MultiPartitioning, at: number): Grid {
  const { dimensions, sizes } = partitions;
  const { name, partitions: across } = dimensions[at] as ResolvedDimension;
  const width = sizes[at] as number;
  const inner = sizes.slice(at + 1).reduce((product, size) => product * size, 1);
  const depth = width === 0 ? 0 : partitions.count / width;
  const indexAt = (down: number, column: number) =>
    (Math.floor(down / inner) * width + column) * inner + (down % inner);
  return {
    across,
    acrossName: name,
    depth,
    labelAt(down) {
      const parts = partitions.placesAt(indexAt(down, 0));
      return dimensions
        .flatMap((it, i) => (i === at ? [] : [it.partitions.keyAt(parts[i] as number)]))
        .join(keyDelimiter);
    },
    keyAt: (down, column) => partitions.keyAt(indexAt(down, column)),
    placeOf(index) {
      const row = Math.floor(index / inner);
      return { down: Math.floor(row / width) * inner + (index % inner), across: row % width };
    },
    linesOf(ranges) {
      const lines: PartitionStateRange[][] = Array.from({ length: depth }, () => []);
      for (const range of ranges) {
        if (inner === 1) cutIntoRows(range, width, lines);
        else cutIntoCells(range, width, inner, lines);
      }
      return lines;
    },
  };
}

/** The dimension across runs fastest: a range is the end of a line, whole lines, the beginning of a line. */
function cutIntoRows(
  { first, last, state }: PartitionStateRange,
  width: number,
  lines: PartitionStateRange[][],
) {
  for (let at = first; at <= last; ) {
    const down = Math.floor(at / width);
    const begin = at - down * width;
    const end = Math.min(width - 1, last - down * width);
    lines[down]?.push({ first: begin, last: end, state });
    at = down * width + end + 1;
  }
}

/** Another dimension runs fastest: what follows in the range lies below, what follows in a line comes later. */
function cutIntoCells(
  { first, last, state }: PartitionStateRange,
  width: number,
  inner: number,
  lines: PartitionStateRange[][],
) {
  for (let at = first; at <= last; at++) {
    const row = Math.floor(at / inner);
    const column = row % width;
    const line = lines[Math.floor(row / width) * inner + (at % inner)];
    const before = line?.at(-1);
    if (line && before?.state === state && before.last === column - 1) {
      line[line.length - 1] = { first: before.first, last: column, state };
    } else line?.push({ first: column, last: column, state });
  }
}

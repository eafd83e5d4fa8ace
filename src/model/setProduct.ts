import { emptySet, type IndexRange, type PartitionSet, setOfRange, setOfRanges } from "./partitionSet.ts";

/**
 * The combinations of one set of each dimension, where the last dimension runs fastest:
 * the index of a combination is that of its row, times the size of a row, plus its place in the row.
 */
export function productOfSets(sets: readonly PartitionSet[], sizes: readonly number[]): PartitionSet {
  let product = setOfRange(0, 1);
  let rowSize = 1;
  for (let i = sets.length - 1; i >= 0; i--) {
    product = rowsTimes(sets[i] as PartitionSet, product, rowSize);
    rowSize *= sizes[i] as number;
  }
  return product;
}

/** Sets of each dimension whose products are together a set of combinations, and do not overlap. */
export function factorsOfSet(set: PartitionSet, sizes: readonly number[]): PartitionSet[][] {
  if (set.count === 0) return [];
  if (sizes.length <= 1) return [[set]];
  const inner = sizes.slice(1);
  const rowSize = inner.reduce((product, size) => product * size, 1);
  return alikeRows(set, rowSize).flatMap(({ rows, row }) =>
    factorsOfSet(row, inner).map(factors => [rows, ...factors]),
  );
}

function rowsTimes(rows: PartitionSet, row: PartitionSet, rowSize: number): PartitionSet {
  if (rows.count === 0 || row.count === 0) return emptySet;
  const ranges: IndexRange[] = [];
  for (const { from, to } of rows.ranges) {
    if (row.count === rowSize) {
      ranges.push({ from: from * rowSize, to: to * rowSize });
      continue;
    }
    for (let index = from; index < to; index++) {
      for (const part of row.ranges) {
        ranges.push({ from: index * rowSize + part.from, to: index * rowSize + part.to });
      }
    }
  }
  return setOfRanges(ranges);
}

/** Puts rows together that hold the same. */
function alikeRows(set: PartitionSet, rowSize: number): { rows: PartitionSet; row: PartitionSet }[] {
  const groups = new Map<string, { rows: IndexRange[]; row: IndexRange[] }>();
  let begun: { at: number; row: IndexRange[] } | null = null;
  for (const range of set.ranges) {
    let from = range.from;
    while (from < range.to) {
      const at = Math.floor(from / rowSize);
      const start = at * rowSize;
      if (begun !== null && begun.at !== at) begun = finish(begun);
      if (from === start && range.to >= start + rowSize) {
        const end = Math.floor(range.to / rowSize);
        add({ from: at, to: end }, [{ from: 0, to: rowSize }]);
        from = end * rowSize;
      } else {
        begun ??= { at, row: [] };
        const to = Math.min(range.to, start + rowSize);
        begun.row.push({ from: from - start, to: to - start });
        from = to;
      }
    }
  }
  if (begun !== null) finish(begun);
  return [...groups.values()].map(({ rows, row }) => ({ rows: setOfRanges(rows), row: setOfRanges(row) }));

  function finish({ at, row }: { at: number; row: IndexRange[] }): null {
    add({ from: at, to: at + 1 }, row);
    return null;
  }

  function add(rows: IndexRange, row: IndexRange[]): void {
    const name = row.map(({ from, to }) => `${from}-${to}`).join();
    const group = groups.get(name) ?? { rows: [], row };
    group.rows.push(rows);
    groups.set(name, group);
  }
}

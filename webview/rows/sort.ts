import type { PreviewCell, PreviewColumn } from "../../src/model/rowsPreview.ts";

/** By which column rows are ordered, and which way. */
export interface Sorting {
  readonly column: number;
  readonly direction: "ascending" | "descending";
}

/** The next way to order by a column: up, down, and as they came. */
export function nextSorting(present: Sorting | null, column: number): Sorting | null {
  if (present?.column !== column) return { column, direction: "ascending" };
  return present.direction === "ascending" ? { column, direction: "descending" } : null;
}

/** The numbers of the rows in their order; equal ones stay as they came, and what is null comes last. */
export function sortedRows(
  rows: readonly (readonly PreviewCell[])[],
  columns: readonly PreviewColumn[],
  sorting: Sorting | null,
): number[] {
  const order = rows.map((_, at) => at);
  const kind = sorting === null ? undefined : columns[sorting.column]?.kind;
  if (sorting === null || kind === undefined) return order;
  const { column, direction } = sorting;
  const way = direction === "ascending" ? 1 : -1;
  return order.sort((a, b) => {
    const [first, second] = [rows[a]?.[column] ?? null, rows[b]?.[column] ?? null];
    if (first === null || second === null) return Number(first === null) - Number(second === null);
    return way * compare(first, second, kind);
  });
}

function compare(
  a: Exclude<PreviewCell, null>,
  b: Exclude<PreviewCell, null>,
  kind: PreviewColumn["kind"],
): number {
  if (kind === "number") {
    const [x, y] = [Number(a), Number(b)];
    // Whole numbers that are longer than JavaScript's keep all of their digits.
    if (x === y && a !== b && isWhole(a) && isWhole(b)) return BigInt(a) < BigInt(b) ? -1 : 1;
    if (!Number.isNaN(x) && !Number.isNaN(y)) return x - y;
  }
  if (kind === "time") return a < b ? -1 : a > b ? 1 : 0;
  return collator.compare(String(a), String(b));
}

function isWhole(value: PreviewCell): value is string | number {
  return /^-?\d+$/.test(String(value));
}

const collator = new Intl.Collator(undefined, { numeric: true });

import type { RowsSubject } from "../../src/protocol/rows.ts";
import type { Sorting } from "./sort.ts";

/** What is kept over a reload of the window. */
export interface RowsMemory {
  /** Whose rows were shown. */
  readonly subject: RowsSubject | null;
  /** How those of an asset were ordered. */
  readonly sorted: { readonly asset: string; readonly sorting: Sorting } | null;
}

/** What an earlier window has written down may be anything; what we do not understand is forgotten. */
export function recall(written: unknown): RowsMemory {
  const { subject, sorted } = (written ?? {}) as { subject?: unknown; sorted?: unknown };
  return { subject: recallSubject(subject), sorted: recallSorted(sorted) };
}

function recallSubject(written: unknown): RowsSubject | null {
  const { root, asset, partition, test } = (written ?? {}) as Partial<RowsSubject>;
  if (typeof root !== "string" || typeof asset !== "string") return null;
  const { name, uniqueId } = test ?? {};
  const isTest = typeof name === "string" && typeof uniqueId === "string";
  return {
    root,
    asset,
    partition: typeof partition === "string" ? partition : null,
    test: isTest ? { name, uniqueId } : null,
  };
}

function recallSorted(written: unknown): RowsMemory["sorted"] {
  const { asset, sorting } = (written ?? {}) as { asset?: unknown; sorting?: Partial<Sorting> | null };
  const { column, direction } = sorting ?? {};
  const isWay = direction === "ascending" || direction === "descending";
  return typeof asset === "string" && typeof column === "number" && isWay
    ? { asset, sorting: { column, direction } }
    : null;
}

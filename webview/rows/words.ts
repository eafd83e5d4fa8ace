import { formatCount } from "../../src/model/format.ts";
import type { PreviewCell, PreviewColumn } from "../../src/model/rowsPreview.ts";
import type { ShownRows } from "../../src/protocol/rows.ts";

/** What a cell shows. A time loses what says nothing: midnight, and a fraction of zero. */
export function cellText(cell: PreviewCell, kind: PreviewColumn["kind"]): string {
  if (cell === null) return "null";
  if (kind !== "time") return String(cell);
  return String(cell)
    .replace("T00:00:00.000Z", "")
    .replace("T", " ")
    .replace(/(\.000)?Z$/, "");
}

/** "The first 100 rows of all partitions", "3 rows of 2026-01-02". */
export function countText({ rows, isCut, partition, hasPartitions }: ShownRows): string {
  const count = rows.length === 1 ? "1 row" : `${formatCount(rows.length)} rows`;
  const what = isCut ? `The first ${count}` : count;
  return hasPartitions ? `${what} of ${partition ?? "all partitions"}` : what;
}

/** What a tooltip says of a column. */
export function columnTitle({ name, type, description }: PreviewColumn): string {
  return [[name, type].filter(Boolean).join("  "), description].filter(Boolean).join("\n");
}

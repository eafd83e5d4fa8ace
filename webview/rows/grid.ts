import { select } from "d3-selection";
import type { PreviewCell, PreviewColumn } from "../../src/model/rowsPreview.ts";
import type { ShownRows } from "../../src/protocol/rows.ts";
import { type Cell, walk } from "./keys.ts";
import { nextSorting, type Sorting, sortedRows } from "./sort.ts";
import { cellText, columnTitle } from "./words.ts";

/** A table that a keyboard and a screen reader can walk, and that is ordered by a click on a name. */
export interface Grid {
  show(rows: ShownRows | null): void;
  focus(): void;
}

export interface GridOptions {
  /** How an asset was ordered before. */
  readonly remembered: { readonly asset: string; readonly sorting: Sorting } | null;
  /** The cell that the keyboard is at, in words. */
  moved(words: string): void;
  sorted(asset: string, sorting: Sorting | null, words: string): void;
}

/** How many rows a page of the keyboard has. */
const page = 20;

export function createGrid(container: HTMLElement, options: GridOptions): Grid {
  const scroller = select(container).append("div").attr("class", "scroller");
  const table = scroller.append("table").attr("role", "grid").attr("class", "grid");
  const head = table
    .append("thead")
    .attr("role", "rowgroup")
    .append("tr")
    .attr("role", "row")
    .attr("aria-rowindex", 1);
  const body = table.append("tbody").attr("role", "rowgroup");
  let shown: ShownRows | null = null;
  let sorting: Sorting | null = options.remembered?.sorting ?? null;
  let sortedAsset: string | null = options.remembered?.asset ?? null;
  let order: readonly number[] = [];
  let at: Cell = { row: 0, column: 0 };
  table.on("keydown", keyPressed).on("focusin", (event: FocusEvent) => remember(event.target as Element));

  return {
    show(rows) {
      const isSame = shown?.asset === rows?.asset;
      shown = rows;
      if (!isSame) at = { row: 0, column: 0 };
      // Another asset has other columns, so it comes as it comes.
      if (rows !== null && rows.asset !== sortedAsset) sorting = null;
      if (rows !== null) sortedAsset = rows.asset;
      if (sorting !== null && (rows === null || sorting.column >= rows.columns.length)) sorting = null;
      draw();
    },
    focus: () => cellAt(at)?.focus(),
  };

  function draw() {
    const { columns, rows, asset } = shown ?? { columns: [], rows: [], asset: "" };
    order = sortedRows(rows, columns, sorting);
    table
      .attr("aria-label", `Rows of ${asset}`)
      .attr("aria-rowcount", rows.length + 1)
      .attr("aria-colcount", columns.length);
    drawHead(columns);
    const lines = body
      .selectAll<HTMLTableRowElement, number>("tr")
      .data([...order])
      .join("tr")
      .attr("role", "row")
      .attr("aria-rowindex", (_, line) => line + 2);
    lines
      .selectAll<HTMLTableCellElement, PreviewCell>("td")
      .data(row => (rows[row] ?? []).map(it => it))
      .join("td")
      .attr("role", "gridcell")
      .attr("tabindex", -1)
      .attr("class", (cell, column) => classOf(cell, columns[column]?.kind))
      .attr("title", (cell, column) => longText(cellText(cell, columns[column]?.kind ?? "text")))
      .text((cell, column) => cellText(cell, columns[column]?.kind ?? "text"));
    makeTabbable();
  }

  function drawHead(columns: readonly PreviewColumn[]) {
    const names = head
      .selectAll<HTMLTableCellElement, PreviewColumn>("th")
      .data([...columns])
      .join(enter => {
        const cell = enter.append("th");
        cell.append("span").attr("class", "name");
        cell.append("span").attr("class", "arrow").attr("aria-hidden", "true");
        return cell;
      })
      .attr("role", "columnheader")
      .attr("scope", "col")
      .attr("tabindex", -1)
      .attr("class", it => it.kind)
      .attr("title", columnTitle)
      .attr("aria-sort", (_, column) => (sorting?.column === column ? sorting.direction : "none"))
      .on("click", (event: MouseEvent) => sortBy(columnOf(event.currentTarget as Element)));
    names.select(".name").text(it => it.name);
    names
      .select(".arrow")
      .text((_, column) => (sorting?.column !== column ? "" : sorting.direction === "ascending" ? "↑" : "↓"));
  }

  function sortBy(column: number) {
    const name = shown?.columns[column]?.name;
    if (shown === null || name === undefined) return;
    sorting = nextSorting(sorting, column);
    at = { row: 0, column };
    draw();
    cellAt(at)?.focus();
    options.sorted(
      shown.asset,
      sorting,
      sorting === null ? "As they came" : `Ordered by ${name}, ${sorting.direction}`,
    );
  }

  function keyPressed(event: KeyboardEvent) {
    if (shown === null) return;
    const isSort = at.row === 0 && (event.key === "Enter" || event.key === " ");
    const next = isSort
      ? null
      : walk(at, event, { rows: order.length + 1, columns: shown.columns.length }, page);
    if (!isSort && next === null) return;
    event.preventDefault();
    if (next === null) return sortBy(at.column);
    at = next;
    makeTabbable();
    cellAt(at)?.focus();
  }

  function remember(cell: Element) {
    const line = cell.closest("tr");
    if (line === null || shown === null) return;
    at = { row: Number(line.getAttribute("aria-rowindex")) - 1, column: columnOf(cell) };
    makeTabbable();
    const name = shown.columns[at.column]?.name ?? "";
    options.moved(at.row === 0 ? name : `${name}: ${cell.textContent}`);
  }

  /** One cell can be reached by Tab; from there the arrows lead on. */
  function makeTabbable() {
    table.selectAll("[tabindex='0']").attr("tabindex", -1);
    cellAt(at)?.setAttribute("tabindex", "0");
  }

  function cellAt({ row, column }: Cell): HTMLElement | null {
    const line = (table.node() as HTMLTableElement).rows[row];
    return (line?.cells[column] as HTMLElement | undefined) ?? null;
  }
}

function columnOf(cell: Element): number {
  return (cell as HTMLTableCellElement).cellIndex;
}

function classOf(cell: PreviewCell, kind: PreviewColumn["kind"] | undefined): string {
  return cell === null ? `${kind ?? "text"} nothing` : (kind ?? "text");
}

/** A tooltip only where the cell is likely to be cut. */
function longText(text: string): string | null {
  return text.length > 40 ? text : null;
}

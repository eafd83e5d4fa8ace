/** A cell of the grid; row 0 holds the names of the columns. */
export interface Cell {
  readonly row: number;
  readonly column: number;
}

/** How large the grid is, with the row of names. */
export interface GridSize {
  readonly rows: number;
  readonly columns: number;
}

/** Where a key leads from a cell; null for a key that leads nowhere. */
export function walk(
  from: Cell,
  { key, ctrlKey, metaKey }: Pick<KeyboardEvent, "key" | "ctrlKey" | "metaKey">,
  size: GridSize,
  page: number,
): Cell | null {
  const far = ctrlKey || metaKey;
  const to = (row: number, column: number) => ({
    row: Math.max(0, Math.min(size.rows - 1, row)),
    column: Math.max(0, Math.min(size.columns - 1, column)),
  });
  const { row, column } = from;
  switch (key) {
    case "ArrowUp":
      return far ? to(0, column) : to(row - 1, column);
    case "ArrowDown":
      return far ? to(size.rows - 1, column) : to(row + 1, column);
    case "ArrowLeft":
      return far ? to(row, 0) : to(row, column - 1);
    case "ArrowRight":
      return far ? to(row, size.columns - 1) : to(row, column + 1);
    case "Home":
      return to(far ? 0 : row, 0);
    case "End":
      return to(far ? size.rows - 1 : row, size.columns - 1);
    case "PageUp":
      return to(row - page, column);
    case "PageDown":
      return to(row + page, column);
    default:
      return null;
  }
}

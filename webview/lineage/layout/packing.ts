export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** How much wider than high a packed picture likes to be. */
const aspect = 1.7;

/** The width at which blocks of this size make a picture of pleasant proportions. */
export function pleasantWidth(blocks: readonly Size[], gap: number): number {
  const widest = blocks.reduce((most, it) => Math.max(most, it.width), 0);
  const area = blocks.reduce((sum, it) => sum + (it.width + gap) * (it.height + gap), 0);
  return Math.max(widest, Math.sqrt(area * aspect));
}

/** How low a block may be, beside the first of its row, before it gets a row of its own. */
const lowest = 0.4;

/** Lays blocks in rows from left to right, in the order given; only blocks of like height share a row. */
export function packRows(blocks: readonly Size[], maxWidth: number, gap: number): Point[] {
  let x = 0;
  let y = 0;
  let rowHeight = 0;
  return blocks.map(({ width, height }) => {
    if (x > 0 && (x + width > maxWidth || height < rowHeight * lowest)) {
      y += rowHeight + gap;
      x = 0;
      rowHeight = 0;
    }
    const place = { x, y };
    x += width + gap;
    rowHeight = Math.max(rowHeight, height);
    return place;
  });
}

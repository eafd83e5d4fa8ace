import type { PartitionStateName } from "../../../src/model/backfillState.ts";
import { drawnStates } from "../layout/counts.ts";
import type { Piece } from "../layout/pieces.ts";
import { inset, lineHeight, type PlacedLine } from "../layout.ts";

/** What is drawn of a state: surfaces in its colour, surfaces with a touch of it, lines. */
export interface StatePaths {
  readonly state: PartitionStateName;
  readonly solid: string;
  readonly tinted: string;
  readonly line: string;
}

/** From here on a piece has room for the mark of its state; narrower ones are told by their height. */
const roomy = 12;
const full = lineHeight - 2 * inset;

/** One path for each state and manner, however many pieces there are. */
export function pathsOf(lines: readonly PlacedLine[], width: number): StatePaths[] {
  const solid = new Map<PartitionStateName, string[]>();
  const tinted = new Map<PartitionStateName, string[]>();
  const line = new Map<PartitionStateName, string[]>();
  const pen = { solid: adder(solid), tinted: adder(tinted), line: adder(line) };
  for (const { y, pieces } of lines) for (const piece of pieces) drawPiece(pen, piece, y + inset, width);
  return drawnStates.flatMap(state => {
    const [a = [], b = [], c = []] = [solid.get(state), tinted.get(state), line.get(state)];
    const isEmpty = a.length + b.length + c.length === 0;
    return isEmpty ? [] : [{ state, solid: a.join(""), tinted: b.join(""), line: c.join("") }];
  });
}

type Add = (state: PartitionStateName, path: string) => void;
interface Pen {
  readonly solid: Add;
  readonly tinted: Add;
  readonly line: Add;
}

function adder(paths: Map<PartitionStateName, string[]>): Add {
  return (state, path) => {
    const known = paths.get(state);
    if (known) known.push(path);
    else paths.set(state, [path]);
  };
}

function drawPiece(pen: Pen, piece: Piece, y: number, width: number): void {
  // A hair of paper between neighbours, where there is room for it.
  const left = Math.max(piece.left, -8);
  const right = Math.min(piece.right, width + 8) - (piece.right - piece.left >= 6 ? 1 : 0);
  const [only] = piece.shares;
  if (piece.shares.length > 1 || only === undefined || only.part < 1) {
    drawStack(pen, piece, left, right, y);
  } else if (right - left < roomy) drawNarrow(pen, only.state, left, right, y);
  else drawRoomy(pen, only.state, left, right, y, Math.max(left, 0), Math.min(right, width));
}

/** States above one another, by their share; the hole on top is paper. */
function drawStack(pen: Pen, { shares }: Piece, left: number, right: number, y: number): void {
  let bottom = y + full;
  for (const { state, part } of shares) {
    const top = Math.round(bottom - part * full);
    pen.solid(state, box(left, top, right, Math.round(bottom)));
    bottom = top;
  }
}

/** Too narrow for a mark: each state has a height of its own. */
function drawNarrow({ solid }: Pen, state: PartitionStateName, left: number, right: number, y: number): void {
  for (const [top, bottom] of heights[state]) solid(state, box(left, y + top, right, y + bottom));
}

/** From where to where, below the top of a full one; what failed stands out of its line. */
const heights: Readonly<Record<PartitionStateName, readonly (readonly [number, number])[]>> = {
  materialized: [[0, full]],
  stale: [[full * 0.34, full]],
  failed: [[1 - inset, full + inset - 1]],
  running: [[full * 0.25, full * 0.75]],
  queued: [[full * 0.4, full * 0.6]],
  unknown: [
    [0, full * 0.25],
    [full * 0.75, full],
  ],
};

/** A rectangle with the mark of its state: in the middle of what is in view. */
function drawRoomy(
  { solid, tinted, line }: Pen,
  state: PartitionStateName,
  left: number,
  right: number,
  y: number,
  visibleLeft: number,
  visibleRight: number,
): void {
  const x = Math.round((visibleLeft + visibleRight) / 2);
  const middle = y + full / 2;
  if (state === "materialized") solid(state, round(left, y, right, y + full));
  else if (state === "stale") solid(state, notched(left, y, right, y + full));
  else tinted(state, round(left + 0.75, y + 0.75, right - 0.75, y + full - 0.75));
  if (state === "failed") line(state, `M${x - 3.5},${middle - 3.5}l7,7m0,-7l-7,7`);
  if (state === "queued") solid(state, `M${x - 2.5},${middle}a2.5,2.5 0 1 0 5,0a2.5,2.5 0 1 0 -5,0z`);
  if (state === "running") solid(state, box(left + 4, middle - 2.5, right - 4, middle + 2.5));
  if (state === "unknown") {
    line(state, `M${x - 2.2},${middle - 2.6}a2.3,2.3 0 1 1 3.4,2c-.8,.5 -1.2,.8 -1.2,1.7`);
    solid(state, box(x - 0.8, middle + 3.2, x + 0.8, middle + 4.8));
  }
}

const radius = 2;
const notch = 6;

function box(left: number, top: number, right: number, bottom: number): string {
  // Relative, for small numbers are short and soon written.
  return `M${left},${top}h${right - left}v${bottom - top}h${left - right}z`;
}

function round(left: number, top: number, right: number, bottom: number): string {
  return `M${left + radius},${top}H${right - radius}l2,2V${bottom - radius}l-2,2H${left + radius}l-2,-2V${top + radius}z`;
}

function notched(left: number, top: number, right: number, bottom: number): string {
  return `M${left},${top}H${right - notch}L${right},${top + notch}V${bottom}H${left}z`;
}

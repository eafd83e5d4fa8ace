import type { PartitionStateName } from "../../../src/model/backfillState.ts";
import type { Column } from "./columns.ts";
import { type Counter, type Counts, drawnStates } from "./counts.ts";

/** Columns side by side that look the same: one rectangle when all is in one state, else a stack of states. */
export interface Piece {
  readonly left: number;
  readonly right: number;
  readonly from: number;
  readonly to: number;
  readonly shares: readonly Share[];
}

/** The part of a piece's height that a state takes, from the bottom up. */
export interface Share {
  readonly state: PartitionStateName;
  readonly part: number;
}

/** What a line looks like over these columns; where nothing is, there is no piece. */
export function piecesOf(columns: readonly Column[], count: Counter, depth: number): Piece[] {
  const pieces: Piece[] = [];
  let last: GrowingPiece | null = null;
  for (const { from, to, left, right } of columns) {
    const shares = sharesOf(count(from, to), (to - from) * depth);
    if (shares === nothing) {
      last = null;
    } else if (last !== null && last.shares === shares && last.right === left) {
      last.right = right;
      last.to = to;
    } else {
      const piece: GrowingPiece = { left, right, from, to, shares };
      pieces.push(piece);
      last = piece;
    }
  }
  return pieces;
}

interface GrowingPiece extends Piece {
  right: number;
  to: number;
}

/** In sixteenths, so that neighbours that hardly differ become one; what is there at all is seen. */
const steps = 16;
/** What nobody may overlook is seen even when it is one of a thousand. */
const leastParts = drawnStates.map(state => ({ failed: 4, unknown: 3, running: 3 })[state as string] ?? 1);
const nothing: readonly Share[] = [];
/** The same list for the same look, so that looks are compared at no cost. */
const known = new Map<number, readonly Share[]>([[0, nothing]]);
const parts = drawnStates.map(() => 0);

function sharesOf(counts: Counts, total: number): readonly Share[] {
  let sum = 0;
  let taken = 0;
  for (let at = 0; at < parts.length; at++) {
    const count = counts[at] as number;
    const part = count === 0 ? 0 : Math.max(Math.round((count / total) * steps), leastParts[at] as number);
    parts[at] = part;
    sum += count;
    taken += part;
  }
  // A column with a hole is not full, and what is seldom takes its room from what is most.
  const room = sum === total ? steps : steps - 1;
  if (sum === total && taken < room) parts[largestPart()] = (parts[largestPart()] as number) + room - taken;
  for (; taken > room; taken--) {
    const largest = largestPart();
    if ((parts[largest] as number) <= 1) break;
    parts[largest] = (parts[largest] as number) - 1;
  }
  const look = parts.reduce((number, part) => number * (steps + 1) + part, 0);
  const shares = known.get(look) ?? listShares();
  known.set(look, shares);
  return shares;
}

function largestPart(): number {
  let largest = 0;
  for (let at = 1; at < parts.length; at++) {
    if ((parts[at] as number) > (parts[largest] as number)) largest = at;
  }
  return largest;
}

function listShares(): Share[] {
  return drawnStates.flatMap((state, at) => {
    const part = parts[at] as number;
    return part === 0 ? [] : [{ state, part: part / steps }];
  });
}

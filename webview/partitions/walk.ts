import type { Span } from "../shared/span.ts";
import type { Move } from "./keys.ts";
import { extentOf, indexAtValue } from "./layout/columns.ts";
import type { Block, Track } from "./matrix.ts";
import type { Place } from "./place.ts";

/** Where a step of the keyboard leads; null when there is nothing in that direction. */
export function walk(blocks: readonly Block[], from: Place, move: Move, span: Span): Place | null {
  return move.axis === "across" ? walkAcross(blocks, from, move, span) : walkDown(blocks, from, move);
}

/** Where the keyboard begins: the latest partition of the first line that has some. */
export function firstPlace(blocks: readonly Block[]): Place | null {
  for (const [block, { size, trackAt }] of blocks.entries()) {
    for (let line = 0; line < size; line++) {
      const { across } = trackAt(line);
      if (across.count > 0) return { block, line, across: across.count - 1 };
    }
  }
  return null;
}

function walkAcross(blocks: readonly Block[], from: Place, { step, sign }: Move, span: Span): Place | null {
  const track = blocks[from.block]?.trackAt(from.line);
  if (!track) return null;
  const last = track.across.count - 1;
  const to = {
    one: () => from.across + sign,
    change: () => changeFrom(track, from.across, sign),
    page: () => pageFrom(track, from.across, sign, span),
    end: () => (sign < 0 ? 0 : last),
  }[step]();
  const across = Math.min(Math.max(to, 0), last);
  return across === from.across ? null : { ...from, across };
}

/** The next line that has partitions, at the same time; in another block as far across as it goes. */
function walkDown(blocks: readonly Block[], from: Place, { step, sign }: Move): Place | null {
  const own = blocks[from.block]?.trackAt(from.line);
  if (!own) return null;
  let [block, line] = [from.block, from.line];
  let found: Place | null = null;
  for (;;) {
    line += sign;
    if (line < 0 || line >= (blocks[block]?.size ?? 0)) {
      block += sign;
      const next = blocks[block];
      if (next === undefined) return found;
      line = sign < 0 ? next.size - 1 : 0;
    }
    const track = blocks[block]?.trackAt(line);
    if (!track || track.across.count === 0) continue;
    found = { block, line, across: sameAcross(own, track, from.across, block === from.block) };
    if (step !== "end") return found;
  }
}

function sameAcross(own: Track, track: Track, across: number, isSameAxis: boolean): number {
  if (isSameAxis) return indexAtValue(track.across, extentOf(own.across, across, across).from);
  return Math.min(across, track.across.count - 1);
}

/** The first partition in another state, found by halves: counts tell whether all up to there are alike. */
function changeFrom({ count, across }: Track, from: number, sign: 1 | -1): number {
  const look = count(from, from + 1).join();
  const room = sign > 0 ? across.count - 1 - from : from;
  const isAlike = (steps: number) => {
    const [first, last] = sign > 0 ? [from, from + steps] : [from - steps, from];
    const own = count(from, from + 1);
    const all = count(first, last + 1);
    return all.every((it, at) => it === (own[at] as number) * (steps + 1)) && look !== "";
  };
  let [alike, size] = [0, room];
  while (size > 0) {
    const half = (size + 1) >> 1;
    if (isAlike(alike + half)) {
      alike += half;
      size -= half;
    } else size = half - 1;
  }
  return from + sign * (alike + 1);
}

function pageFrom({ across }: Track, from: number, sign: 1 | -1, { from: begin, to: end }: Span): number {
  const here = extentOf(across, from, from).from;
  const there = indexAtValue(across, here + sign * (end - begin) * 0.8);
  return there === from ? from + sign : there;
}

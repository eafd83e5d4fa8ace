import type { AssetStateName, PartsInState } from "../../src/model/assetState.ts";
import { worstState } from "../../src/model/stateWords.ts";

/** One piece of a partitions bar, in pixels. */
export interface BarPiece {
  readonly state: AssetStateName;
  readonly x: number;
  readonly width: number;
}

/**
 * The ranges of a partitioned asset, as long as the number of their partitions.
 * A pixel that ranges share shows the worst of them: a failure never disappears.
 */
export function partsBar(parts: readonly PartsInState[], width: number): BarPiece[] {
  const total = parts.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return [];
  const pixels: Set<AssetStateName>[] = Array.from({ length: width }, () => new Set());
  let begin = 0;
  for (const { state, count } of parts) {
    if (count === 0) continue;
    const end = begin + (count / total) * width;
    // A thousandth, so that a sum of fractions that means 70 does not touch pixel 70.
    const first = Math.min(width - 1, Math.floor(begin + 0.001));
    const last = Math.max(first, Math.ceil(end - 0.001) - 1);
    for (let pixel = first; pixel <= last; pixel++) pixels[pixel]?.add(state);
    begin = end;
  }
  const pieces: { state: AssetStateName; x: number; width: number }[] = [];
  for (const [x, states] of pixels.entries()) {
    const state = worstState(states);
    const piece = pieces.at(-1);
    if (piece?.state === state) piece.width++;
    else pieces.push({ state, x, width: 1 });
  }
  return pieces;
}

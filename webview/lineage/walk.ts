import type { GraphIndex } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Layout, PlacedAsset } from "./layout/placed.ts";

export type Direction = "upstream" | "downstream" | "above" | "below";

/** Where a step leads, and which of how many choices it was. */
export interface Step {
  readonly to: AssetKey;
  readonly place: number;
  readonly of: number;
}

/** Walks along the edges: left to what an asset is made from, right to what is made from it. */
export interface Walk {
  step(from: AssetKey, direction: Direction): Step | null;
}

/** A walk remembers the way it came, so that right after left is where one was. */
export function createWalk(layout: Layout, index: GraphIndex): Walk {
  const cameFrom = { upstream: new Map<AssetKey, AssetKey>(), downstream: new Map<AssetKey, AssetKey>() };

  return {
    step(from, direction) {
      const here = layout.byKey.get(from);
      if (!here) return null;
      if (direction === "above" || direction === "below") return besides(here, direction);
      const neighbours = direction === "upstream" ? index.parents : index.children;
      const choices = placed(neighbours.get(from) ?? []).filter(it => it !== here);
      const remembered = cameFrom[direction].get(from);
      const to = choices.find(it => it.asset.key === remembered) ?? nearest(choices, here);
      if (!to) return null;
      cameFrom[direction === "upstream" ? "downstream" : "upstream"].set(to.asset.key, from);
      return { to: to.asset.key, place: choices.indexOf(to) + 1, of: choices.length };
    },
  };

  function placed(keys: readonly AssetKey[]): PlacedAsset[] {
    const found = [...new Set(keys)].flatMap(key => layout.byKey.get(key) ?? []);
    return found.sort((a, b) => a.y - b.y || a.x - b.x);
  }

  /** The next card in the same column, or in the column of another picture above or below. */
  function besides(here: PlacedAsset, direction: "above" | "below"): Step | null {
    const sign = direction === "above" ? -1 : 1;
    const column = layout.assets.filter(it => Math.abs(it.x - here.x) < layout.card.width);
    const to = nearest(
      column.filter(it => (it.y - here.y) * sign > 0),
      here,
    );
    if (!to) return null;
    const sorted = column.toSorted((a, b) => a.y - b.y || a.x - b.x);
    return { to: to.asset.key, place: sorted.indexOf(to) + 1, of: sorted.length };
  }
}

function nearest(choices: readonly PlacedAsset[], { x, y }: PlacedAsset): PlacedAsset | undefined {
  let best: PlacedAsset | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const choice of choices) {
    const distance = Math.abs(choice.y - y) + Math.abs(choice.x - x) / 10;
    if (distance < least) {
      least = distance;
      best = choice;
    }
  }
  return best;
}

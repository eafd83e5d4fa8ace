import type { AssetKey } from "../../../src/model/assetKey.ts";
import type { AssetState, AssetStateName } from "../../../src/model/assetState.ts";
import { shownState } from "../../../src/model/stateWords.ts";
import type { Measure } from "../../shared/ellipsis.ts";
import type { Layout, PlacedAsset } from "../layout/placed.ts";

/** All that a picture shows; `draw` turns it into SVG and keeps nothing. */
export interface Scene {
  readonly layout: Layout;
  readonly states: ReadonlyMap<AssetKey, AssetState>;
  readonly selected: AssetKey | null;
  /** What stands out while the rest is dimmed: the path of the hovered or the selected asset. */
  readonly path: ReadonlySet<AssetKey> | null;
  readonly measureName: Measure;
  readonly measureGroup: Measure;
}

/** The state that a card shows: of a partitioned asset the worst of its parts; null when nothing is known. */
export function drawnState(states: Scene["states"], { asset }: PlacedAsset): AssetStateName | null {
  const state = states.get(asset.key);
  if (!state) return null;
  const shown = shownState(state);
  // A source that nobody observes is not missing: it is simply outside.
  const isOutside = asset.kind === "source" || asset.kind === "exposure";
  return isOutside && shown === "missing" ? null : shown;
}

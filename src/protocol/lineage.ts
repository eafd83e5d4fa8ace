import type { AssetGraph } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState } from "../model/assetState.ts";

/** What the lineage picture can be told. */
export interface LineageView {
  /** Replaces the graph; positions of assets that stay do not jump. */
  show(graph: AssetGraph): void;
  /** States by asset; assets not named keep theirs. */
  showStates(states: AssetState[]): void;
  /** Centres and marks an asset, or nothing. */
  select(asset: AssetKey | null): void;
  /** Says why there is nothing to draw, and the one thing to do about it; the next `show` replaces it. */
  showEmpty(cause: string, action: string | null): void;
}

/** What the lineage picture may ask of its host. */
export interface LineageHost {
  /** The picture is drawn and listens; the host answers by `show`. */
  ready(): void;
  /** The user selected it in the picture. */
  choose(asset: AssetKey): void;
  showDetails(asset: AssetKey): void;
  /** A click on it: its source is shown where text is seen, and the picture keeps the keyboard. */
  showSource(asset: AssetKey): void;
  openSource(asset: AssetKey): void;
  materialize(asset: AssetKey, withUpstream: boolean): void;
  /** The action that `showEmpty` offered; before that, help with a first asset. */
  takeAction(): void;
}

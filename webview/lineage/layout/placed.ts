import type { AssetEdge, AssetNode } from "../../../src/model/assetGraph.ts";
import type { AssetKey } from "../../../src/model/assetKey.ts";
import type { Point, Size } from "./packing.ts";

/** An asset and the upper left corner of its card. */
export interface PlacedAsset extends Point {
  readonly asset: AssetNode;
}

/** An edge from the right side of one card to the left side of the next, level through the columns between. */
export interface PlacedEdge {
  readonly edge: AssetEdge;
  readonly points: readonly Point[];
  /** Closes a cycle, and so runs from right to left. */
  readonly isReversed: boolean;
}

export interface Bounds extends Point, Size {}

export interface Layout {
  /** In reading order: block by block, column by column, from the top. */
  readonly assets: readonly PlacedAsset[];
  readonly edges: readonly PlacedEdge[];
  readonly byKey: ReadonlyMap<AssetKey, PlacedAsset>;
  readonly bounds: Bounds;
  readonly card: Size;
}

export interface LayoutOptions {
  readonly cardWidth: number;
  readonly cardHeight: number;
  /** Between two cards of a column, and between a passing edge and its neighbours. */
  readonly cardGap: number;
  readonly edgeGap: number;
  /** Between two columns: more where edges climb steeply. */
  readonly minColumnGap: number;
  readonly maxColumnGap: number;
  /** Between two blocks that no edge joins. */
  readonly blockGap: number;
  /** Long edges bend around cards while this budget lasts. */
  readonly maxBends: number;
  /** Whether what stays keeps its place too, or only its order. */
  readonly keepsPlaces: boolean;
}

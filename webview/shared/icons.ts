import type { AssetKind } from "../../src/model/assetGraph.ts";

/** The side of the field that an icon is drawn in. */
export const iconSize = 16;

/** What an asset is made of; drawn as lines, without a font. */
export const kindIcons: Readonly<Record<AssetKind, string>> = {
  // Braces.
  typescript:
    "M6.5 2.5H6a1.5 1.5 0 0 0-1.5 1.5v2.2A1.8 1.8 0 0 1 2.7 8a1.8 1.8 0 0 1 1.8 1.8V12A1.5 1.5 0 0 0 6 13.5h.5M9.5 2.5h.5A1.5 1.5 0 0 1 11.5 4v2.2A1.8 1.8 0 0 0 13.3 8a1.8 1.8 0 0 0-1.8 1.8V12a1.5 1.5 0 0 1-1.5 1.5h-.5",
  // Two models, one built upon the other.
  dbt: "M8 1.8L14 4.9L8 8L2 4.9zM2.3 8.2L8 11.1L13.7 8.2M2.3 11.2L8 14.1L13.7 11.2",
  // A table that somebody else fills.
  source:
    "M3 4c0-1.2 2.2-2 5-2s5 .8 5 2s-2.2 2-5 2s-5-.8-5-2zM3 4v8c0 1.2 2.2 2 5 2s5-.8 5-2V4M3 8c0 1.2 2.2 2 5 2s5-.8 5-2",
  // A chart that somebody reads.
  exposure: "M2.5 13.5h11M4 11V7.5M7 11V3M10 11V5.5M13 11V8.5",
};

/** What the toolbar does. */
export const actionIcons = {
  materialize: "M4.5 2.5L12.5 8L4.5 13.5z",
  withUpstream: "M7.5 4.5L13.5 8L7.5 11.5zM2.5 3v3a2 2 0 0 0 2 2h3M2.5 13v-3a2 2 0 0 1 2-2",
  fit: "M2.5 6V2.5H6M10 2.5h3.5V6M13.5 10v3.5H10M6 13.5H2.5V10M5.5 6.5h5v3h-5z",
  search: "M7 2.5a4.5 4.5 0 1 1 0 9a4.5 4.5 0 0 1 0-9zM10.3 10.3L14 14",
  clear: "M4 4l8 8M12 4l-8 8",
  nearer: "M8 3v10M3 8h10",
  farther: "M3 8h10",
  back: "M9.5 3.5L5 8l4.5 4.5M5 8h8",
  backfill: "M2.5 3.5h11v10h-11zM2.5 6.5h11M5.5 2v3M10.5 2v3M6.5 8.5L10 10.5L6.5 12.5z",
  pause: "M5.5 3.5v9M10.5 3.5v9",
  resume: "M4.5 2.5L12.5 8L4.5 13.5z",
  cancel: "M4 4h8v8H4z",
  latest: "M3 8h8M8 4.5L11.5 8L8 11.5M13.5 3v10",
  copy: "M5.5 5.5v-3h8v8h-3M2.5 5.5h8v8h-8z",
  log: "M3 2.5h10v11H3zM5.5 5.5h5M5.5 8h5M5.5 10.5h3",
  source: "M5.5 4.5L2 8l3.5 3.5M10.5 4.5L14 8l-3.5 3.5",
  rows: "M2.5 3h11v10h-11zM2.5 6.2h11M2.5 9.6h11M6.5 3v10",
  lineage: "M2 6.5h4v3H2zM10 2.5h4v3h-4zM10 10.5h4v3h-4zM6 8h2M8 4v8M8 4h2M8 12h2",
  details: "M8 2a6 6 0 1 1 0 12a6 6 0 0 1 0-12zM8 7.3v3.7M8 4.9v.3",
  keep: "M6 2.5h4M6.7 2.5l-.4 4.2l-2 2.3h7.4l-2-2.3l-.4-4.2M8 9v4.5",
  run: "M2.5 4h6v2.5h-6zM5.5 9.5h8V12h-8z",
  again: "M2.5 3.5L8 8L2.5 12.5zM8.5 3.5L14 8L8.5 12.5z",
  retry: "M12.5 8a4.5 4.5 0 1 1-1.4-3.3M12.5 2.5v3h-3",
} as const;

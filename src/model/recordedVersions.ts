import type { AssetKey } from "./assetKey.ts";

/** What is recorded of the materialized partitions of one asset. One without partitions has the position 0. */
export interface RecordedVersions {
  readonly groups: readonly VersionGroup[];
  /** By position: data versions that are in force again after others, and when they were before. */
  readonly returned: ReadonlyMap<number, readonly FormerTime[]>;
}

/** Partitions that were made by the same code from the same assets; the lists go side by side. */
export interface VersionGroup {
  readonly codeVersion: string | null;
  /** Null: not known. */
  readonly inputs: readonly AssetKey[] | null;
  readonly positions: readonly number[];
  /** The number at which the data version last changed; infinite before it has one. */
  readonly changed: readonly number[];
  /** Changes up to this number were there to be loaded; NaN when nothing was upstream. */
  readonly watermarks: readonly number[];
  /** Changes after this number were certainly not loaded; only where something has returned. */
  readonly settled?: readonly number[];
}

/** A version was in force from one number up to another, which is not included. */
export interface FormerTime {
  readonly since: number;
  readonly until: number;
}

export const nothingRecorded: RecordedVersions = { groups: [], returned: new Map() };

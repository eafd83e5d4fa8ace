import type { FormerTime, RecordedVersions } from "./recordedVersions.ts";

/** The versions of one asset by position, as numbers to run over: there may be a million. */
export interface VersionSheet {
  readonly count: number;
  /** Its group in what is recorded; -1 where nothing is materialized. */
  readonly groups: Int32Array;
  /** -1 where nothing is materialized. */
  readonly changed: Float64Array;
  readonly watermarks: Float64Array;
  readonly settled: Float64Array;
  readonly stale: Uint8Array;
  /** Positions whose version is one that they had before, in order. */
  readonly returned: readonly number[];
  readonly formerTimes: ReadonlyMap<number, readonly FormerTime[]>;
}

export function versionSheet(count: number, recorded: RecordedVersions): VersionSheet {
  const sheet = {
    count,
    groups: new Int32Array(count).fill(-1),
    changed: new Float64Array(count).fill(-1),
    watermarks: new Float64Array(count).fill(Number.NaN),
    settled: new Float64Array(count).fill(Number.POSITIVE_INFINITY),
    stale: new Uint8Array(count),
    returned: [...recorded.returned.keys()].filter(it => it < count).sort((a, b) => a - b),
    formerTimes: recorded.returned,
  };
  for (const [group, { positions, changed, watermarks, settled }] of recorded.groups.entries()) {
    for (let i = 0; i < positions.length; i++) {
      const position = positions[i] as number;
      if (position >= count) continue;
      sheet.groups[position] = group;
      sheet.changed[position] = changed[i] as number;
      sheet.watermarks[position] = watermarks[i] as number;
      if (settled !== undefined) sheet.settled[position] = settled[i] as number;
    }
  }
  return sheet;
}

/**
 * Whether what was made at `at` of one sheet was made before the present version at `from` of another.
 * A version that was in force when it was loaded, and is again, is the same data.
 */
export function isNewer(upstream: VersionSheet, from: number, downstream: VersionSheet, at: number): boolean {
  const watermark = downstream.watermarks[at] as number;
  if (!((upstream.changed[from] as number) > watermark)) return false;
  const times = upstream.formerTimes.get(from);
  const settled = downstream.settled[at] as number;
  return !times?.some(({ since, until }) => since <= watermark && until > settled);
}

import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PartitionStateRange } from "../../src/model/backfillState.ts";
import { type Partitioning, partitionsAt } from "../../src/model/partitions.ts";
import {
  isTimePartitions,
  type PartitionsDefinition,
  partitionsId,
} from "../../src/model/partitionsDefinition.ts";
import type { PartitionMatrix, PartitionRow } from "../../src/protocol/partitions.ts";
import type { Axis } from "./layout/axis.ts";
import { axisOf } from "./layout/columns.ts";
import { type Counter, type Counts, rangeCounter, summedCounter, totalsOf } from "./layout/counts.ts";
import { type Across, type Grid, gridOf } from "./layout/lanes.ts";

/** One asset with its partitions as they are now. */
export interface MatrixAsset {
  readonly asset: AssetKey;
  readonly group: string;
  readonly definition: PartitionsDefinition;
  readonly partitions: Partitioning;
  readonly grid: Grid;
  readonly ranges: readonly PartitionStateRange[];
  readonly totals: Counts;
}

/** One line of the picture: an asset, or one line of an asset's grid. */
export interface Track {
  readonly of: MatrixAsset;
  /** Which line of the grid; null: all of them, one above the other. */
  readonly down: number | null;
  readonly label: string;
  readonly across: Across;
  /** How many partitions stand in one column. */
  readonly depth: number;
  readonly count: Counter;
}

/** Lines that share an axis. */
export interface Block {
  readonly axis: Axis;
  /** What the axis is called at its left end. */
  readonly title: string;
  /** Whose keys a list axis shows. */
  readonly across: Across;
  readonly size: number;
  trackAt(at: number): Track;
}

/** The assets of a message, with what exists of each at that moment. */
export function readMatrix({ now, rows, dynamicKeys = {} }: PartitionMatrix): MatrixAsset[] {
  const moment = { now, dynamicKeys: (name: string) => dynamicKeys[name] ?? [] };
  // Rows of one definition share what is computed from it.
  const known = new Map<string, { partitions: Partitioning; grid: Grid }>();
  return rows.map(row => {
    const id = partitionsId(row.definition);
    const partitions = known.get(id)?.partitions ?? partitionsAt(row.definition, moment);
    const shared = known.get(id) ?? { partitions, grid: gridOf(partitions) };
    known.set(id, shared);
    return { ...row, ...shared, totals: totalsOf(row.ranges) };
  });
}

/** The same assets with new ranges. */
export function updateMatrix(
  assets: readonly MatrixAsset[],
  rows: readonly Pick<PartitionRow, "asset" | "ranges">[],
): MatrixAsset[] {
  const changed = new Map(rows.map(it => [it.asset, it.ranges]));
  return assets.map(asset => {
    const ranges = changed.get(asset.asset);
    return ranges === undefined ? asset : { ...asset, ranges, totals: totalsOf(ranges) };
  });
}

/** Every asset in one line: first those over time, which share one axis, then those over lists of keys. */
export function overviewBlocks(assets: readonly MatrixAsset[]): Block[] {
  const byAxis = new Map<string, MatrixAsset[]>();
  for (const asset of assets) {
    const id = axisIdOf(asset);
    byAxis.set(id, [...(byAxis.get(id) ?? []), asset]);
  }
  const ids = [...byAxis.keys()].sort((a, b) => Number(b === "time") - Number(a === "time"));
  return ids.map(id => {
    const members = (byAxis.get(id) as MatrixAsset[]).toSorted(byGroupAndKey);
    const tracks = members.map(wholeTrack);
    const axis = members.map(it => axisOf(it.grid.across, id)).reduce(joinAxes);
    return {
      axis,
      title: titleOf(members[0] as MatrixAsset, axis),
      across: (members[0] as MatrixAsset).grid.across,
      size: tracks.length,
      trackAt: at => tracks[at] as Track,
    };
  });
}

/** One asset alone: each key of the other dimensions is a line. */
export function gridBlocks(asset: MatrixAsset): Block[] {
  const { grid } = asset;
  const lines = grid.linesOf(asset.ranges);
  const tracks = new Map<number, Track>();
  const axis = axisOf(grid.across, axisIdOf(asset));
  return [
    {
      axis,
      title: titleOf(asset, axis),
      across: grid.across,
      size: grid.depth,
      trackAt(down) {
        const track = tracks.get(down) ?? {
          of: asset,
          down,
          label: grid.labelAt(down),
          across: grid.across,
          depth: 1,
          count: rangeCounter(lines[down] ?? []),
        };
        tracks.set(down, track);
        return track;
      },
    },
  ];
}

function wholeTrack(asset: MatrixAsset): Track {
  const { grid, ranges } = asset;
  let counter: Counter | null = null;
  return {
    of: asset,
    down: grid.depth === 1 ? 0 : null,
    label: asset.asset,
    across: grid.across,
    depth: grid.depth,
    // Made when it is first in view.
    count(from, to) {
      counter ??=
        grid.depth === 1 ? rangeCounter(ranges) : summedCounter(grid.linesOf(ranges), grid.across.count);
      return counter(from, to);
    },
  };
}

function axisIdOf({ grid, definition }: MatrixAsset): string {
  if (grid.across.kind === "time") return "time";
  const { definition: listed } = grid.across;
  return partitionsId(listed ?? definition);
}

function titleOf({ grid, definition }: MatrixAsset, { kind, timezone }: Axis): string {
  if (kind === "time") return timezone;
  if (grid.acrossName !== null) return grid.acrossName;
  return definition.kind === "dynamic" ? definition.name : "keys";
}

/** The finest partition decides how near one can come, the first asset's zone what the clocks show. */
function joinAxes(a: Axis, b: Axis): Axis {
  const whole = {
    from: Math.min(a.whole.from, b.whole.from),
    to: Math.max(a.whole.to, b.whole.to),
  };
  return { ...a, whole, unit: Math.min(a.unit, b.unit) };
}

function byGroupAndKey(a: MatrixAsset, b: MatrixAsset): number {
  return compare(a.group, b.group) || compare(a.asset, b.asset);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether two assets are cut in the same way, so that a key of one names a partition of the other. */
export function areCutAlike(a: MatrixAsset, b: MatrixAsset): boolean {
  if (partitionsId(a.definition) === partitionsId(b.definition)) return true;
  return isTimePartitions(a.definition) && isTimePartitions(b.definition) && sameWindows(a, b);
}

/** They may begin and end at different times. */
function sameWindows({ definition: a }: MatrixAsset, { definition: b }: MatrixAsset): boolean {
  return (
    isTimePartitions(a) &&
    isTimePartitions(b) &&
    a.cron === b.cron &&
    a.timezone === b.timezone &&
    a.keyFormat === b.keyFormat
  );
}

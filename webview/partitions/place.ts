import { rangeDelimiter } from "../../src/model/partitionsDefinition.ts";
import { selectionOf } from "../../src/model/selectionText.ts";
import { selectPartitions } from "../../src/model/selectPartitions.ts";
import { type Counts, countOf, drawnStates, noCounts, sumOf } from "./layout/counts.ts";
import { areCutAlike, type Block, type Track } from "./matrix.ts";

/** A partition in the picture: its block, its line there, its column. */
export interface Place {
  readonly block: number;
  readonly line: number;
  readonly across: number;
}

/** What is selected: everything between two places of one block. */
export interface Selected {
  readonly anchor: Place;
  readonly head: Place;
}

/** The lines of a selection, and in each the columns from one up to another. */
export interface Chosen {
  readonly tracks: readonly {
    readonly line: number;
    readonly track: Track;
    readonly from: number;
    readonly to: number;
  }[];
  /** "2026-01-01...2026-01-31". */
  readonly partitions: string;
  /** The selection grammar. */
  readonly selection: string;
  readonly first: string;
  readonly last: string;
  /** Partitions in all lines together. */
  readonly size: number;
  readonly counts: Counts;
  readonly missing: number;
}

/** What lies between two places. Of other assets those that are cut like the first; their keys must exist there. */
export function chosenOf(blocks: readonly Block[], { anchor, head }: Selected): Chosen | null {
  const block = blocks[anchor.block];
  if (block === undefined || anchor.line >= block.size || head.line >= block.size) return null;
  const [top, bottom] = [Math.min(anchor.line, head.line), Math.max(anchor.line, head.line)];
  const [from, to] = [Math.min(anchor.across, head.across), Math.max(anchor.across, head.across) + 1];
  const own = block.trackAt(anchor.line);
  if (to > own.across.count) return null;
  const tracks = [];
  for (let line = top; line <= bottom; line++) {
    const track = block.trackAt(line);
    const part = partIn(own, track, from, to);
    if (part !== null) tracks.push({ line, track, ...part });
  }
  const counts = noCounts();
  let size = 0;
  for (const { track, from: begin, to: end } of tracks) {
    size += (end - begin) * track.depth;
    track.count(begin, end).forEach((it, at) => {
      counts[at] = (counts[at] as number) + it;
    });
  }
  const assets = [...new Set(tracks.map(it => it.track.of.asset))];
  const [firstTrack, lastTrack] = [tracks[0]?.track ?? own, tracks.at(-1)?.track ?? own];
  return {
    tracks,
    partitions: partitionsText(
      tracks.map(it => it.track),
      own,
      from,
      to,
    ),
    selection: selectionOf(assets),
    first: keyOf(firstTrack, "first", from, own),
    last: keyOf(lastTrack, "last", to - 1, own),
    size,
    counts,
    missing: size - sumOf(counts),
  };
}

/** Where an asset's partitions, as they are written, lie in the picture; null when they are not there. */
export function selectedOf(
  blocks: readonly Block[],
  asset: string,
  partitions: string | null,
): Selected | null {
  for (const [at, block] of blocks.entries()) {
    for (let line = 0; line < block.size; line++) {
      const track = block.trackAt(line);
      if (track.of.asset !== asset) continue;
      const { count } = track.across;
      if (count === 0) return null;
      if (partitions === null) {
        const latest = { block: at, line, across: count - 1 };
        return { anchor: latest, head: latest };
      }
      const set = selectPartitions(partitions, track.of.partitions);
      if ("error" in set || set.set.count === 0) return null;
      const first = track.of.grid.placeOf(set.set.ranges[0]?.from ?? 0);
      const last = track.of.grid.placeOf((set.set.ranges.at(-1)?.to ?? 1) - 1);
      const isGrid = track.down !== null && track.of.grid.depth > 1;
      return {
        anchor: {
          block: at,
          line: line + (isGrid ? first.down : 0),
          across: Math.min(first.across, last.across),
        },
        head: {
          block: at,
          line: line + (isGrid ? last.down : 0),
          across: Math.max(first.across, last.across),
        },
      };
    }
  }
  return null;
}

/** How many of what is chosen are in a state that a backfill can be asked to repair. */
export function needsOf({ counts, missing }: Chosen): { missing: number; failed: number; stale: number } {
  return { missing, failed: countOf(counts, "failed"), stale: countOf(counts, "stale") };
}

/** "3 failed, 2 missing": states by name with their numbers, the worst first. */
export function statesIn({ counts, missing }: Pick<Chosen, "counts" | "missing">): [string, number][] {
  const drawn = drawnStates.map((state, at): [string, number] => [state, counts[at] as number]).reverse();
  return [...drawn.slice(0, 1), ["missing", missing] as [string, number], ...drawn.slice(1)].filter(
    ([, count]) => count > 0,
  );
}

function partIn(own: Track, track: Track, from: number, to: number): { from: number; to: number } | null {
  if (track.of === own.of) return { from, to };
  if (!areCutAlike(own.of, track.of)) return null;
  const first = track.across.indexOf(own.across.keyAt(from));
  const last = track.across.indexOf(own.across.keyAt(to - 1));
  return first === null || last === null ? null : { from: first, to: last + 1 };
}

/** Whole columns of a grid are a product of ranges, and so are lines side by side when there are two dimensions. */
function partitionsText(tracks: readonly Track[], own: Track, from: number, to: number): string {
  const { grid, partitions } = own.of;
  const isProduct = partitions.kind !== "multi" || partitions.dimensions.length === 2;
  const ranges =
    isProduct || own.down === null
      ? [[keyOf(tracks[0] ?? own, "first", from, own), keyOf(tracks.at(-1) ?? own, "last", to - 1, own)]]
      : tracks.map(({ down }) => [grid.keyAt(down ?? 0, from), grid.keyAt(down ?? 0, to - 1)]);
  return ranges
    .map(([first, last]) => (first === last ? first : `${first}${rangeDelimiter}${last}`))
    .join(",");
}

function keyOf({ down, depth }: Track, end: "first" | "last", across: number, own: Track): string {
  const { grid } = own.of;
  return grid.keyAt(down ?? (end === "first" ? 0 : depth - 1), across);
}

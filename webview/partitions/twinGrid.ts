import { extentOf, indexAtValue } from "./layout/columns.ts";
import { sumOf } from "./layout/counts.ts";
import type { Block, Track } from "./matrix.ts";
import type { Chosen, Place, Selected } from "./place.ts";
import type { TwinGrid, TwinLine } from "./twin.ts";

/** The words of lines and cells. */
export interface TwinWords {
  lineText(track: Track): string;
  statesText(chosen: Pick<Chosen, "counts" | "missing" | "size">): string;
}

/** So many lines are in the document at once: those around the cursor. */
const mostLines = 60;

/** The lines around the cursor in words, each with the partition that lies where the cursor is. */
export function twinGrid(
  blocks: readonly Block[],
  selected: Selected | null,
  chosen: Chosen | null,
  alone: string | null,
  words: TwinWords,
): TwinGrid {
  const lineCount = blocks.reduce((sum, it) => sum + it.size, 0);
  const head = selected?.head ?? null;
  const active = head === null ? 0 : lineNumber(blocks, head);
  const first = Math.max(0, Math.min(lineCount - mostLines, active - mostLines / 2));
  const lines: TwinLine[] = [];
  for (let at = first; at < Math.min(lineCount, first + mostLines); at++) {
    const line = lineAt(blocks, at, head);
    if (line === null) continue;
    const { place, track } = line;
    const isActive = head !== null && at === active;
    lines.push({
      at,
      place,
      track,
      name: words.lineText(track),
      cell: cellText(track, place.across, words),
      isActive,
      isSelected: isActive || isIn(chosen, selected, place),
    });
  }
  const columns = Math.max(0, ...lines.map(it => it.track.across.count));
  const what = alone === null ? `${lineCount} ${lineCount === 1 ? "asset" : "assets"}` : alone;
  return { lines, lineCount, columnCount: columns, label: `Partitions of ${what}` };
}

function lineNumber(blocks: readonly Block[], { block, line }: Place): number {
  return blocks.slice(0, block).reduce((sum, it) => sum + it.size, line);
}

function lineAt(
  blocks: readonly Block[],
  at: number,
  head: Place | null,
): { place: Place; track: Track } | null {
  let rest = at;
  for (const [index, block] of blocks.entries()) {
    if (rest >= block.size) {
      rest -= block.size;
      continue;
    }
    const track = block.trackAt(rest);
    if (track.across.count === 0) return null;
    return { track, place: { block: index, line: rest, across: columnBeside(blocks, track, index, head) } };
  }
  return null;
}

/** The partition at the cursor's time; elsewhere the latest one. */
function columnBeside(blocks: readonly Block[], track: Track, block: number, head: Place | null): number {
  if (head === null || head.block !== block) return track.across.count - 1;
  const own = blocks[block]?.trackAt(head.line);
  if (own === undefined || own === track) return head.across;
  return indexAtValue(track.across, extentOf(own.across, head.across, head.across).from);
}

function cellText(track: Track, across: number, { statesText }: TwinWords): string {
  const counts = track.count(across, across + 1);
  const size = track.depth;
  return `${track.across.keyAt(across)}, ${statesText({ counts, missing: size - sumOf(counts), size })}`;
}

function isIn(chosen: Chosen | null, selected: Selected | null, { block, line, across }: Place): boolean {
  if (selected?.anchor.block !== block) return false;
  const track = chosen?.tracks.find(it => it.line === line);
  return track !== undefined && across >= track.from && across < track.to;
}

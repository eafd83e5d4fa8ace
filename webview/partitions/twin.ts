import { select } from "d3-selection";
import type { Track } from "./matrix.ts";
import type { Place } from "./place.ts";

/** The picture once more, as a grid in words: what a screen reader reads and the keyboard walks. */
export interface Twin {
  show(shown: TwinGrid): void;
  /** Says a sentence, once. */
  announce(sentence: string): void;
  focus(): void;
}

export interface TwinGrid {
  /** Lines around the cursor, each with its place among all of them. */
  readonly lines: readonly TwinLine[];
  readonly lineCount: number;
  readonly columnCount: number;
  readonly label: string;
}

export interface TwinLine {
  readonly place: Place;
  /** Among all lines of all blocks, from 0. */
  readonly at: number;
  readonly track: Track;
  readonly name: string;
  /** "2026-01-31, failed": the partition at the cursor. */
  readonly cell: string;
  readonly isActive: boolean;
  readonly isSelected: boolean;
}

/** Adds the grid and its live region to a container. */
export function createTwin(container: HTMLElement, choose: (place: Place) => void): Twin {
  const grid = select(container)
    .append("div")
    .attr("class", "twin")
    .attr("role", "grid")
    .attr("tabindex", 0)
    .attr("aria-multiselectable", "true")
    .attr("aria-readonly", "true")
    .attr("aria-describedby", "partitions-keys");
  select(container)
    .append("div")
    .attr("class", "for-readers")
    .attr("id", "partitions-keys")
    .text(
      "Left and Right go to the neighbouring partition, with Control to where the state changes, Up and Down to " +
        "another line, Shift selects a range. Enter plans a backfill, Escape leaves, O opens the source, " +
        "Plus and Minus zoom, 0 shows all, Slash filters.",
    );
  const liveRegion = select(container)
    .append("div")
    .attr("class", "for-readers")
    .attr("role", "status")
    .attr("aria-live", "polite");

  return {
    show({ lines, lineCount, columnCount, label }) {
      const active = lines.find(it => it.isActive);
      grid
        .attr("aria-label", label)
        .attr("aria-rowcount", lineCount)
        .attr("aria-colcount", columnCount)
        .attr("aria-activedescendant", active ? cellId(active) : null);
      const rows = grid
        .selectAll<HTMLDivElement, TwinLine>("div.twin-row")
        .data(lines, it => it.at)
        .join(enter => {
          const row = enter.append("div").attr("class", "twin-row").attr("role", "row");
          row.append("div").attr("role", "rowheader");
          row
            .append("div")
            .attr("role", "gridcell")
            .on("click", (_, it) => choose(it.place));
          return row;
        })
        .order()
        .attr("aria-rowindex", it => it.at + 1);
      rows.select('[role="rowheader"]').text(it => it.name);
      rows
        .select('[role="gridcell"]')
        .attr("id", cellId)
        .attr("aria-colindex", it => it.place.across + 1)
        .attr("aria-selected", it => String(it.isSelected))
        .text(it => it.cell);
    },
    announce(sentence) {
      liveRegion.text(sentence);
    },
    focus() {
      grid.node()?.focus({ preventScroll: true });
    },
  };
}

function cellId({ at }: TwinLine): string {
  return `partition-of-line-${at}`;
}

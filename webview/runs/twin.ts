import { select } from "d3-selection";
import type { Lane, TimedRun } from "./lanes.ts";

/** The timeline once more, as a grid in words: a row for each lane, in it the run at which the cursor stands. */
export interface Twin {
  show(shown: TwinGrid): void;
  /** Says a sentence, once. */
  announce(sentence: string): void;
  focus(): void;
}

export interface TwinGrid {
  readonly lanes: readonly Lane[];
  readonly selected: string | null;
  isOpen(lane: Lane): boolean | null;
  laneText(lane: Lane): string;
  runText(run: TimedRun): string;
}

interface TwinRow {
  readonly at: number;
  readonly lane: Lane;
  readonly run: TimedRun;
  readonly place: number;
  readonly isActive: boolean;
}

/** So many lanes are in the document at once: those around the cursor. */
const mostRows = 60;

/** Adds the grid and its live region to a container. */
export function createTwin(container: HTMLElement, choose: (runId: string) => void): Twin {
  const grid = select(container)
    .append("div")
    .attr("class", "twin")
    .attr("role", "treegrid")
    .attr("tabindex", 0)
    .attr("aria-readonly", "true")
    .attr("aria-describedby", "runs-keys");
  select(container)
    .append("div")
    .attr("class", "for-readers")
    .attr("id", "runs-keys")
    .text(
      "Up and Down go to another lane, Left and Right to the run before and after, with Control to one that failed. " +
        "Enter goes to the steps of the run, Escape back, Space opens and closes a lane, R retries what failed, " +
        "Plus and Minus zoom, 0 shows all, N the newest, Slash filters.",
    );
  const liveRegion = select(container)
    .append("div")
    .attr("class", "for-readers")
    .attr("role", "status")
    .attr("aria-live", "polite");

  return {
    show({ lanes, selected, isOpen, laneText, runText }) {
      const rowsAll = around(lanes, selected);
      const active = rowsAll.find(it => it.isActive);
      grid
        .attr("aria-label", `Runs in ${lanes.length} ${lanes.length === 1 ? "lane" : "lanes"}`)
        .attr("aria-rowcount", lanes.length)
        .attr("aria-activedescendant", active ? cellId(active) : null);
      const rows = grid
        .selectAll<HTMLDivElement, TwinRow>("div.twin-row")
        .data(rowsAll, it => it.lane.id)
        .join(enter => {
          const row = enter.append("div").attr("class", "twin-row").attr("role", "row");
          row.append("div").attr("role", "rowheader");
          row
            .append("div")
            .attr("role", "gridcell")
            .on("click", (_, it) => choose(it.run.run.id));
          return row;
        })
        .order()
        .attr("aria-rowindex", it => it.at + 1)
        .attr("aria-level", 1)
        .attr("aria-expanded", it => {
          const open = isOpen(it.lane);
          return open === null ? null : String(open);
        });
      rows.select('[role="rowheader"]').each(function (it) {
        write(this as Element, laneText((it as TwinRow).lane));
      });
      rows
        .select('[role="gridcell"]')
        .attr("id", cellId)
        .attr("aria-colindex", it => it.place + 1)
        .attr("aria-selected", it => String(it.isActive))
        .each(function (it) {
          write(this as Element, `Run ${it.run.run.id}, ${runText(it.run)}`);
        });
    },
    announce(sentence) {
      liveRegion.text(sentence);
    },
    focus() {
      grid.node()?.focus({ preventScroll: true });
    },
  };
}

function around(lanes: readonly Lane[], selected: string | null): TwinRow[] {
  const active = lanes.findIndex(lane => lane.runs.some(it => it.run.id === selected));
  const first = Math.max(0, Math.min(lanes.length - mostRows, active - mostRows / 2));
  return lanes.slice(first, first + mostRows).map((lane, i) => {
    const found = lane.runs.findIndex(it => it.run.id === selected);
    const place = found >= 0 ? found : lane.runs.length - 1;
    return { at: first + i, lane, run: lane.runs[place] as TimedRun, place, isActive: found >= 0 };
  });
}

/** To write what stands there already would cost the browser as much as a change. */
function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

function cellId({ at }: TwinRow): string {
  return `run-of-lane-${at}`;
}

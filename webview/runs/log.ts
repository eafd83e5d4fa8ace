import { select } from "d3-selection";
import type { LogLine } from "../../src/model/run.ts";
import type { Browser } from "../shared/browser.ts";
import { addCheckbox, addChoiceField, addSearchField, parentOf } from "../shared/controls.ts";
import { actionIcons } from "../shared/icons.ts";
import { createLogRows, type LogRow } from "./logRows.ts";
import { plural } from "./words.ts";

/** What a run has said, of which only the lines in view are in the document. */
export interface LogView {
  /** Another run, or the whole log of the same one again; null: it is being asked for. */
  show(lines: readonly LogLine[] | null, how: { readonly isLive: boolean }): void;
  add(lines: readonly LogLine[]): void;
  /** Goes to the first line of a step, and marks its lines. */
  mark(assets: readonly string[] | null): void;
  resized(): void;
  focus(): void;
}

export const logRowHeight = 18;
/** Rows above and below the view, so that a turn of the wheel finds them drawn. */
const margin = 8;

/** Adds the log with its filters to a container. */
export function createLog(container: HTMLElement, browser: Browser, leave: () => void): LogView {
  const rows = createLogRows();
  let marked: readonly string[] | null = null;
  let isLive = false;
  let height = 0;
  let note = "";
  /** Nobody has scrolled in it yet. */
  let isFresh = true;

  const bar = select(container).append("div").attr("class", "log-bar");
  const level = addChoiceField(
    bar,
    "Least level",
    [
      { value: "debug", label: "All levels" },
      { value: "info", label: "Info and above" },
      { value: "warn", label: "Warnings and errors" },
      { value: "error", label: "Errors" },
    ],
    refilter,
  );
  const search = addSearchField(bar, "Find in the log", actionIcons, refilter, () => viewport.focus());
  const onlyStep = addCheckbox(bar, "This step", refilter);
  const follow = addCheckbox(bar, "Follow", () => follow.isChecked() && toEnd());
  const viewport = select(container)
    .append("div")
    .attr("class", "log")
    .attr("role", "log")
    .attr("aria-label", "Log of the run")
    .attr("aria-live", "off")
    .attr("tabindex", 0)
    .node() as HTMLDivElement;
  const space = parentOf(viewport).append("div").attr("class", "log-space");
  const content = space.append("div").attr("class", "log-rows");
  const empty = parentOf(viewport).append("p").attr("class", "log-note");

  viewport.addEventListener("scroll", () => {
    follow.check(isLive && isAtEnd());
    draw();
  });
  viewport.addEventListener("keydown", event => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    leave();
  });
  browser.onResize(viewport, resized);
  height = browser.sizeOf(viewport).height;

  return {
    show(lines, how) {
      isLive = how.isLive;
      follow.offer(isLive);
      note = lines === null ? "Reading the log…" : "";
      rows.reset(lines ?? []);
      applyFilter();
      if (lines === null) {
        isFresh = true;
        follow.check(isLive);
      } else if (isFresh) {
        isFresh = false;
        if (marked !== null) toFirst(isMarked);
        else if (!isLive) toFirst(row => row.level === "error");
      }
      if (follow.isChecked()) toEnd();
      else draw();
    },
    add(lines) {
      rows.add(lines);
      applyWords();
      if (follow.isChecked()) toEnd();
      else draw();
    },
    mark(assets) {
      marked = assets;
      if (onlyStep.isChecked()) refilter();
      else if (assets !== null) {
        follow.check(false);
        toFirst(isMarked);
      }
      draw();
    },
    resized,
    focus: () => viewport.focus(),
  };

  function refilter(): void {
    applyFilter();
    if (follow.isChecked()) toEnd();
    else draw();
  }

  function applyFilter(): void {
    rows.filter({
      least: level.value() as LogRow["level"],
      assets: onlyStep.isChecked() ? marked : null,
      text: search.query(),
    });
    applyWords();
  }

  function applyWords(): void {
    const [shown, all] = [rows.shown().length, rows.count()];
    search.showFound(shown === all ? "" : `${shown} of ${all}`);
  }

  function toEnd(): void {
    draw();
    viewport.scrollTop = viewport.scrollHeight;
    draw();
  }

  function toFirst(wanted: (row: LogRow) => boolean): void {
    const at = rows.shown().findIndex(wanted);
    if (at < 0) return;
    draw();
    viewport.scrollTop = Math.max(0, (at - 2) * logRowHeight);
  }

  function isAtEnd(): boolean {
    return viewport.scrollTop + height >= rows.shown().length * logRowHeight - logRowHeight;
  }

  function isMarked({ asset }: LogRow): boolean {
    return asset !== null && marked?.includes(asset) === true;
  }

  function resized(): void {
    height = browser.sizeOf(viewport).height;
    if (follow.isChecked()) toEnd();
    else draw();
  }

  function draw(): void {
    const shown = rows.shown();
    const first = Math.max(0, Math.floor(viewport.scrollTop / logRowHeight) - margin);
    const last = Math.min(shown.length, first + Math.ceil(height / logRowHeight) + 2 * margin);
    space.style("height", `${shown.length * logRowHeight}px`);
    content
      .style("transform", `translateY(${first * logRowHeight}px)`)
      .selectAll<HTMLDivElement, LogRow>("div")
      .data(shown.slice(first, last))
      .join(enter => {
        const row = enter.append("div");
        for (const name of ["time", "who", "said"]) row.append("span").attr("class", name);
        return row;
      })
      .attr("class", it => `log-row is-${it.level}${isMarked(it) ? " is-marked" : ""}`)
      .each(function (row) {
        const [time, who, said] = this.children;
        (time as Element).textContent = row.isFirst ? clock(row.at) : "";
        (who as Element).textContent = row.isFirst ? (row.asset ?? "") : "";
        (said as Element).textContent =
          row.isFirst && row.level !== "info" ? `${row.level}: ${row.text}` : row.text;
      });
    const words =
      note !== "" ? note : rows.count() === 0 ? "It said nothing." : shown.length === 0 ? nothingFound() : "";
    empty.text(words).attr("hidden", words === "" ? "" : null);
  }

  function nothingFound(): string {
    return `None of ${plural(rows.count(), "line")} passes the filter.`;
  }
}

/** The user's own clock, to the tenth of a second. */
function clock(iso: string): string {
  const time = new Date(iso);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${Math.floor(time.getMilliseconds() / 100)}`;
}

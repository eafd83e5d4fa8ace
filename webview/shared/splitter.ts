import { select } from "d3-selection";

export interface SplitterOptions {
  readonly label: string;
  /** Whether it moves up and down, or left and right. */
  readonly axis: "down" | "across";
  /** What of the container lies behind it at first, from 0 to 1. */
  readonly part: number;
  changed(part: number): void;
}

const [least, most] = [0.15, 0.85];
const step = 0.04;

/** Adds a border that a hand or the arrow keys move, at the end of what `container` holds so far. */
export function addSplitter(
  container: HTMLElement,
  { label, axis, part: first, changed }: SplitterOptions,
): void {
  let part = first;
  let isHeld = false;
  const border = select(container)
    .append("div")
    .attr("class", `splitter is-${axis}`)
    .attr("role", "separator")
    .attr("tabindex", 0)
    .attr("aria-label", label)
    .attr("aria-orientation", axis === "down" ? "horizontal" : "vertical")
    .attr("aria-valuemin", least * 100)
    .attr("aria-valuemax", most * 100)
    .attr("title", `${label} (arrow keys; a double click undoes)`)
    .on("pointerdown", (event: PointerEvent) => {
      isHeld = true;
      border.node()?.setPointerCapture?.(event.pointerId);
      event.preventDefault();
    })
    .on("pointermove", (event: PointerEvent) => {
      if (!isHeld) return;
      const box = container.getBoundingClientRect();
      move(
        axis === "down" ? (box.bottom - event.clientY) / box.height : (box.right - event.clientX) / box.width,
      );
    })
    .on("pointerup pointercancel", () => {
      isHeld = false;
    })
    .on("dblclick", () => move(first))
    .on("keydown", (event: KeyboardEvent) => {
      const sign = { ArrowUp: 1, ArrowLeft: 1, ArrowDown: -1, ArrowRight: -1 }[event.key];
      if (sign === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      event.stopPropagation();
      move(part + sign * step);
    });
  border.attr("aria-valuenow", Math.round(part * 100));

  function move(to: number): void {
    part = Math.min(most, Math.max(least, to));
    border.attr("aria-valuenow", Math.round(part * 100));
    changed(part);
  }
}

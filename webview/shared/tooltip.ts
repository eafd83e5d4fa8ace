import { select } from "d3-selection";

/** A line of a tooltip; the class tells its weight. */
export interface TooltipLine {
  readonly text: string;
  readonly className: "title" | "plain" | "quiet";
}

export interface Tooltip {
  /** Shows lines beside a point of the container. */
  show(x: number, y: number, lines: readonly TooltipLine[]): void;
  hide(): void;
}

const distance = 14;

/** A hover in the editor's own look. The same words stand in the list for screen readers, so it is hidden there. */
export function createTooltip(container: HTMLElement, sizeOf: (element: Element) => Size): Tooltip {
  const box = select(container).append("div").attr("class", "tooltip").attr("aria-hidden", "true");
  return {
    show(x, y, lines) {
      box
        .classed("is-shown", true)
        .selectAll("div")
        .data(lines)
        .join("div")
        .attr("class", it => it.className)
        .text(it => it.text);
      const room = sizeOf(container);
      const own = sizeOf(box.node() as Element);
      const left = x + distance + own.width > room.width ? x - distance - own.width : x + distance;
      const top = y + distance + own.height > room.height ? y - distance - own.height : y + distance;
      box.style("left", `${Math.max(4, left)}px`).style("top", `${Math.max(4, top)}px`);
    },
    hide() {
      box.classed("is-shown", false);
    },
  };
}

interface Size {
  readonly width: number;
  readonly height: number;
}

import { pointer, select } from "d3-selection";
import type { Browser } from "../shared/browser.ts";
import type { Span } from "../shared/span.ts";
import { createTooltip, type TooltipLine } from "../shared/tooltip.ts";
import { drawMarks, drawMatrix, handlesOf, type Lettering } from "./draw.ts";
import { type Axis, panned, revealing, wholeSpan, zoomed } from "./layout/axis.ts";
import { extentOf } from "./layout/columns.ts";
import {
  boxOf,
  framesOf,
  heightOf,
  layoutMatrix,
  type MatrixLayout,
  placeNear,
  scrollTo,
  targetAt,
  type View,
  widthsOf,
} from "./layout.ts";
import type { Block } from "./matrix.ts";
import type { Chosen, Place, Selected } from "./place.ts";

/** What the picture shows. */
export interface Scene {
  readonly blocks: readonly Block[];
  readonly selected: Selected | null;
  readonly chosen: Chosen | null;
  /** When the states were read: where today is. */
  readonly now: number;
}

/** What the hand does on the picture. */
export interface PictureActions {
  /** The frame follows the hand. */
  select(selected: Selected): void;
  /** The hand let go of a range. */
  selected(isRange: boolean): void;
  /** A double click: on a name, or on a partition. */
  open(place: Place, isLabel: boolean): void;
  moved(): void;
  linesAbout(place: Place, redraw: (lines: readonly TooltipLine[]) => void): readonly TooltipLine[];
}

export interface Picture {
  show(scene: Scene, lettering: Lettering): void;
  clear(): void;
  showAll(): void;
  zoomBy(factor: number): void;
  /** Scrolls and moves as little as needed; with `lineOnly` the axis stays as it is. */
  reveal(place: Place, lineOnly?: boolean): void;
  spanOf(axis: Axis): Span;
  forgetPointer(): void;
  /** What is remembered. */
  spans(): Record<string, Span>;
}

const tooltipDelayMs = 350;
const handleReach = 7;

/** The drawing area: draws what is in view, and tells what pointer and wheel mean. */
export function createPicture(
  container: HTMLElement,
  browser: Browser,
  actions: PictureActions,
  rememberedSpans: Readonly<Record<string, Span>>,
): Picture {
  const view = container.ownerDocument.defaultView as Window;
  const svg = select(container).append("svg").attr("class", "picture matrix").attr("aria-hidden", "true");
  const content = svg.append("g").attr("class", "content").node() as SVGGElement;
  const overlay = svg.append("g").attr("class", "overlay").node() as SVGGElement;
  const bar = select(container).append("div").attr("class", "scrollbar").attr("aria-hidden", "true");
  const thumb = bar.append("div");
  const tooltip = createTooltip(container, browser.sizeOf);
  const spans = new Map<string, Span>(Object.entries(rememberedSpans));
  let size = browser.sizeOf(container);
  let scene: Scene | null = null;
  let lettering: Lettering | null = null;
  let layout: MatrixLayout | null = null;
  let scroll = 0;
  let hovered: Place | null = null;
  let tooltipTimer = 0;
  let isDrawDue = false;
  let drag: Drag | null = null;

  svg
    .on("pointerdown", grab)
    .on("pointermove", (event: PointerEvent) => (drag ? follow(event) : hoverAt(event)))
    .on("pointerup pointercancel", letGo)
    .on("pointerleave", () => setHovered(null))
    .on("dblclick", (event: MouseEvent) => {
      const target = targetOf(event);
      if (target?.on === "partition" || target?.on === "label")
        actions.open(target.place, target.on === "label");
    });
  container.addEventListener("wheel", turn, { passive: false });
  browser.onResize(container, () => {
    size = browser.sizeOf(container);
    draw();
  });

  return {
    show(next, letters) {
      scene = next;
      lettering = letters;
      draw();
    },
    clear() {
      setHovered(null);
      scene = null;
      content.replaceChildren();
      overlay.replaceChildren();
    },
    showAll() {
      spans.clear();
      scroll = 0;
      draw();
      actions.moved();
    },
    zoomBy(factor) {
      const block = scene?.blocks[scene.selected?.head.block ?? layout?.blocks[0]?.at ?? 0];
      if (!block || !layout) return;
      const width = plotWidth();
      const at = scene?.selected ? pixelOf(block, scene.selected.head) : width / 2;
      spans.set(block.axis.id, zoomed(block.axis, spanOf(block.axis), width, factor, at));
      draw();
      actions.moved();
    },
    reveal(place, lineOnly = false) {
      if (!scene) return;
      const block = scene.blocks[place.block];
      if (!block) return;
      if (!lineOnly) {
        const { across } = block.trackAt(place.line);
        const part = extentOf(across, place.across, place.across);
        spans.set(block.axis.id, revealing(block.axis, spanOf(block.axis), plotWidth(), part));
      }
      scroll = scrollTo(scene.blocks, place, viewNow());
      draw();
    },
    spanOf,
    forgetPointer: () => setHovered(null),
    spans: () => Object.fromEntries(spans),
  };

  function draw(): void {
    if (!scene || !lettering) return;
    layout = layoutMatrix(scene.blocks, viewNow());
    scroll = layout.scroll;
    drawMatrix(content, layout, lettering);
    drawOverlay();
    const isLong = layout.totalHeight > layout.height;
    bar.classed("is-shown", isLong);
    if (isLong) {
      thumb
        .style("height", `${(layout.height / layout.totalHeight) * 100}%`)
        .style("top", `${(layout.scroll / layout.totalHeight) * 100}%`);
    }
  }

  function drawOverlay(): void {
    if (!scene || !layout) return;
    const { selected, chosen } = scene;
    drawMarks(overlay, {
      frames: selected && chosen ? framesOf(layout, selected, chosen) : [],
      cursor: selected && chosen && chosen.size > 1 ? boxOf(layout, selected.head) : null,
      hovered: hovered && !drag ? boxOf(layout, hovered) : null,
    });
  }

  /** Wheels turn more often than frames are painted. */
  function drawSoon(): void {
    hideTooltip();
    if (isDrawDue) return;
    isDrawDue = true;
    browser.beforePaint(() => {
      isDrawDue = false;
      draw();
    });
  }

  function viewNow(): View {
    return { ...size, scroll, now: scene?.now ?? 0, spanOf };
  }

  function spanOf(axis: Axis): Span {
    return spans.get(axis.id) ?? wholeSpan(axis, plotWidth());
  }

  function plotWidth(): number {
    return widthsOf(size.width).plotWidth;
  }

  function pixelOf(block: Block, place: Place): number {
    const { from, to } = spanOf(block.axis);
    const extent = extentOf(block.trackAt(place.line).across, place.across, place.across);
    const pixel = (((extent.from + extent.to) / 2 - from) / (to - from)) * plotWidth();
    return Math.min(Math.max(pixel, 0), plotWidth());
  }

  /** The wheel scrolls the lines when there are more than fit, and zooms otherwise or with Control. */
  function turn(event: WheelEvent): void {
    if (!layout || !scene) return;
    const [x, y] = pointer(event, svg.node());
    const lineSize = event.deltaMode === 1 ? 16 : 1;
    const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    const block = blockAt(y);
    event.preventDefault();
    const isLong = heightOf(scene.blocks) > size.height;
    const zooms =
      event.ctrlKey || event.metaKey || (!isLong && Math.abs(dy) > Math.abs(dx) && x > layout.labelWidth);
    if (zooms && block) {
      const factor = 2 ** (-dy * lineSize * (event.ctrlKey ? 0.01 : 0.0035));
      const span = spanOf(block.axis);
      spans.set(block.axis.id, zoomed(block.axis, span, plotWidth(), factor, x - layout.labelWidth));
    } else {
      scroll = Math.max(0, scroll + (isLong ? dy * lineSize : 0));
      if (dx !== 0 && block) {
        spans.set(block.axis.id, panned(block.axis, spanOf(block.axis), plotWidth(), dx * lineSize));
      }
    }
    drawSoon();
    actions.moved();
  }

  function blockAt(y: number): Block | undefined {
    const placed = layout?.blocks.findLast(it => y >= it.axisY) ?? layout?.blocks[0];
    return placed?.block;
  }

  function grab(event: PointerEvent): void {
    if (event.button !== 0 || !layout || !scene) return;
    hideTooltip();
    const [x, y] = pointer(event, svg.node());
    const target = targetAt(layout, x, y);
    const grip = gripAt(x, y);
    if (grip && scene.selected) drag = { kind: "select", anchor: grip, isRange: true };
    else if (target?.on === "axis") drag = { kind: "pan", block: target.block, x };
    else if (target?.on === "partition") {
      const extendsSelection = event.shiftKey && scene.selected?.anchor.block === target.place.block;
      const anchor = extendsSelection && scene.selected ? scene.selected.anchor : target.place;
      drag = { kind: "select", anchor, isRange: extendsSelection };
      actions.select({ anchor, head: target.place });
    } else if (target?.on === "label") {
      const last = (scene.blocks[target.place.block]?.trackAt(target.place.line).across.count ?? 1) - 1;
      drag = { kind: "select", anchor: { ...target.place, across: 0 }, isRange: false, isWhole: true };
      actions.select({ anchor: { ...target.place, across: 0 }, head: { ...target.place, across: last } });
    }
    if (drag) (svg.node() as SVGSVGElement).setPointerCapture?.(event.pointerId);
  }

  function follow(event: PointerEvent): void {
    if (!drag || !layout || !scene) return;
    const [x, y] = pointer(event, svg.node());
    if (drag.kind === "pan") {
      const block = scene.blocks[drag.block];
      if (block) spans.set(block.axis.id, panned(block.axis, spanOf(block.axis), plotWidth(), drag.x - x));
      drag = { ...drag, x };
      drawSoon();
      return;
    }
    const near = placeNear(layout, drag.anchor.block, x, y);
    const head = near && drag.isWhole ? { ...near, across: lastAcross(near) } : near;
    const before = scene.selected?.head;
    if (!head || (head.line === before?.line && head.across === before.across)) return;
    drag = { ...drag, isRange: true };
    actions.select({ anchor: drag.anchor, head });
  }

  function lastAcross({ block, line }: Place): number {
    return (scene?.blocks[block]?.trackAt(line).across.count ?? 1) - 1;
  }

  function letGo(): void {
    const ended = drag;
    drag = null;
    if (ended?.kind === "select") actions.selected(ended.isRange);
    else if (ended) actions.moved();
  }

  /** The other end of the frame whose handle lies at a point. */
  function gripAt(x: number, y: number): Place | null {
    if (!layout || !scene?.selected || !scene.chosen) return null;
    const last = framesOf(layout, scene.selected, scene.chosen).at(-1);
    if (!last) return null;
    const at = handlesOf(last).findIndex(
      it => Math.abs(it.x + it.width / 2 - x) <= handleReach && y >= it.y - 6 && y <= it.y + it.height + 6,
    );
    if (at < 0) return null;
    const { anchor, head } = scene.selected;
    const [left, right] = anchor.across <= head.across ? [anchor, head] : [head, anchor];
    return at === 0 ? { ...right, line: anchor.line } : { ...left, line: anchor.line };
  }

  function targetOf(event: MouseEvent) {
    const [x, y] = pointer(event, svg.node());
    return layout && targetAt(layout, x, y);
  }

  function hoverAt(event: PointerEvent): void {
    const [x, y] = pointer(event, svg.node());
    const target = layout && targetAt(layout, x, y);
    svg
      .classed("is-on-handle", gripAt(x, y) !== null)
      .classed("is-on-axis", target?.on === "axis")
      .classed("is-on-label", target?.on === "label");
    const place = target?.on === "partition" ? target.place : null;
    if (place && hovered && samePlace(place, hovered)) return;
    setHovered(place);
    if (!place) return;
    tooltipTimer = view.setTimeout(() => {
      const show = (lines: readonly TooltipLine[]) => {
        if (hovered === place) tooltip.show(x, y, lines);
      };
      show(actions.linesAbout(place, show));
    }, tooltipDelayMs);
  }

  function setHovered(place: Place | null): void {
    hideTooltip();
    if (place === hovered) return;
    hovered = place;
    drawOverlay();
  }

  function hideTooltip(): void {
    view.clearTimeout(tooltipTimer);
    tooltip.hide();
  }
}

type Drag =
  | { readonly kind: "pan"; readonly block: number; readonly x: number }
  | {
      readonly kind: "select";
      readonly anchor: Place;
      readonly isRange: boolean;
      readonly isWhole?: boolean;
    };

function samePlace(a: Place, b: Place): boolean {
  return a.block === b.block && a.line === b.line && a.across === b.across;
}

import { pointer, select } from "d3-selection";
import type { Browser } from "../shared/browser.ts";
import type { Span } from "../shared/span.ts";
import { createTooltip, type TooltipLine } from "../shared/tooltip.ts";
import { addHatching } from "./draw/layers.ts";
import { drawFrames, drawTimeline, type Lettering } from "./draw.ts";
import type { Lane, Line, TimedRun } from "./lanes.ts";
import type { Crowd } from "./layout/strip.ts";
import { followed, latestSpan, panned, revealing, wholeSpan, zoomed } from "./layout/timeline.ts";
import {
  axisHeight,
  frameOf,
  layoutTimeline,
  scrollTo,
  type Target,
  type TimelineLayout,
  type TimelineView,
  targetAt,
  widthsOf,
} from "./layout.ts";

/** What the picture shows. */
export interface Scene {
  readonly lines: readonly Line[];
  readonly runs: readonly TimedRun[];
  readonly selected: string | null;
  readonly now: number;
}

/** What the hand does on the picture. */
export interface PictureActions {
  select(runId: string): void;
  /** A click on a lane's name. */
  toggle(laneId: string): void;
  moved(): void;
  linesAbout(run: TimedRun, crowd: Crowd | null): readonly TooltipLine[];
  linesAboutLane(lane: Lane): readonly TooltipLine[];
}

export interface Picture {
  show(scene: Scene, lettering: Lettering): void;
  clear(): void;
  showAll(): void;
  showLatest(): void;
  zoomBy(factor: number): void;
  /** Scrolls and moves as little as needed. */
  reveal(run: TimedRun): void;
  forgetPointer(): void;
  /** What is remembered; null: the newest runs, whichever these are. */
  span(): Span | null;
}

const tooltipDelayMs = 350;
/** From here on a pressed pointer means to move the picture. */
const dragFrom = 4;

/** The timeline: draws what is in view, and tells what pointer and wheel mean. */
export function createPicture(
  container: HTMLElement,
  browser: Browser,
  actions: PictureActions,
  remembered: Span | null,
  timezone: string,
): Picture {
  const view = container.ownerDocument.defaultView as Window;
  const svg = select(container).append("svg").attr("class", "picture timeline").attr("aria-hidden", "true");
  addHatching(svg, "hatching");
  const content = svg.append("g").attr("class", "content").node() as SVGGElement;
  const overlay = svg.append("g").attr("class", "overlay").node() as SVGGElement;
  const bar = select(container).append("div").attr("class", "scrollbar").attr("aria-hidden", "true");
  const thumb = bar.append("div");
  const tooltip = createTooltip(container, browser.sizeOf);
  let size = browser.sizeOf(container);
  let own = remembered;
  let scene: Scene | null = null;
  let lettering: Lettering | null = null;
  let layout: TimelineLayout | null = null;
  let scroll = 0;
  /** A run or a lane. */
  let hovered: string | null = null;
  let tooltipTimer = 0;
  let isDrawDue = false;
  let drag: { readonly x: number; readonly y: number; isMoving: boolean } | null = null;

  svg
    .on("pointerdown", grab)
    .on("pointermove", (event: PointerEvent) => (drag ? follow(event) : hoverAt(event)))
    .on("pointerup pointercancel", letGo)
    .on("pointerleave", () => setHovered(null))
    .on("dblclick", nearer);
  container.addEventListener("wheel", turn, { passive: false });
  browser.onResize(container, () => {
    size = browser.sizeOf(container);
    draw();
  });

  return {
    show(next, letters) {
      // The present stays where it is seen; what has passed moves to the left.
      if (own && scene) own = followed(own, scene.now, next.now);
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
      own = scene && wholeSpan(scene.runs, scene.now);
      scroll = 0;
      draw();
      actions.moved();
    },
    showLatest() {
      own = null;
      scroll = 0;
      draw();
      actions.moved();
    },
    zoomBy(factor) {
      const frame = scene?.selected && layout ? frameOf(layout, scene.selected, scene.now) : null;
      const at = frame && layout ? frame.x + frame.width / 2 - layout.labelWidth : plotWidth() / 2;
      zoomAt(factor, Math.min(Math.max(at, 0), plotWidth()));
      draw();
      actions.moved();
    },
    reveal(run) {
      if (!scene) return;
      const before = span();
      const next = revealing(before, whole(), run, scene.now);
      if (next !== before) own = next;
      const line = scene.lines.findIndex(it => it.runs.includes(run));
      if (line >= 0) scroll = scrollTo(line, { scroll, height: size.height });
      draw();
    },
    forgetPointer: () => setHovered(null),
    span: () => own,
  };

  function draw(): void {
    if (!scene || !lettering || size.width === 0) return;
    layout = layoutTimeline(scene.lines, viewNow());
    scroll = layout.scroll;
    drawTimeline(content, layout, lettering);
    drawOverlay();
    const isLong = layout.totalHeight > layout.height;
    bar.classed("is-shown", isLong);
    if (!isLong) return;
    thumb
      .style("height", `${(layout.height / layout.totalHeight) * 100}%`)
      .style("top", `${(layout.scroll / layout.totalHeight) * 100}%`);
  }

  function drawOverlay(): void {
    if (!scene || !layout) return;
    const frame = (id: string | null) => (layout && scene && id ? frameOf(layout, id, scene.now) : null);
    drawFrames(overlay, {
      selected: frame(scene.selected),
      hovered: drag?.isMoving || hovered === scene.selected ? null : frame(hovered),
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

  function viewNow(): TimelineView {
    return { ...size, scroll, span: span(), now: scene?.now ?? 0, timezone };
  }

  function span(): Span {
    return own ?? latestSpan(scene?.runs ?? [], scene?.now ?? 0);
  }

  function whole(): Span {
    return wholeSpan(scene?.runs ?? [], scene?.now ?? 0);
  }

  function plotWidth(): number {
    return widthsOf(size.width).plotWidth;
  }

  function zoomAt(factor: number, pixel: number): void {
    own = zoomed(span(), whole(), plotWidth(), factor, pixel);
  }

  /** The wheel scrolls the lanes when there are more than fit, and zooms otherwise or with Control. */
  function turn(event: WheelEvent): void {
    if (!layout || !scene) return;
    const [x] = pointer(event, svg.node());
    const lineSize = event.deltaMode === 1 ? 16 : 1;
    const [dx, dy] = event.shiftKey ? [event.deltaY, 0] : [event.deltaX, event.deltaY];
    event.preventDefault();
    const isLong = layout.totalHeight > size.height;
    const isAcross = Math.abs(dx) > Math.abs(dy);
    if (event.ctrlKey || event.metaKey || (!isLong && !isAcross && x > layout.labelWidth)) {
      const factor = 2 ** (-dy * lineSize * (event.ctrlKey ? 0.01 : 0.0035));
      zoomAt(factor, Math.max(0, x - layout.labelWidth));
    } else {
      scroll = Math.max(0, scroll + (isLong ? dy * lineSize : 0));
      if (dx !== 0) own = panned(span(), whole(), plotWidth(), dx * lineSize);
    }
    drawSoon();
    actions.moved();
  }

  function grab(event: PointerEvent): void {
    if (event.button !== 0 || !layout) return;
    hideTooltip();
    const [x, y] = pointer(event, svg.node());
    drag = { x, y, isMoving: false };
    (svg.node() as SVGSVGElement).setPointerCapture?.(event.pointerId);
  }

  function follow(event: PointerEvent): void {
    if (!drag || !layout) return;
    const [x, y] = pointer(event, svg.node());
    const isMoving = drag.isMoving || Math.abs(x - drag.x) + Math.abs(y - drag.y) > dragFrom;
    if (!isMoving) return;
    own = panned(span(), whole(), plotWidth(), drag.x - x);
    scroll = Math.max(0, scroll + drag.y - y);
    drag = { x, y, isMoving };
    svg.classed("is-moving", true);
    drawSoon();
  }

  function letGo(event: PointerEvent): void {
    const ended = drag;
    drag = null;
    svg.classed("is-moving", false);
    if (!ended) return;
    if (ended.isMoving) actions.moved();
    else if (event.type === "pointerup") press(targetOf(event));
  }

  function press(target: Target): void {
    const lane = target?.on === "label" ? scene?.lines[target.at]?.lane : undefined;
    if (target?.on === "run") actions.select(target.run.run.id);
    else if (lane) actions.toggle(lane.id);
  }

  /** A double click comes nearer, so that the runs of a crowd part. */
  function nearer(event: MouseEvent): void {
    const target = targetOf(event);
    if (!layout || !target || target.on === "label") return;
    zoomAt(target.on === "run" && target.crowd ? 6 : 2, pointer(event, svg.node())[0] - layout.labelWidth);
    draw();
    actions.moved();
  }

  function targetOf(event: MouseEvent): Target {
    const [x, y] = pointer(event, svg.node());
    return layout && targetAt(layout, x, y);
  }

  function hoverAt(event: PointerEvent): void {
    const [x, y] = pointer(event, svg.node());
    const target = targetOf(event);
    svg
      .classed("is-on-run", target?.on === "run")
      .classed("is-on-label", target?.on === "label")
      .classed("is-on-axis", y < axisHeight);
    const lane = target?.on === "label" ? scene?.lines[target.at]?.lane : undefined;
    const id = target?.on === "run" ? target.run.run.id : (lane?.id ?? null);
    if (id === hovered) return;
    setHovered(id);
    if (id === null) return;
    tooltipTimer = view.setTimeout(() => {
      if (hovered !== id) return;
      if (lane) tooltip.show(x, y, actions.linesAboutLane(lane));
      else if (target?.on === "run") tooltip.show(x, y, actions.linesAbout(target.run, target.crowd));
    }, tooltipDelayMs);
  }

  function setHovered(id: string | null): void {
    hideTooltip();
    if (id === hovered) return;
    hovered = id;
    drawOverlay();
  }

  function hideTooltip(): void {
    view.clearTimeout(tooltipTimer);
    tooltip.hide();
  }
}

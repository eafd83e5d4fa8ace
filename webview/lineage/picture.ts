import { pointer, select } from "d3-selection";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Browser } from "../shared/browser.ts";
import { createTooltip, type TooltipLine } from "../shared/tooltip.ts";
import { createZoom, type Frame, type ZoomState } from "../shared/zoom.ts";
import type { Scene } from "./draw/scene.ts";
import { detailOf, draw, drawScale } from "./draw.ts";
import type { PlacedAsset } from "./layout/placed.ts";

/** What the hand does on the picture. */
export interface PictureActions {
  hover(asset: AssetKey | null): void;
  select(asset: AssetKey | null): void;
  open(asset: AssetKey): void;
  /** The zoom was changed and rests. */
  moved(): void;
  linesAbout(placed: PlacedAsset): TooltipLine[];
}

export interface Picture {
  /** The first time the whole graph, or what was in view when this picture was last left. */
  show(scene: Scene): void;
  /** Takes the picture away; what is shown next is shown for the first time. */
  clear(): void;
  showAll(): void;
  reveal(asset: AssetKey): void;
  zoomBy(factor: number): void;
  /** The keyboard speaks now: what the pointer rests on no longer counts. */
  forgetPointer(): void;
  /** Null while all is shown: in a panel of another size that is another zoom. */
  zoom(): ZoomState | null;
}

/** So much around the view is drawn too, in views, so that a small move draws nothing. */
const overscan = 0.5;
/** How near to a dot the pointer must be, in pixels. */
const dotReach = 12;
const tooltipDelayMs = 500;

/** The drawing area: draws what is in view, and tells what the pointer means. */
export function createPicture(
  container: HTMLElement,
  browser: Browser,
  actions: PictureActions,
  rememberedZoom: ZoomState | null,
): Picture {
  const view = container.ownerDocument.defaultView as Window;
  const svg = select(container).append("svg").attr("class", "picture").attr("aria-hidden", "true");
  const content = svg.append("g").attr("class", "content").node() as SVGGElement;
  const tooltip = createTooltip(container, browser.sizeOf);
  let scene: Scene | null = null;
  let drawn: Frame | null = null;
  let hovered: PlacedAsset | null = null;
  let isFitted = false;
  let tooltipTimer = 0;
  let zoomToRestore = rememberedZoom;
  // Measured when it changes: to ask in mid-drawing would lay out the page in mid-drawing.
  let size = browser.sizeOf(container);

  const zoom = createZoom(svg.node() as SVGSVGElement, content, {
    size: () => size,
    prefersStillness: browser.prefersStillness,
    onMove(frame) {
      if (frame.scale !== drawn?.scale) drawScale(content, frame);
      if (!isStillDrawn(frame)) redraw();
      hideTooltip();
    },
    onEnd(isByHand) {
      if (isByHand) isFitted = false;
      actions.moved();
    },
  });

  svg
    .on("pointermove", (event: PointerEvent) => {
      if (event.buttons === 0) hoverAt(event);
    })
    .on("pointerleave", () => setHovered(null))
    .on("click", (event: MouseEvent) => {
      hideTooltip();
      actions.select(assetAt(event)?.asset.key ?? null);
    })
    .on("dblclick", (event: MouseEvent) => {
      const placed = assetAt(event);
      if (placed) actions.open(placed.asset.key);
    });
  browser.onResize(container, () => {
    size = browser.sizeOf(container);
    if (isFitted) showAll();
    else redraw();
  });

  return {
    show(next) {
      const isFirst = scene === null || scene.layout.assets.length === 0;
      scene = next;
      if (!isFirst || next.layout.assets.length === 0) return redraw();
      // Zooming draws.
      drawn = null;
      if (zoomToRestore) zoom.restore(zoomToRestore);
      else showAll();
      zoomToRestore = null;
    },
    clear() {
      setHovered(null);
      scene = null;
      content.replaceChildren();
    },
    showAll,
    reveal(asset) {
      const placed = scene?.layout.byKey.get(asset);
      if (!placed || !scene) return;
      // What moved nothing keeps all in view, also when the panel changes its size.
      if (zoom.reveal({ ...placed, ...scene.layout.card })) isFitted = false;
    },
    zoomBy(factor) {
      isFitted = false;
      zoom.by(factor);
    },
    forgetPointer: () => setHovered(null),
    zoom: () => (isFitted ? null : zoom.state()),
  };

  function showAll(): void {
    if (!scene || scene.layout.assets.length === 0) return;
    isFitted = true;
    zoom.fit(scene.layout.bounds);
  }

  function redraw(): void {
    if (!scene) return;
    const frame = zoom.frame();
    drawn = {
      x: frame.x - frame.width * overscan,
      y: frame.y - frame.height * overscan,
      width: frame.width * (1 + 2 * overscan),
      height: frame.height * (1 + 2 * overscan),
      scale: frame.scale,
    };
    draw(content, scene, drawn);
    drawScale(content, frame);
  }

  /** From afar everything is drawn; from near, the view and its surroundings. */
  function isStillDrawn(frame: Frame): boolean {
    if (drawn === null || detailOf(frame) !== detailOf(drawn)) return false;
    return (
      detailOf(frame) === "dots" ||
      (frame.x >= drawn.x &&
        frame.y >= drawn.y &&
        frame.x + frame.width <= drawn.x + drawn.width &&
        frame.y + frame.height <= drawn.y + drawn.height)
    );
  }

  function hoverAt(event: PointerEvent): void {
    const placed = assetAt(event);
    if (placed === hovered) return;
    setHovered(placed);
    if (!placed) return;
    const [x, y] = pointer(event, container);
    tooltipTimer = view.setTimeout(() => tooltip.show(x, y, actions.linesAbout(placed)), tooltipDelayMs);
  }

  function setHovered(placed: PlacedAsset | null): void {
    hideTooltip();
    if (placed === hovered) return;
    hovered = placed;
    svg.classed("is-pointing", placed !== null);
    actions.hover(placed?.asset.key ?? null);
  }

  function hideTooltip(): void {
    view.clearTimeout(tooltipTimer);
    tooltip.hide();
  }

  /** The asset under the pointer, found by arithmetic: most assets have no element of their own. */
  function assetAt(event: MouseEvent): PlacedAsset | null {
    if (!scene) return null;
    const frame = zoom.frame();
    const [left, top] = pointer(event, svg.node());
    const x = frame.x + left / frame.scale;
    const y = frame.y + top / frame.scale;
    const { width, height } = scene.layout.card;
    const reach = detailOf(frame) === "dots" ? dotReach / frame.scale : 0;
    let best: PlacedAsset | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const placed of scene.layout.assets) {
      const dx = Math.abs(placed.x + width / 2 - x);
      const dy = Math.abs(placed.y + height / 2 - y);
      const isHit = reach > 0 ? Math.hypot(dx, dy) <= reach : dx <= width / 2 && dy <= height / 2;
      if (!isHit || dx + dy >= least) continue;
      best = placed;
      least = dx + dy;
    }
    return best;
  }
}

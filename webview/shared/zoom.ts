import { select } from "d3-selection";
import { type D3ZoomEvent, type ZoomTransform, zoom, zoomIdentity } from "d3-zoom";

/** What of the picture is in view, in the picture's own coordinates. */
export interface Frame {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly scale: number;
}

interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A zoom as it is remembered. */
export interface ZoomState {
  readonly x: number;
  readonly y: number;
  readonly k: number;
}

export interface Zoom {
  frame(): Frame;
  state(): ZoomState;
  restore(state: ZoomState): void;
  /** Shows the whole of a rectangle, never larger than life. */
  fit(bounds: Rectangle): void;
  /** Brings a rectangle to the middle when it is out of view or too small to read; answers whether it had to. */
  reveal(target: Rectangle): boolean;
  by(factor: number): void;
}

export interface ZoomOptions {
  /** The size of the view, in pixels. */
  size(): { width: number; height: number };
  onMove(frame: Frame): void;
  /** After the hand has let go. */
  onEnd(isByHand: boolean): void;
  prefersStillness(): boolean;
}

const padding = 32;
const readable = 0.6;
const comfortable = 0.9;
const glideMs = 220;

/** Lets `content` be dragged and zoomed inside `svg`. */
export function createZoom(svg: SVGSVGElement, content: SVGGElement, options: ZoomOptions): Zoom {
  let transform: ZoomTransform = zoomIdentity;
  let held = transform;
  let glide = 0;
  const view = svg.ownerDocument.defaultView as Window;
  const behavior = zoom<SVGSVGElement, unknown>()
    .extent(() => {
      const { width, height } = options.size();
      return [
        [0, 0],
        [width, height],
      ];
    })
    .scaleExtent([0.004, 2.5])
    // A double click belongs to the card under it.
    .filter(event => event.type !== "dblclick" && !event.button && (!event.ctrlKey || event.type === "wheel"))
    .on("start", ({ sourceEvent }: D3ZoomEvent<SVGSVGElement, unknown>) => {
      held = transform;
      if (sourceEvent) view.cancelAnimationFrame(glide);
    })
    .on("zoom", ({ transform: next }: D3ZoomEvent<SVGSVGElement, unknown>) => {
      transform = next;
      content.setAttribute("transform", next.toString());
      options.onMove(frame());
    })
    // A click takes hold and lets go, too.
    .on("end", ({ sourceEvent }: D3ZoomEvent<SVGSVGElement, unknown>) =>
      options.onEnd(Boolean(sourceEvent) && transform !== held),
    );
  const picture = select(svg).call(behavior);

  return {
    frame,
    state: () => ({ x: transform.x, y: transform.y, k: transform.k }),
    restore: ({ x, y, k }) => jump(zoomIdentity.translate(x, y).scale(k)),
    fit: bounds => {
      const { width, height } = options.size();
      const room = { width: Math.max(1, width - 2 * padding), height: Math.max(1, height - 2 * padding) };
      go(centred(bounds, Math.min(1, room.width / bounds.width, room.height / bounds.height)));
    },
    reveal: target => {
      if (isInside(target, frame()) && transform.k >= readable) return false;
      go(centred(target, transform.k < readable ? comfortable : transform.k));
      return true;
    },
    by: factor => {
      const { x, y, width, height } = frame();
      go(centred({ x, y, width, height }, transform.k * factor));
    },
  };

  function frame(): Frame {
    const { width, height } = options.size();
    const { x, y, k } = transform;
    return { x: -x / k, y: -y / k, width: width / k, height: height / k, scale: k };
  }

  function centred({ x, y, width, height }: Rectangle, scale: number): ZoomTransform {
    const size = options.size();
    return zoomIdentity
      .translate(size.width / 2, size.height / 2)
      .scale(scale)
      .translate(-x - width / 2, -y - height / 2);
  }

  function jump(target: ZoomTransform): void {
    view.cancelAnimationFrame(glide);
    behavior.transform(picture, target);
  }

  /** Glides, for an eye that follows keeps its place; jumps when the user asked for stillness. */
  function go(target: ZoomTransform): void {
    const start = transform;
    if (options.prefersStillness() || start === zoomIdentity) {
      jump(target);
      return;
    }
    view.cancelAnimationFrame(glide);
    let began: number | null = null;
    const step = (now: number) => {
      began ??= now;
      const part = Math.min(1, (now - began) / glideMs);
      const eased = 1 - (1 - part) ** 3;
      const between = (from: number, to: number) => from + (to - from) * eased;
      const k = start.k * (target.k / start.k) ** eased;
      // The middle moves in the picture's coordinates, so that zoom and way end together.
      const { width, height } = options.size();
      const x = between((width / 2 - start.x) / start.k, (width / 2 - target.x) / target.k);
      const y = between((height / 2 - start.y) / start.k, (height / 2 - target.y) / target.k);
      if (part === 1) return behavior.transform(picture, target);
      behavior.transform(
        picture,
        zoomIdentity
          .translate(width / 2, height / 2)
          .scale(k)
          .translate(-x, -y),
      );
      glide = view.requestAnimationFrame(step);
    };
    glide = view.requestAnimationFrame(step);
  }
}

function isInside(inner: Rectangle, outer: Rectangle): boolean {
  return (
    inner.x >= outer.x &&
    inner.y >= outer.y &&
    inner.x + inner.width <= outer.x + outer.width &&
    inner.y + inner.height <= outer.y + outer.height
  );
}

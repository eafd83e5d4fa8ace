import { averageMeasure, canvasMeasure, type Measure } from "./ellipsis.ts";

/** What a picture asks of the browser; a test gives its own answers. */
export interface Browser {
  now(): number;
  sizeOf(element: Element): { width: number; height: number };
  onResize(element: Element, listener: () => void): void;
  measureIn(element: Element, fontSize: number): Measure;
  prefersStillness(): boolean;
  /** Calls back once, before the next frame is painted. */
  beforePaint(listener: () => void): void;
  /** Calls back once, when a person who types has paused, unless the returned function is called before. */
  later(listener: () => void): () => void;
  /** Calls back until the returned function is called. */
  every(milliseconds: number, listener: () => void): () => void;
}

const pauseMs = 120;

/** The browser that a window belongs to. */
export function browserOf(window: Window & typeof globalThis): Browser {
  const lessMotion = window.matchMedia("(prefers-reduced-motion: reduce)");
  return {
    now: () => window.Date.now(),
    sizeOf: element => ({ width: element.clientWidth, height: element.clientHeight }),
    onResize: (element, listener) => new window.ResizeObserver(listener).observe(element),
    measureIn: canvasMeasure,
    prefersStillness: () =>
      lessMotion.matches || window.document.body.classList.contains("vscode-reduce-motion"),
    beforePaint: listener => window.requestAnimationFrame(listener),
    later: listener => {
      const timer = window.setTimeout(listener, pauseMs);
      return () => window.clearTimeout(timer);
    },
    every: (milliseconds, listener) => {
      const timer = window.setInterval(listener, milliseconds);
      return () => window.clearInterval(timer);
    },
  };
}

/** A browser without a screen, for tests: a fixed size, and a clock that stands still. */
export function stillBrowser(size: { width: number; height: number }, now: number): Browser {
  return {
    now: () => now,
    sizeOf: () => size,
    onResize: () => {},
    measureIn: (_, fontSize) => averageMeasure(fontSize),
    prefersStillness: () => true,
    beforePaint: listener => listener(),
    later: listener => {
      listener();
      return () => {};
    },
    every: () => () => {},
  };
}

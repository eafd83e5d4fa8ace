import type { Span } from "../shared/span.ts";

/** What the picture keeps over a reload: what is looked at, and how. */
export interface Remembered {
  readonly selected: string | null;
  /** Null: the newest runs. */
  readonly span: Span | null;
  /** The lanes that a hand has opened (true) or closed. */
  readonly lanes: Readonly<Record<string, boolean>>;
}

/** What an earlier life of this picture wrote, or nothing when it is not in a form we know. */
export function recall(value: unknown): Remembered {
  const { selected, span, lanes } = (value ?? {}) as Record<string, unknown>;
  const { from, to } = (span ?? {}) as Record<string, unknown>;
  const isSpan = typeof from === "number" && typeof to === "number" && from < to;
  return {
    selected: typeof selected === "string" ? selected : null,
    span: isSpan ? { from, to } : null,
    lanes: Object.fromEntries(Object.entries(lanes ?? {}).filter(([, it]) => typeof it === "boolean")),
  };
}

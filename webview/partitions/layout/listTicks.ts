import { type Span, valueAt } from "../../shared/span.ts";
import type { Tick, Ticks } from "../../shared/timeTicks.ts";
import type { Across } from "./lanes.ts";

/** The keys of a list, or as many of them as there is room for. */
export function listTicks(across: Across, span: Span, width: number): Ticks {
  const perColumn = width / (span.to - span.from);
  const every = Math.max(1, Math.ceil(leastListRoom / perColumn));
  const first = Math.max(0, Math.floor(valueAt(span, width, 0) / every) * every);
  const minor: Tick[] = [];
  for (let at = first; at < Math.min(across.count, span.to); at += every) {
    minor.push({ value: at, label: across.keyAt(at) });
  }
  return { minor, major: [] };
}

const leastListRoom = 44;

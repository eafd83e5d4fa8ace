import type { AssetStateName } from "../../../src/model/assetState.ts";
import { pixelAt, type Span } from "../../shared/span.ts";
import type { TimedRun } from "../lanes.ts";

/** A run that has room for itself: it waits from `left` to `work`, and works to `right`. */
export interface RunBar {
  readonly run: TimedRun;
  readonly left: number;
  /** Null: it never began. */
  readonly work: number | null;
  readonly right: number;
}

/** Runs that lie too close to be told apart: how many of each state, piece by piece. */
export interface Crowd {
  readonly left: number;
  readonly right: number;
  readonly runs: readonly TimedRun[];
  readonly pieces: readonly CrowdPiece[];
}

export interface CrowdPiece {
  readonly left: number;
  readonly right: number;
  /** From the bottom up; the parts make one. */
  readonly shares: readonly { readonly state: AssetStateName; readonly part: number }[];
}

export interface Strip {
  readonly bars: readonly RunBar[];
  readonly crowds: readonly Crowd[];
}

/** What is shorter is still seen. */
const leastWidth = 4;
const pieceWidth = 5;

/** What one line looks like between two instants: bars where there is room, crowds where there is not. */
export function stripOf(runs: readonly TimedRun[], span: Span, width: number, now: number): Strip {
  const bars: RunBar[] = [];
  const crowds: Crowd[] = [];
  let stretch: RunBar[] = [];
  let end = Number.NEGATIVE_INFINITY;
  for (const run of runs) {
    const bar = barOf(run, span, width, now);
    if (bar.right < -leastWidth || bar.left > width + leastWidth) continue;
    if (bar.left >= end) {
      close();
      stretch = [];
    }
    stretch.push(bar);
    end = Math.max(end, bar.right);
  }
  close();
  return { bars, crowds };

  function close(): void {
    const [first] = stretch;
    if (first === undefined) return;
    if (stretch.length === 1) bars.push(first);
    else crowds.push(crowdOf(stretch, width));
  }
}

/** Where a run lies, in pixels. */
export function barOf(run: TimedRun, span: Span, width: number, now: number): RunBar {
  const at = (instant: number) => Math.round(pixelAt(span, width, instant));
  const left = at(run.created);
  const right = Math.max(at(run.ended ?? Math.max(now, run.created)), left + leastWidth);
  const work = run.started === null ? null : Math.min(at(run.started), right - leastWidth);
  return { run, left, work: work === null ? null : Math.max(left, work), right };
}

/** In the order in which they lie upon each other: what wants an eye comes on top. */
const order: readonly AssetStateName[] = ["materialized", "running", "queued", "canceled", "failed"];
/** In sixteenths; what failed is seen even when it is one of a thousand. */
const steps = 16;
const leastFailed = 4;

function crowdOf(bars: readonly RunBar[], width: number): Crowd {
  const left = Math.max(-pieceWidth, Math.min(...bars.map(it => it.left)));
  const right = Math.min(width + pieceWidth, Math.max(...bars.map(it => it.right)));
  const count = Math.max(1, Math.ceil((right - left) / pieceWidth));
  const counts = order.map(() => new Uint32Array(count));
  for (const { run, left: from, right: to } of bars) {
    const own = counts[order.indexOf(run.state)] as Uint32Array;
    const first = Math.max(0, Math.floor((from - left) / pieceWidth));
    const last = Math.min(count - 1, Math.floor((to - 1 - left) / pieceWidth));
    for (let at = first; at <= last; at++) own[at] = (own[at] as number) + 1;
  }
  return { left, right, runs: bars.map(it => it.run), pieces: piecesOf(counts, count, left, right) };
}

function piecesOf(counts: readonly Uint32Array[], count: number, left: number, right: number): CrowdPiece[] {
  const pieces: CrowdPiece[] = [];
  let look = "";
  for (let at = 0; at < count; at++) {
    const parts = partsOf(counts.map(it => it[at] as number));
    const own = parts.join();
    const end = Math.min(right, left + (at + 1) * pieceWidth);
    const last = pieces.at(-1);
    if (last && own === look) pieces[pieces.length - 1] = { ...last, right: end };
    else {
      const shares = order.flatMap((state, place) => {
        const part = parts[place] as number;
        return part === 0 ? [] : [{ state, part: part / steps }];
      });
      pieces.push({ left: left + at * pieceWidth, right: end, shares });
    }
    look = own;
  }
  return pieces.filter(it => it.shares.length > 0);
}

function partsOf(counts: readonly number[]): number[] {
  const total = counts.reduce((sum, it) => sum + it, 0);
  if (total === 0) return counts.map(() => 0);
  const parts = counts.map((count, place) => {
    const least = order[place] === "failed" ? leastFailed : 1;
    return count === 0 ? 0 : Math.max(least, Math.round((count / total) * steps));
  });
  // What is most gives and takes what rounding left.
  const largest = parts.indexOf(Math.max(...parts));
  const rest = parts.reduce((sum, it) => sum + it, 0) - steps;
  parts[largest] = Math.max(1, (parts[largest] as number) - rest);
  return parts;
}

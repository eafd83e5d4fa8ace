import type { AssetStateName } from "../../../src/model/assetState.ts";
import { criticalPath } from "../../../src/model/criticalPath.ts";
import type { RunSummary, StepDetails, StepSummary } from "../../../src/model/run.ts";
import { stateOfStatus } from "../../../src/model/stateWords.ts";
import { pixelAt, type Span } from "../../shared/span.ts";

/** A step with its instants as numbers, and what it waited for. */
export interface GanttStep {
  readonly step: StepSummary;
  readonly details: StepDetails | null;
  readonly state: AssetStateName;
  /** When all that it waits for had ended; null while something has not. */
  readonly ready: number | null;
  readonly started: number | null;
  /** Of a step that goes on, the present. */
  readonly ended: number | null;
  readonly isCritical: boolean;
}

/** The steps of a run, and the time that they took together. */
export interface GanttRun {
  readonly steps: readonly GanttStep[];
  readonly span: Span;
  /** The ids of the steps that decided how long it took, in order. */
  readonly critical: readonly string[];
}

/** Joins what is known of the steps of a run; `details` may not be there yet. */
export function readGantt(run: RunSummary, details: readonly StepDetails[], now: number): GanttRun {
  const instant = (iso: string | null) => (iso === null ? null : Date.parse(iso));
  const known = new Map(details.map(it => [it.id, it]));
  const timed = run.steps.map(step => {
    const started = instant(step.startedAt);
    const ended = instant(step.endedAt) ?? (step.status === "running" ? Math.max(now, started ?? now) : null);
    return { step, details: known.get(step.id) ?? null, started, ended };
  });
  const byId = new Map(timed.map(it => [it.step.id, it]));
  const critical = criticalPath(
    timed.map(it => ({
      id: it.step.id,
      dependsOn: it.details?.dependsOn ?? [],
      startedAt: it.started,
      endedAt: it.ended,
    })),
  );
  const onPath = new Set(critical.length > 1 ? critical : []);
  const begin = instant(run.startedAt) ?? Date.parse(run.createdAt);
  const steps = timed.map((it): GanttStep => {
    const ends = (it.details?.dependsOn ?? []).map(id => byId.get(id)).filter(dep => dep !== undefined);
    const isFree = ends.every(dep => dep.ended !== null && dep.step.status !== "running");
    const ready = isFree ? Math.max(begin, ...ends.map(dep => dep.ended as number)) : null;
    return {
      ...it,
      state: stateOfStatus[it.step.status],
      ready: ready === null || it.started === null ? ready : Math.min(ready, it.started),
      isCritical: onPath.has(it.step.id),
    };
  });
  return { steps, critical, span: spanOf(run, steps, begin, now) };
}

/** A wait of hours must not press the work of seconds to a line: it is shown as far as there is room. */
const mostWaiting = 0.2;
const leastLength = 20;

function spanOf(run: RunSummary, steps: readonly GanttStep[], begin: number, now: number): Span {
  const ends = steps.flatMap(it => it.ended ?? []);
  const end = Math.max(
    begin,
    run.endedAt === null ? now : Math.min(Date.parse(run.endedAt), Math.max(begin, ...ends)),
    ...ends,
  );
  const work = Math.max(end - begin, leastLength);
  const waited = Math.max(0, begin - Date.parse(run.createdAt));
  return { from: begin - Math.min(waited, work * mostWaiting), to: begin + work };
}

/** Sizes in pixels; `y` counts from the first row. */
export interface GanttLayout {
  readonly width: number;
  readonly labelWidth: number;
  readonly plotWidth: number;
  readonly totalHeight: number;
  /** What is in view. */
  readonly rows: readonly GanttRow[];
  readonly links: readonly GanttLink[];
  readonly ticks: readonly { readonly x: number; readonly afterMs: number }[];
}

export interface GanttRow {
  readonly at: number;
  readonly y: number;
  readonly step: GanttStep;
  readonly left: number | null;
  readonly work: number | null;
  readonly right: number | null;
}

/** From the end of a step to the beginning of one that waited for it. */
export interface GanttLink {
  readonly from: { readonly x: number; readonly y: number };
  readonly to: { readonly x: number; readonly y: number };
  readonly isCritical: boolean;
}

export const ganttRowHeight = 26;
export const ganttAxisHeight = 24;
export const ganttInset = 6;
/** What is written behind a bar needs so much. */
const textRoom = 124;
const leastWidth = 3;

/** The rows between `scroll` and the end of the view, with the links that touch them. */
export function layoutGantt(
  { steps, span, critical }: GanttRun,
  { width, height, scroll, now }: { width: number; height: number; scroll: number; now: number },
): GanttLayout {
  const labelWidth = Math.round(Math.min(200, Math.max(84, width * 0.3)));
  const plotWidth = Math.max(60, width - labelWidth - Math.min(textRoom, width * 0.24));
  const first = Math.max(0, Math.floor(scroll / ganttRowHeight));
  const last = Math.min(steps.length, Math.ceil((scroll + height) / ganttRowHeight));
  const places = new Map(steps.map((it, at) => [it.step.id, at]));
  const rowAt = (at: number) => rowOf(steps[at] as GanttStep, at, span, plotWidth, now);
  const rows = Array.from({ length: Math.max(0, last - first) }, (_, i) => rowAt(first + i));
  const links = rows.flatMap(row =>
    (row.step.details?.dependsOn ?? []).flatMap((id): GanttLink[] => {
      const at = places.get(id);
      if (at === undefined || row.left === null) return [];
      const from = rowAt(at);
      if (from.right === null) return [];
      const middle = ganttRowHeight / 2;
      return [
        {
          from: { x: from.right, y: from.y + middle },
          to: { x: row.work ?? row.left, y: row.y + middle },
          isCritical: row.step.isCritical && critical.indexOf(id) + 1 === critical.indexOf(row.step.step.id),
        },
      ];
    }),
  );
  return {
    width,
    labelWidth,
    plotWidth,
    totalHeight: steps.length * ganttRowHeight,
    rows,
    links: links.map(it => ({ ...it, isCritical: it.isCritical && critical.length > 1 })),
    ticks: ticksOf(span, plotWidth),
  };
}

function rowOf(step: GanttStep, at: number, span: Span, width: number, now: number): GanttRow {
  const pixel = (instant: number) => Math.round(Math.max(0, pixelAt(span, width, instant)));
  const { ready, started, ended } = step;
  const place = { at, y: at * ganttRowHeight, step };
  if (started === null) {
    // What waits and could begin is seen to wait; what waits for others has nothing to show yet.
    if (ready === null || step.step.status !== "queued")
      return { ...place, left: null, work: null, right: null };
    const left = pixel(ready);
    return { ...place, left, work: null, right: Math.max(pixel(now), left + leastWidth) };
  }
  const work = pixel(started);
  const right = Math.max(pixel(ended ?? now), work + leastWidth);
  return { ...place, left: Math.min(work, pixel(ready ?? started)), work, right };
}

const tickRoom = 64;

/** Round lengths of time since the beginning of the picture. */
function ticksOf(span: Span, width: number): { x: number; afterMs: number }[] {
  const length = span.to - span.from;
  const least = (length / width) * tickRoom;
  const step = roundSteps.find(it => it >= least) ?? Math.ceil(least / 3_600_000) * 3_600_000;
  return Array.from({ length: Math.floor(length / step) + 1 }, (_, at) => ({
    x: Math.round(((at * step) / length) * width),
    afterMs: at * step,
  }));
}

const second = 1000;
const minute = 60 * second;
const roundSteps = [
  ...[5, 10, 20, 50, 100, 200, 500],
  ...[1, 2, 5, 10, 20, 30].map(it => it * second),
  ...[1, 2, 5, 10, 20, 30, 60, 120, 300].map(it => it * minute),
];

/** The row at a point, `y` counted from the first row. */
export function ganttRowAt({ steps }: GanttRun, y: number): number | null {
  const at = Math.floor(y / ganttRowHeight);
  return at >= 0 && at < steps.length ? at : null;
}

import { select } from "d3-selection";
import { ellipsize, type Measure } from "../shared/ellipsis.ts";
import { iconSize } from "../shared/icons.ts";
import { pixelAt } from "../shared/span.ts";
import { drawStateMark } from "../shared/stateMark.ts";
import type { Tick } from "../shared/timeTicks.ts";
import { box, createPen, drawBar, type Pen } from "./draw/bars.ts";
import { drawPaths, type Group, layer } from "./draw/layers.ts";
import type { Lane, TimedRun } from "./lanes.ts";
import type { Crowd, RunBar } from "./layout/strip.ts";
import { axisHeight, type Box, inset, lineHeight, type PlacedLine, type TimelineLayout } from "./layout.ts";

/** How names are written. */
export interface Lettering {
  readonly measureName: Measure;
  readonly measureTick: Measure;
  /** Why a run waits, or nothing. */
  whyOf(run: TimedRun): string | null;
  /** What stands at the end of a lane's name: "41 runs", "waits for run 7". */
  noteOf(lane: Lane): string;
}

/** Draws what is in view into `content`; calling it again changes only what differs. */
export function drawTimeline(content: SVGGElement, layout: TimelineLayout, lettering: Lettering): void {
  const picture = select(content) as unknown as Group;
  const plot = layer(picture, "plot").attr("transform", `translate(${layout.labelWidth},0)`);
  drawRuler(layer(plot, "ruler"), layout);
  drawBars(layer(plot, "bars"), layout);
  drawReasons(layer(plot, "reasons"), layout, lettering);
  drawNow(layer(plot, "now-line"), layout);
  drawNames(layer(picture, "names"), layout, lettering);
  drawAxis(layer(picture, "axis"), layout, lettering);
}

/** Draws the frames around the run that is selected, and the one under the pointer. */
export function drawFrames(
  overlay: SVGGElement,
  { selected, hovered }: { selected: Box | null; hovered: Box | null },
): void {
  for (const [name, frame] of [
    ["hovered", hovered],
    ["frame", selected],
  ] as const) {
    select(overlay)
      .selectAll<SVGRectElement, Box>(`rect.${name}`)
      .data(frame ? [frame] : [])
      .join("rect")
      .attr("class", name)
      .attr("rx", 3)
      .attr("x", it => it.x)
      .attr("y", it => it.y)
      .attr("width", it => it.width)
      .attr("height", it => it.height);
  }
}

const barHeight = lineHeight - 2 * inset;

function drawBars(group: Group, { lines, plotWidth }: TimelineLayout): void {
  const pen = createPen();
  for (const { y, bars, crowds } of lines) {
    for (const { run, left, work, right } of bars) {
      const bar = { state: run.state, left, work, right, top: y + inset, height: barHeight };
      drawBar(pen, bar, plotWidth);
    }
    for (const crowd of crowds) drawCrowd(pen, crowd, y + inset);
  }
  drawPaths(group, pen.paths());
}

/** Why a run waits stands before it, for behind it is the present. */
function drawReasons(group: Group, { lines }: TimelineLayout, { whyOf, measureTick }: Lettering): void {
  const reasons = lines.flatMap(({ y, bars, crowds }) =>
    bars.flatMap((bar): PlacedReason[] => {
      const why = bar.work === null ? whyOf(bar.run) : null;
      if (why === null) return [];
      const room = bar.left - before(bar, [...bars, ...crowds]) - 14;
      if (room < 60) return [];
      return [{ id: bar.run.run.id, x: bar.left - 6, y, text: ellipsize(why, room, measureTick) }];
    }),
  );
  group
    .selectAll<SVGTextElement, PlacedReason>("text")
    .data(reasons, it => it.id)
    .join("text")
    .attr("text-anchor", "end")
    .attr("x", it => it.x)
    .attr("y", it => it.y + lineHeight / 2 + 4)
    .text(it => it.text);
}

interface PlacedReason {
  readonly id: string;
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

/** Where the nearest thing to the left of a bar ends. */
function before({ left }: RunBar, others: readonly { readonly right: number }[]): number {
  return Math.max(0, ...others.map(it => it.right).filter(right => right <= left));
}

/** States above one another by their share; what failed stands out of its line. */
function drawCrowd(pen: Pen, { pieces }: Crowd, top: number): void {
  for (const { left, right, shares } of pieces) {
    let bottom = top + barHeight;
    for (const { state, part } of shares) {
      const isFailed = state === "failed";
      const upper = bottom - part * barHeight;
      const manner = state === "queued" ? "hatched" : "solid";
      const inner = state === "canceled" || state === "running" ? 1 : 0;
      pen.add(manner, state, box(left, upper - (isFailed ? 3 : 0), right - inner, bottom));
      bottom = upper;
    }
  }
}

function drawRuler(group: Group, { ticks, span, plotWidth, height, lines }: TimelineLayout): void {
  const path = (list: readonly Tick[]) =>
    list
      .map(it => Math.round(pixelAt(span, plotWidth, it.value)))
      .filter(x => x >= 0 && x <= plotWidth)
      .map(x => `M${x + 0.5},${axisHeight}V${height}`)
      .join("");
  const between = lines
    .filter(it => it.line.isFirst && it.at > 0)
    .map(({ y }) => `M0,${y + 0.5}H${plotWidth}`)
    .join("");
  group
    .selectAll<SVGPathElement, readonly [string, string]>("path")
    .data([
      ["minor-line", path(ticks.minor)],
      ["major-line", path(ticks.major)],
      ["lane-line", between],
    ] as const)
    .join("path")
    .attr("class", ([name]) => name)
    .attr("d", ([, d]) => d || null);
}

function drawNow(group: Group, { nowX, height }: TimelineLayout): void {
  group
    .selectAll<SVGPathElement, number>("path")
    .data(nowX === null ? [] : [nowX])
    .join("path")
    .attr("class", "today")
    .attr("d", x => `M${x + 0.5},${axisHeight - 6}V${height}`);
}

const twisty = 18;
const noteRoom = 0.45;

function drawNames(group: Group, { lines, labelWidth, height }: TimelineLayout, lettering: Lettering): void {
  const { measureName, measureTick, noteOf } = lettering;
  // To zoom and to move in time leaves the names as they are.
  const before = group.datum() as NamesDrawn | undefined;
  if (before?.labelWidth === labelWidth && before.height === height && areSame(before.lines, lines)) return;
  group.datum({ lines, labelWidth, height } satisfies NamesDrawn);
  // What comes from before the view must not shine through the names.
  group
    .selectAll("rect")
    .data([null])
    .join("rect")
    .attr("class", "axis-paper")
    .attr("width", labelWidth)
    .attr("height", height);
  const all = group
    .selectAll<SVGGElement, PlacedLine>("g.row")
    .data(
      lines.filter(it => it.line.isFirst),
      it => it.line.lane.id,
    )
    .join(enter => {
      const row = enter.append("g").attr("class", "row");
      row.append("path").attr("class", "twisty");
      row.append("g");
      row.append("text").attr("class", "name");
      row.append("text").attr("class", "note");
      return row;
    })
    .order()
    .attr("transform", it => `translate(0,${it.y})`);
  // Most lanes are as they were when one of them changes.
  const drawn = before?.labelWidth === labelWidth ? before.lines : [];
  const rows = all.filter(it => !drawn.some(other => isSameLine(other, it)));
  rows
    .select("path.twisty")
    .attr("transform", `translate(2,${(lineHeight - iconSize) / 2})`)
    .attr("d", ({ line }) =>
      line.lane.rows.length < 2 ? null : line.isOpen ? "M4 6l4 4l4 -4" : "M6 4l4 4l-4 4",
    );
  rows
    .select<SVGGElement>("g")
    .call(drawStateMark, (it: PlacedLine) => it.line.lane.runs.at(-1)?.state ?? null);
  rows
    .select<SVGGElement>("g")
    .attr("transform", `translate(${twisty + 2},${(lineHeight - 12) / 2}) scale(0.857)`);
  const note = (it: PlacedLine) => ellipsize(noteOf(it.line.lane), labelWidth * noteRoom, measureTick);
  rows
    .select("text.name")
    .attr("x", twisty + 20)
    .attr("y", lineHeight / 2 + 4.5)
    .text(it => ellipsize(it.line.lane.label, labelWidth - twisty - 38 - measureTick(note(it)), measureName));
  rows
    .select("text.note")
    .attr("x", labelWidth - 10)
    .attr("y", lineHeight / 2 + 4)
    .attr("text-anchor", "end")
    .text(note);
}

interface NamesDrawn {
  readonly lines: readonly PlacedLine[];
  readonly labelWidth: number;
  readonly height: number;
}

function areSame(before: readonly PlacedLine[], lines: readonly PlacedLine[]): boolean {
  return (
    before.length === lines.length &&
    lines.every((it, at) => {
      const other = before[at];
      return other !== undefined && isSameLine(other, it) && other.y === it.y;
    })
  );
}

/** Whether the name of a line is written as it was. */
function isSameLine({ line }: PlacedLine, other: PlacedLine): boolean {
  const { lane, isFirst, isOpen } = other.line;
  return line.lane === lane && line.isFirst === isFirst && line.isOpen === isOpen;
}

function drawAxis(group: Group, layout: TimelineLayout, { measureTick }: Lettering): void {
  group
    .selectAll("rect")
    .data([null])
    .join("rect")
    .attr("class", "axis-paper")
    .attr("width", layout.width)
    .attr("height", axisHeight);
  for (const [kind, y] of [
    ["major", 15],
    ["minor", axisHeight - 10],
  ] as const) {
    layer(group, kind)
      .attr("transform", `translate(${layout.labelWidth},0)`)
      .selectAll<SVGTextElement, PlacedTick>("text")
      .data(placeTicks(layout, kind, measureTick))
      .join("text")
      .attr("x", it => it.x)
      .attr("y", y)
      .text(it => it.label);
  }
}

interface PlacedTick {
  readonly x: number;
  readonly label: string;
}

/** A name stands behind the beginning of what it names; one that began before the view sticks to its edge. */
function placeTicks(
  { ticks, span, plotWidth }: TimelineLayout,
  kind: "major" | "minor",
  measure: Measure,
): PlacedTick[] {
  const list = ticks[kind];
  return list.flatMap(({ value, label }, at) => {
    const begin = pixelAt(span, plotWidth, value);
    const next = list[at + 1];
    const end = next ? pixelAt(span, plotWidth, next.value) : plotWidth;
    const x = (kind === "major" ? Math.max(0, begin) : begin) + 4;
    if ((begin < 0 && kind === "minor") || measure(label) > Math.min(end, plotWidth) - x - 2) return [];
    return [{ x: Math.round(x), label }];
  });
}

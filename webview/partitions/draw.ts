import { type Selection, select } from "d3-selection";
import { keyName } from "../../src/model/assetKey.ts";
import { ellipsize, type Measure } from "../shared/ellipsis.ts";
import { iconSize } from "../shared/icons.ts";
import { pixelAt } from "../shared/span.ts";
import { stateClass } from "../shared/stateMark.ts";
import type { Tick } from "../shared/timeTicks.ts";
import { pathsOf, type StatePaths } from "./draw/shapes.ts";
import {
  axisHeight,
  type Box,
  inset,
  lineHeight,
  type MatrixLayout,
  type PlacedBlock,
  type PlacedLine,
} from "./layout.ts";

/** What is drawn over the lines. */
export interface Marks {
  readonly frames: readonly Box[];
  readonly cursor: Box | null;
  readonly hovered: Box | null;
}

/** How names are written. */
export interface Lettering {
  readonly measureName: Measure;
  readonly measureTick: Measure;
  /** "27/31". */
  shareOf(line: PlacedLine): string;
}

type Group = Selection<SVGGElement, PlacedBlock, SVGElement, unknown>;

/** Draws what is in view into `content`; calling it again changes only what differs. */
export function drawMatrix(content: SVGGElement, layout: MatrixLayout, lettering: Lettering): void {
  const picture = select(content);
  const lines = layer(picture, "lines")
    .selectAll<SVGGElement, PlacedBlock>("g.block")
    .data(layout.blocks, it => it.at)
    .join(enter => {
      const block = enter.append("g").attr("class", "block");
      for (const name of ["names", "plot"]) block.append("g").attr("class", name);
      for (const name of ["ground", "ruler", "today-line", "pieces"]) {
        block.select("g.plot").append("g").attr("class", name);
      }
      return block;
    });
  lines.select<SVGGElement>("g.names").call(drawNames, layout, lettering);
  lines.select<SVGGElement>("g.plot").attr("transform", `translate(${layout.labelWidth},0)`);
  lines.select<SVGGElement>("g.ground").call(drawGround);
  lines.select<SVGGElement>("g.ruler").call(drawRuler);
  lines.select<SVGGElement>("g.today-line").call(drawToday);
  lines.select<SVGGElement>("g.pieces").call(drawPieces);

  const axes = layer(picture, "axes")
    .selectAll<SVGGElement, PlacedBlock>("g.axis")
    .data(layout.blocks, it => it.at)
    .join(enter => {
      const axis = enter.append("g").attr("class", "axis");
      axis.append("rect").attr("class", "axis-paper");
      axis.append("text").attr("class", "axis-title");
      for (const name of ["major", "minor"]) axis.append("g").attr("class", name);
      return axis;
    })
    .attr("transform", it => `translate(0,${it.axisY})`);
  axes.call(drawAxis, layout, lettering);
}

/** Draws the frame with its handle, the cursor, and what the pointer is over. */
export function drawMarks(content: SVGGElement, { frames, cursor, hovered }: Marks): void {
  const marks = layer(select(content), "marks");
  frame(marks, "hovered", hovered ? [hovered] : []);
  frame(marks, "frame", frames);
  frame(marks, "cursor", cursor ? [cursor] : []);
  const last = frames.at(-1);
  marks
    .selectAll<SVGRectElement, Box>("rect.handle")
    .data(last ? handlesOf(last) : [])
    .join("rect")
    .attr("class", "handle")
    .attr("rx", 2)
    .call(place);
}

/** The grips at both ends of a frame. */
export function handlesOf({ x, y, width, height }: Box): Box[] {
  const size = { width: 5, height: Math.min(14, height) };
  const top = y + height / 2 - size.height / 2;
  return [
    { ...size, x: x - 2.5, y: top },
    { ...size, x: x + width - 2.5, y: top },
  ];
}

function layer(parent: Selection<SVGGElement, unknown, null, undefined>, name: string) {
  return parent
    .selectAll<SVGGElement, null>(`g.${name}`)
    .data([null])
    .join("g")
    .attr("class", name) as unknown as Selection<SVGGElement, unknown, null, undefined>;
}

function frame(
  marks: Selection<SVGGElement, unknown, null, undefined>,
  name: string,
  boxes: readonly Box[],
): void {
  marks
    .selectAll<SVGRectElement, Box>(`rect.${name}`)
    .data(boxes)
    .join("rect")
    .attr("class", name)
    .attr("rx", 3)
    .call(place);
}

function place<Parent extends Element | null>(rects: Selection<SVGRectElement, Box, Parent, unknown>): void {
  rects
    .attr("x", it => it.x)
    .attr("y", it => it.y)
    .attr("width", it => it.width)
    .attr("height", it => it.height);
}

const twisty = 16;
const shareWidth = 74;

function drawNames(
  groups: Group,
  { labelWidth }: MatrixLayout,
  { measureName, measureTick, shareOf }: Lettering,
): void {
  const rows = groups
    .selectAll<SVGGElement, PlacedLine>("g.row")
    .data(
      it => it.lines,
      it => String(it.line),
    )
    .join(enter => {
      const row = enter.append("g").attr("class", "row");
      row.append("path").attr("class", "twisty");
      row.append("text").attr("class", "name");
      row.append("text").attr("class", "share");
      return row;
    })
    .attr("transform", it => `translate(0,${it.y})`);
  const room = (share: string) => labelWidth - twisty - 20 - Math.min(shareWidth, measureTick(share));
  rows
    .select("path.twisty")
    .attr("transform", `translate(4,${(lineHeight - iconSize) / 2})`)
    .attr("d", it => (it.track.down === null ? "M6 4l4 4l-4 4" : ""));
  rows
    .select("text.name")
    .attr("x", twisty + 6)
    .attr("y", lineHeight / 2 + 4.5)
    .text(it => ellipsize(nameOf(it), room(shareOf(it)), measureName));
  rows
    .select("text.share")
    .attr("x", labelWidth - 10)
    .attr("y", lineHeight / 2 + 4)
    .attr("text-anchor", "end")
    .text(shareOf);
}

/** Lines of a grid are called by their keys, assets by the last part of theirs. */
function nameOf({ track }: PlacedLine): string {
  return track.of.grid.depth > 1 && track.down !== null ? track.label : keyName(track.of.asset);
}

/** A hairline where partitions exist at all, so that a hole differs from nothing. */
function drawGround(groups: Group): void {
  groups
    .selectAll<SVGPathElement, PlacedBlock>("path")
    .data(it => [it])
    .join("path")
    .attr("d", it =>
      it.lines
        .flatMap(({ y, ground }) => {
          const base = y + lineHeight - inset + 0.5;
          return ground ? [`M${ground.left},${base}H${ground.right}`] : [];
        })
        .join(""),
    );
}

function drawRuler(groups: Group): void {
  groups
    .selectAll<SVGPathElement, { kind: string; path: string }>("path")
    .data(({ ticks, span, plotWidth, y, block }) => {
      const [top, bottom] = [y, y + block.size * lineHeight];
      const path = (list: readonly Tick[]) =>
        list
          .map(it => Math.round(pixelAt(span, plotWidth, it.value)))
          .filter(x => x >= 0 && x <= plotWidth)
          .map(x => `M${x + 0.5},${top}V${bottom}`)
          .join("");
      return [
        { kind: "minor-line", path: path(ticks.minor) },
        { kind: "major-line", path: path(ticks.major) },
      ];
    })
    .join("path")
    .attr("class", it => it.kind)
    .attr("d", it => it.path);
}

function drawToday(groups: Group): void {
  groups
    .selectAll<SVGPathElement, PlacedBlock>("path")
    .data(it => (it.today === null ? [] : [it]))
    .join("path")
    .attr("class", "today")
    .attr("d", ({ today, y, block }) => `M${(today ?? 0) + 0.5},${y}V${y + block.size * lineHeight}`);
}

function drawPieces(groups: Group): void {
  const states = groups
    .selectAll<SVGGElement, StatePaths>("g")
    .data(
      it => pathsOf(it.lines, it.plotWidth),
      it => it.state,
    )
    .join(enter => {
      const state = enter.append("g");
      for (const manner of ["tinted", "solid", "line"]) state.append("path").attr("class", manner);
      return state;
    })
    .order()
    .attr("class", it => stateClass(it.state));
  for (const manner of ["tinted", "solid", "line"] as const) {
    states.select(`path.${manner}`).attr("d", it => it[manner] || null);
  }
}

function drawAxis(
  axes: Selection<SVGGElement, PlacedBlock, SVGElement, unknown>,
  { width, labelWidth }: MatrixLayout,
  { measureTick }: Lettering,
): void {
  axes.select("rect.axis-paper").attr("width", width).attr("height", axisHeight);
  axes
    .select("text.axis-title")
    .attr("x", twisty + 6)
    .attr("y", axisHeight - 10)
    .text(it => ellipsize(it.block.title, labelWidth - twisty - 20, measureTick));
  for (const [kind, y] of [
    ["major", 15],
    ["minor", axisHeight - 10],
  ] as const) {
    axes
      .select<SVGGElement>(`g.${kind}`)
      .attr("transform", `translate(${labelWidth},0)`)
      .selectAll<SVGTextElement, PlacedTick>("text")
      .data(it => placeTicks(it, kind, measureTick))
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
  { ticks, span, plotWidth, block }: PlacedBlock,
  kind: "major" | "minor",
  measure: Measure,
) {
  const list = ticks[kind];
  const placed: PlacedTick[] = [];
  for (const [at, { value, label }] of list.entries()) {
    const begin = pixelAt(span, plotWidth, value);
    const next = list[at + 1];
    const end = next ? pixelAt(span, plotWidth, next.value) : plotWidth;
    const x = (kind === "major" ? Math.max(0, begin) : begin) + 4;
    const room = Math.min(end, plotWidth) - x - 2;
    if (begin < 0 && kind === "minor") continue;
    const text = block.axis.kind === "list" ? ellipsize(label, room, measure) : label;
    if (measure(text) <= room || block.axis.kind === "list") placed.push({ x: Math.round(x), label: text });
  }
  return placed;
}

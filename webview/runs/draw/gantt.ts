import { select } from "d3-selection";
import { formatDuration } from "../../../src/model/format.ts";
import { ellipsize, type Measure } from "../../shared/ellipsis.ts";
import { drawStateMark } from "../../shared/stateMark.ts";
import {
  type GanttLayout,
  type GanttRow,
  type GanttStep,
  ganttAxisHeight,
  ganttInset,
  ganttRowHeight,
} from "../layout/gantt.ts";
import { createPen, drawBar } from "./bars.ts";
import { drawPaths, type Group, layer } from "./layers.ts";

export interface GanttLettering {
  readonly measureName: Measure;
  readonly measureNote: Measure;
  nameOf(step: GanttStep): string;
  /** Behind the bar: "1.2 s · 4,810 rows". */
  noteOf(step: GanttStep): string;
}

/** Which rows are marked, by their place. */
export interface GanttMarks {
  readonly selected: number | null;
  readonly hovered: number | null;
}

/** Draws the steps that are in view; `y` is counted from the first row. */
export function drawGantt(
  content: SVGGElement,
  layout: GanttLayout,
  lettering: GanttLettering,
  marks: GanttMarks,
): void {
  const picture = select(content) as unknown as Group;
  drawBands(layer(picture, "bands"), layout, marks);
  const plot = layer(picture, "plot").attr("transform", `translate(${layout.labelWidth},0)`);
  drawRuler(layer(plot, "ruler"), layout);
  drawLinks(layer(plot, "links"), layout);
  drawSteps(layer(plot, "bars"), layout);
  drawCritical(layer(plot, "critical"), layout);
  drawRows(layer(picture, "names"), layout, lettering);
}

/** The scale above the rows, which does not scroll with them. */
export function drawGanttAxis(content: SVGGElement, layout: GanttLayout): void {
  const axis = layer(select(content) as unknown as Group, "axis");
  axis
    .selectAll("rect")
    .data([null])
    .join("rect")
    .attr("class", "axis-paper")
    .attr("width", layout.width)
    .attr("height", ganttAxisHeight);
  axis
    .selectAll<SVGTextElement, GanttLayout["ticks"][number]>("text")
    .data(layout.ticks)
    .join("text")
    .attr("x", it => layout.labelWidth + it.x + 3)
    .attr("y", ganttAxisHeight - 8)
    .text(it => (it.afterMs === 0 ? "0" : formatDuration(it.afterMs)));
}

function drawBands(group: Group, { width, rows }: GanttLayout, { selected, hovered }: GanttMarks): void {
  group
    .selectAll<SVGRectElement, GanttRow>("rect")
    .data(rows.filter(it => it.at === selected || it.at === hovered))
    .join("rect")
    .attr("class", it => (it.at === selected ? "band is-selected" : "band"))
    .attr("x", 1)
    .attr("y", it => it.y + 1)
    .attr("width", Math.max(0, width - 2))
    .attr("height", ganttRowHeight - 2)
    .attr("rx", 3);
}

function drawRuler(group: Group, { ticks, totalHeight }: GanttLayout): void {
  group
    .selectAll("path")
    .data([ticks.map(it => `M${it.x + 0.5},0V${totalHeight}`).join("")])
    .join("path")
    .attr("class", "minor-line")
    .attr("d", d => d);
}

function drawLinks(group: Group, { links }: GanttLayout): void {
  const path = (isCritical: boolean) =>
    links
      .filter(it => it.isCritical === isCritical)
      .map(({ from, to }) => {
        const turn = Math.max(from.x + 3, Math.min(to.x - 2, from.x + 3));
        return `M${from.x},${from.y}H${turn}V${to.y}H${Math.max(turn, to.x)}`;
      })
      .join("");
  group
    .selectAll<SVGPathElement, readonly [string, string]>("path")
    .data([
      ["link", path(false)],
      ["link is-critical", path(true)],
    ] as const)
    .join("path")
    .attr("class", ([name]) => name)
    .attr("d", ([, d]) => d || null);
}

const barHeight = ganttRowHeight - 2 * ganttInset;

function drawSteps(group: Group, { rows, plotWidth }: GanttLayout): void {
  const pen = createPen();
  for (const { y, step, left, work, right } of rows) {
    if (left === null || right === null) continue;
    drawBar(pen, { state: step.state, left, work, right, top: y + ganttInset, height: barHeight }, plotWidth);
  }
  drawPaths(group, pen.paths());
}

/** The steps that decided how long it took are outlined. */
function drawCritical(group: Group, { rows }: GanttLayout): void {
  group
    .selectAll<SVGRectElement, GanttRow>("rect")
    .data(
      rows.filter(it => it.step.isCritical && it.work !== null),
      it => it.at,
    )
    .join("rect")
    .attr("class", "outline")
    .attr("rx", 3)
    .attr("x", it => (it.work ?? 0) - 2)
    .attr("y", it => it.y + ganttInset - 2)
    .attr("width", it => Math.max(1, (it.right ?? 0) - (it.work ?? 0) + 4))
    .attr("height", barHeight + 4);
}

function drawRows(group: Group, { rows, labelWidth, width }: GanttLayout, lettering: GanttLettering): void {
  const { measureName, measureNote, nameOf, noteOf } = lettering;
  const names = group
    .selectAll<SVGGElement, GanttRow>("g.row")
    .data(rows, it => it.step.step.id)
    .join(enter => {
      const row = enter.append("g").attr("class", "row");
      row.append("g");
      row.append("text").attr("class", "name");
      row.append("text").attr("class", "note");
      return row;
    })
    .order()
    .attr("transform", it => `translate(0,${it.y})`);
  names.select<SVGGElement>("g").call(drawStateMark, (it: GanttRow) => it.step.state);
  names.select<SVGGElement>("g").attr("transform", `translate(8,${(ganttRowHeight - 12) / 2}) scale(0.857)`);
  names
    .select("text.name")
    .attr("x", 26)
    .attr("y", ganttRowHeight / 2 + 4.5)
    .text(it => ellipsize(nameOf(it.step), labelWidth - 34, measureName));
  names
    .select("text.note")
    .attr("x", it => labelWidth + (it.right ?? 0) + 8)
    .attr("y", ganttRowHeight / 2 + 4)
    .text(it => ellipsize(noteOf(it.step), width - labelWidth - (it.right ?? 0) - 12, measureNote));
}

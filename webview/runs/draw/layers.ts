import { type BaseType, type Selection, select } from "d3-selection";
import { stateClass } from "../../shared/stateMark.ts";
import { type BarPaths, manners } from "./bars.ts";

/** A group as the functions here take it. */
export type Group = Selection<SVGGElement, unknown, BaseType, unknown>;

/** The group of a name within another, made when it is not there. */
export function layer(parent: Group, name: string): Group {
  const found = parent.selectAll<SVGGElement, null>(`g.${name}`).filter(function () {
    return this.parentNode === parent.node();
  });
  if (!found.empty()) return select(found.node() as SVGGElement);
  return select(parent.append("g").attr("class", name).node() as SVGGElement);
}

/** Draws the gathered paths, state by state. */
export function drawPaths(parent: Group, paths: readonly BarPaths[]): void {
  const states = parent
    .selectAll<SVGGElement, BarPaths>("g")
    .data(paths, it => it.state)
    .join(enter => {
      const state = enter.append("g");
      for (const manner of manners) state.append("path").attr("class", manner);
      return state;
    })
    .order()
    .attr("class", it => stateClass(it.state));
  for (const manner of manners) states.select(`path.${manner}`).attr("d", it => it[manner] || null);
}

/** The pattern of what waits: a surface in thin slanted lines, in the colour of the text. */
export function addHatching(svg: Selection<SVGSVGElement, unknown, BaseType, unknown>, id: string): void {
  svg
    .append("defs")
    .append("pattern")
    .attr("id", id)
    .attr("class", "hatching")
    .attr("width", 5)
    .attr("height", 5)
    .attr("patternUnits", "userSpaceOnUse")
    .append("path")
    .attr("d", "M-1,1l2,-2M0,5l5,-5M4,6l2,-2");
}

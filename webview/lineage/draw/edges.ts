import type { Selection } from "d3-selection";
import { curveBumpX, line } from "d3-shape";
import type { Frame } from "../../shared/zoom.ts";
import type { Point } from "../layout/packing.ts";
import type { PlacedEdge } from "../layout/placed.ts";
import type { Scene } from "./scene.ts";

/** Draws the edges that cross the frame, those of the path last, above the others. */
export function drawEdges(
  layer: Selection<SVGGElement, unknown, null, undefined>,
  scene: Scene,
  frame: Frame,
): void {
  const visible = scene.layout.edges.filter(edge => crosses(edge, frame));
  layer
    .selectAll<SVGPathElement, PlacedEdge>("path")
    .data(visible, ({ edge }) => `${edge.from}\n${edge.to}`)
    .join("path")
    .attr("class", edge => edgeClass(edge, scene))
    .attr("d", edge => edgePath(edge, scene))
    .filter(edge => isOnPath(edge, scene))
    .raise();
}

/** The curve of an edge: level at both ends and through the columns it passes. */
export function edgePath({ edge, points }: PlacedEdge, { layout }: Pick<Scene, "layout">): string {
  if (edge.from === edge.to) return loopPath(points, layout.card.height);
  return curve(points as Point[]) ?? "";
}

/** True for an edge between two assets of the path that stands out. */
export function isOnPath({ edge }: PlacedEdge, { path }: Scene): boolean {
  return path?.has(edge.from) === true && path.has(edge.to);
}

const curve = line<Point>(
  ({ x }) => x,
  ({ y }) => y,
).curve(curveBumpX);

function edgeClass(placed: PlacedEdge, scene: Scene): string {
  const classes = ["edge"];
  if (placed.edge.kind === "dep") classes.push("dep");
  if (placed.isReversed) classes.push("reversed");
  if (isOnPath(placed, scene)) classes.push("on-path");
  return classes.join(" ");
}

/** Over the card's head, from its right side to its left. */
function loopPath([right, left]: readonly Point[], cardHeight: number): string {
  if (!right || !left) return "";
  const rise = cardHeight / 2 + 9;
  return `M${right.x},${right.y}c14,0,14,${-rise},0,${-rise}` + `H${left.x}c-14,0,-14,${rise},0,${rise}`;
}

function crosses({ points }: PlacedEdge, frame: Frame): boolean {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const { x, y } of points) {
    left = Math.min(left, x);
    right = Math.max(right, x);
    top = Math.min(top, y);
    bottom = Math.max(bottom, y);
  }
  // A loop rises above its points.
  const room = 48;
  return (
    left - room < frame.x + frame.width &&
    right + room > frame.x &&
    top - room < frame.y + frame.height &&
    bottom + room > frame.y
  );
}

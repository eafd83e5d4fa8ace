import { select } from "d3-selection";
import type { Frame } from "../shared/zoom.ts";
import { drawCards } from "./draw/cards.ts";
import { dotSize, drawDots } from "./draw/dots.ts";
import { drawEdges } from "./draw/edges.ts";
import type { Scene } from "./draw/scene.ts";

/** How much a zoom lets one read: dots from afar, names from nearer, whole cards from near. */
export type Detail = "dots" | "names" | "cards";

export function detailOf({ scale }: Frame): Detail {
  if (scale < 0.35) return "dots";
  return scale < 0.6 ? "names" : "cards";
}

/** Draws what the frame shows of a scene into `content`; calling it again changes only what differs. */
export function draw(content: SVGGElement, scene: Scene, frame: Frame): void {
  const detail = detailOf(frame);
  const isFar = detail === "dots";
  const layers = select(content)
    .attr("data-detail", detail)
    .classed("has-path", scene.path !== null);
  const layer = (name: string, isWanted: boolean) =>
    layers
      .selectAll<SVGGElement, null>(`g.${name}`)
      .data(isWanted ? [null] : [])
      .join("g")
      .attr("class", name);

  layer("far", isFar).each(function () {
    drawDots(select(this), scene);
  });
  layer("edges", !isFar).each(function () {
    drawEdges(select(this), scene, frame);
  });
  layer("cards", !isFar).each(function () {
    drawCards(select(this), scene, frame, detail === "names");
  });
}

/** What depends on the zoom alone; cheap enough for every frame of a gesture. */
export function drawScale(content: SVGGElement, { scale }: Frame): void {
  const size = dotSize(scale);
  select(content).style("--dot", `${size}px`);
}

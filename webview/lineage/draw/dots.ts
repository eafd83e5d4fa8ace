import type { Selection } from "d3-selection";
import type { AssetStateName } from "../../../src/model/assetState.ts";
import { stateMarks } from "../../../src/model/stateWords.ts";
import { stateClass } from "../../shared/stateMark.ts";
import type { PlacedAsset, PlacedEdge } from "../layout/placed.ts";
import { isOnPath } from "./edges.ts";
import { drawnState, type Scene } from "./scene.ts";

type Layer = Selection<SVGGElement, unknown, null, undefined>;

interface Dots {
  readonly state: AssetStateName | null;
  readonly path: string;
}

/** What is not there, or was not done, is a ring; what failed is a square. */
const rings: readonly (AssetStateName | null)[] = ["missing", "skipped", "canceled", "queued"];

/**
 * Draws the whole graph from far away: one path for all edges and one for the dots of each state,
 * so that ten thousand assets are a dozen elements.
 */
export function drawDots(layer: Layer, scene: Scene): void {
  const { assets, edges } = scene.layout;
  layer.call(drawLines, "far-edges", edges, scene);
  layer.call(drawPoints, "far-dots", assets, scene);
  const { path, selected } = scene;
  layer.call(drawLines, "far-edges on-path", path ? edges.filter(it => isOnPath(it, scene)) : [], scene);
  const chosen = assets.filter(({ asset }) => asset.key === selected);
  layer.call(drawPoints, "far-dots is-selected", chosen, scene, true);
  const standingOut = assets.filter(({ asset }) => asset.key === selected || path?.has(asset.key));
  layer.call(drawPoints, "far-dots on-path", standingOut, scene);
}

/** The size of a dot on the screen: it grows a little with the zoom, and never vanishes. */
export function dotSize(scale: number): number {
  return Math.round(Math.min(14, Math.max(4, scale * 44)) * 10) / 10;
}

/** Straight from dot to dot: curves cannot be told from lines at this size. */
function drawLines(layer: Layer, name: string, edges: readonly PlacedEdge[], { layout }: Scene): void {
  const path = edges
    .map(({ edge, points }) => {
      const ends = [edge.from, edge.to].map(key => layout.byKey.get(key));
      const [from, to] = ends.map(it =>
        it ? `${it.x + layout.card.width / 2},${it.y + layout.card.height / 2}` : "",
      );
      return `M${[from, ...points.slice(1, -1).map(({ x, y }) => `${x},${y}`), to].join("L")}`;
    })
    .join("");
  layer
    .selectAll<SVGPathElement, string>(`path[class="${name}"]`)
    .data([path])
    .join("path")
    .attr("class", name)
    .attr("d", path => path);
}

function drawPoints(
  layer: Layer,
  name: string,
  assets: readonly PlacedAsset[],
  scene: Scene,
  areRings = false,
): void {
  layer
    .selectAll<SVGGElement, null>(`g[class="${name}"]`)
    .data([null])
    .join("g")
    .attr("class", name)
    .selectAll<SVGGElement, Dots>("g")
    .data(dotsByState(assets, scene), ({ state }) => `${state}`)
    .join(enter =>
      enter.append("g").call(dots => {
        dots.append("path").attr("class", "dot");
        dots.append("path").attr("class", "hole");
      }),
    )
    .attr("class", ({ state }) => dotClass(state))
    .call(dots => {
      dots.select(".dot").attr("d", ({ path }) => path);
      dots.select(".hole").attr("d", ({ path, state }) => (areRings || rings.includes(state) ? path : null));
    });
}

/** A dot is a line of no length with round ends: its size on the screen is the width of the line. */
function dotsByState(assets: readonly PlacedAsset[], scene: Scene): Dots[] {
  const { card } = scene.layout;
  const paths = new Map<AssetStateName | null, string[]>();
  for (const placed of assets) {
    const state = drawnState(scene.states, placed);
    const path = `M${placed.x + card.width / 2},${placed.y + card.height / 2}h0`;
    const known = paths.get(state);
    if (known) known.push(path);
    else paths.set(state, [path]);
  }
  const order: (AssetStateName | null)[] = [null, ...(Object.keys(stateMarks) as AssetStateName[])];
  return order.flatMap(state => {
    const path = paths.get(state);
    return path ? [{ state, path: path.join("") }] : [];
  });
}

function dotClass(state: AssetStateName | null): string {
  if (state === null) return "dots";
  return `dots ${stateClass(state)}${state === "failed" ? " is-square" : ""}`;
}

import { type Selection, select } from "d3-selection";
import type { AssetNode } from "../../../src/model/assetGraph.ts";
import { type AssetKey, keyName, keyPrefix } from "../../../src/model/assetKey.ts";
import type { AssetState, AssetStateName } from "../../../src/model/assetState.ts";
import { freshnessWords } from "../../../src/model/freshnessWords.ts";
import { ellipsize } from "../../shared/ellipsis.ts";
import { iconSize, kindIcons } from "../../shared/icons.ts";
import { type BarPiece, partsBar } from "../../shared/partsBar.ts";
import { drawStateMark, markSize, stateClass } from "../../shared/stateMark.ts";
import type { Frame } from "../../shared/zoom.ts";
import type { PlacedAsset } from "../layout/placed.ts";
import { nameLines } from "./nameLines.ts";
import { drawnState, type Scene } from "./scene.ts";

type Cards = Selection<SVGGElement, PlacedAsset, SVGGElement, unknown>;

const indent = 12;
const textLeft = indent + iconSize + 7;
/** From further away the name has the card for itself, and is larger. */
const smallName = 13;
const largeName = 17;
const largeLine = 20;
/** The pieces of a partitions bar stand on one line: a failure rises, a hole is hardly more than the line. */
const barBottom = 3;
const barTops: Partial<Record<AssetStateName, number>> = { failed: -2, missing: 2 };

/** Draws the cards that the frame shows. */
export function drawCards(
  layer: Selection<SVGGElement, unknown, null, undefined>,
  scene: Scene,
  frame: Frame,
  namesOnly = false,
): void {
  const { card } = scene.layout;
  const visible = scene.layout.assets.filter(
    ({ x, y }) =>
      x < frame.x + frame.width &&
      x + card.width > frame.x &&
      y < frame.y + frame.height &&
      y + card.height > frame.y,
  );
  layer
    .selectAll<SVGGElement, PlacedAsset>("g.card")
    .data(visible, ({ asset }) => asset.key)
    .join(enter => enter.append("g").call(buildCard, scene))
    .attr("class", placed => cardClass(placed, scene))
    .attr("transform", ({ x, y }) => `translate(${x},${y})`)
    .call(writeTexts, scene, namesOnly)
    .call(drawState, scene);
}

/** The text under the name: the group, or where the key lives when no group was declared. */
export function groupText({ key, group }: AssetNode): string {
  return group === "default" ? (keyPrefix(key) ?? group) : group;
}

function buildCard(cards: Cards, { layout: { card } }: Scene): void {
  cards.attr("data-key", ({ asset }) => asset.key);
  cards
    .append("rect")
    .attr("class", "ring")
    .attr("x", -4)
    .attr("y", -4)
    .attr("width", card.width + 8)
    .attr("height", card.height + 8)
    .attr("rx", ({ asset }) => cornerOf(asset, card.height) + 4);
  cards
    .append("rect")
    .attr("class", "surface")
    .attr("width", card.width)
    .attr("height", card.height)
    .attr("rx", ({ asset }) => cornerOf(asset, card.height));
  cards
    .filter(({ asset }) => asset.kind === "dbt")
    .append("path")
    .attr("class", "dbt-edge")
    .attr("d", `M4,0H3A3,3,0,0,0,0,3V${card.height - 3}A3,3,0,0,0,3,${card.height}H4z`);
  cards
    .append("path")
    .attr("class", "kind")
    .attr("transform", `translate(${indent},${(card.height - iconSize) / 2})`)
    .attr("d", ({ asset }) => kindIcons[asset.kind]);
  cards.append("text").attr("class", "name");
  cards.append("text").attr("class", "group").attr("x", textLeft).attr("y", 41);
  cards.append("g");
  cards.append("g").attr("class", "parts").attr("transform", `translate(${textLeft},48)`);
  cards
    .append("path")
    .attr("class", "progress")
    .attr("d", ({ asset }) => {
      const inset = cornerOf(asset, card.height);
      return `M${inset},${card.height - 1}H${card.width - inset}`;
    });
}

function writeTexts(cards: Cards, scene: Scene, namesOnly: boolean): void {
  const { card } = scene.layout;
  const room = (placed: PlacedAsset) =>
    card.width - textLeft - indent - (drawnState(scene.states, placed) === null ? 0 : markSize + 6);
  const measureLarge = (text: string) => (scene.measureName(text) * largeName) / smallName;
  const linesOf = (placed: PlacedAsset) => {
    const name = keyName(placed.asset.key);
    return namesOnly
      ? nameLines(name, room(placed), measureLarge)
      : [ellipsize(name, room(placed), scene.measureName)];
  };
  cards.select<SVGTextElement>("text.name").each(function (placed) {
    const lines = linesOf(placed);
    const top = card.height / 2 + largeName / 3 - ((lines.length - 1) * largeLine) / 2;
    select(this)
      .selectAll("tspan")
      .data(lines)
      .join("tspan")
      .attr("x", textLeft)
      .attr("y", (_, at) => (namesOnly ? top + at * largeLine : 25))
      .text(line => line);
  });
  cards.select("text.group").text(it => ellipsize(smallText(it, scene), room(it), scene.measureGroup));
}

/** The group; before it what is due or overdue, for that is what one looks for. */
function smallText({ asset }: PlacedAsset, { states }: Scene): string {
  const late = lateness(states.get(asset.key));
  return late === null ? groupText(asset) : `${freshnessWords[late].words} · ${groupText(asset)}`;
}

function lateness(state: AssetState | undefined): "warn" | "fail" | null {
  const fresh = state?.freshness?.state;
  return fresh === "warn" || fresh === "fail" ? fresh : null;
}

function drawState(cards: Cards, scene: Scene): void {
  const { card } = scene.layout;
  cards
    .select<SVGGElement>("g")
    .attr("transform", `translate(${card.width - indent - markSize},${(card.height - markSize) / 2})`)
    .call(drawStateMark<PlacedAsset>, (placed: PlacedAsset) => drawnState(scene.states, placed));
  cards
    .select<SVGGElement>("g.parts")
    .selectAll<SVGRectElement, BarPiece>("rect")
    .data(({ asset }) => {
      const state = scene.states.get(asset.key);
      return state?.state === "partly" ? partsBar(state.parts ?? [], card.width - textLeft - indent) : [];
    })
    .join("rect")
    .attr("class", ({ state }) => stateClass(state))
    .attr("x", ({ x }) => x)
    .attr("width", ({ width }) => width)
    .attr("y", ({ state }) => barTops[state] ?? 0)
    .attr("height", ({ state }) => barBottom - (barTops[state] ?? 0));
}

function cardClass(placed: PlacedAsset, scene: Scene): string {
  const key: AssetKey = placed.asset.key;
  const classes = ["card", `kind-${placed.asset.kind}`];
  const state = drawnState(scene.states, placed);
  if (state !== null) classes.push(stateClass(state));
  if (scene.states.get(key)?.state === "running") classes.push("is-running");
  const late = lateness(scene.states.get(key));
  if (late !== null) classes.push(late === "fail" ? "is-overdue" : "is-due");
  if (key === scene.selected) classes.push("is-selected");
  if (scene.path?.has(key)) classes.push("on-path");
  return classes.join(" ");
}

/** What a thing is made of shows in its outline: assets are squarish, sources rounded, exposures pills. */
function cornerOf({ kind }: AssetNode, height: number): number {
  if (kind === "exposure") return height / 2;
  return kind === "source" ? 14 : 4;
}

import type { Neighbour, Neighbours } from "../../src/model/assetDetails.ts";
import type { PastMaterialization } from "../../src/model/assetFacts.ts";
import type { AssetStateName } from "../../src/model/assetState.ts";
import { formatAgo, formatCount } from "../../src/model/format.ts";
import { iconSize, kindIcons } from "../shared/icons.ts";
import { drawStateMark, markSize } from "../shared/stateMark.ts";
import type { Scene, Wishes } from "./scene.ts";
import { addSection, drawNote, type Parent, writeBreakable } from "./section.ts";
import { absoluteTime, type Fact, factsOf, historyText, neighbourTitle } from "./words.ts";

/** What is upstream or downstream; a click looks at it. */
export function createNeighbours(
  parent: Parent,
  side: "upstream" | "downstream",
  wishes: Wishes,
): (scene: Scene) => void {
  const section = addSection(parent, side);
  const list = section.body.append("ul");
  const title = side === "upstream" ? "Upstream" : "Downstream";
  return ({ details }) => {
    const { shown, more }: Neighbours = details[side];
    section.offer(
      !(side === "downstream" && details.kind === "exposure") &&
        !(side === "upstream" && details.kind === "source" && shown.length === 0),
    );
    section.title(title, shown.length + more || null);
    drawNote(
      section.body,
      shown.length > 0 ? null : side === "upstream" ? "It needs nothing." : "Nothing needs it.",
    );
    const rows = list
      .selectAll<HTMLLIElement, Neighbour>("li")
      .data(shown, it => it.asset)
      .join(enter => {
        const item = enter.append("li");
        const button = item.append("button").attr("type", "button").attr("class", "neighbour");
        const icon = button
          .append("svg")
          .attr("class", "icon kind")
          .attr("viewBox", `0 0 ${iconSize} ${iconSize}`)
          .attr("aria-hidden", "true");
        icon.append("path");
        button.append("span").attr("class", "name");
        button
          .append("svg")
          .attr("class", "mark")
          .attr("viewBox", `0 0 ${markSize} ${markSize}`)
          .attr("aria-hidden", "true")
          .append("g");
        return item;
      })
      .order();
    const buttons = rows
      .select<HTMLButtonElement>("button")
      .attr("title", neighbourTitle)
      .attr("aria-label", neighbourTitle)
      .on("click", (_, it) => wishes.look(it.asset));
    buttons.select("path").attr("d", it => kindIcons[it.kind]);
    buttons.select(".name").text(it => it.asset);
    buttons
      .select<SVGGElement>("g")
      .call(drawStateMark<Neighbour>, (it: Neighbour): AssetStateName | null => it.state);
    section.body
      .selectAll<HTMLButtonElement, number>(":scope > button.more")
      .data(more > 0 ? [more] : [])
      .join("button")
      .attr("type", "button")
      .attr("class", "more link")
      .text(it => `${formatCount(it)} more in the lineage`)
      .on("click", () => wishes.act("showLineage"));
  };
}

/** What is declared: kind, place, owners, rules. */
export function createFacts(parent: Parent, wishes: Wishes): (scene: Scene) => void {
  const section = addSection(parent, "facts");
  const list = section.body.append("dl");
  return ({ details, surroundings }) => {
    section.title("About", null);
    const rows = list
      .selectAll<HTMLDivElement, Fact>("div")
      .data(factsOf(details), it => it.name)
      .join(enter => {
        const row = enter.append("div");
        row.append("dt").text(it => it.name);
        row.append("dd");
        return row;
      })
      .order();
    const values = rows.select<HTMLElement>("dd");
    const isClickable = ({ action }: Fact) =>
      action === "openSource" || action === "showPartitions" || (action === "showWhy" && surroundings.canRun);
    values
      .selectAll<HTMLElement, Fact>("button, span")
      .data(
        it => [it],
        it => `${(it as Fact).name} ${isClickable(it as Fact)}`,
      )
      .join(enter =>
        enter.append(it => {
          const made = list.node()?.ownerDocument.createElement(isClickable(it) ? "button" : "span");
          return made as HTMLElement;
        }),
      )
      .attr("class", it => (isClickable(it) ? "link" : null))
      .attr("type", it => (isClickable(it) ? "button" : null))
      .attr("title", it => it.value)
      .each(function ({ value }) {
        writeBreakable(this, value);
      })
      .on("click", (_, it) => {
        if (it.action && isClickable(it)) wishes.act(it.action);
      });
  };
}

/** When it was made, how much and how long: bars of the time that it took, and the last ones in words. */
export function createHistory(parent: Parent, wishes: Wishes): (scene: Scene) => void {
  const section = addSection(parent, "history");
  const bars = section.body.append("div").attr("class", "bars").attr("aria-hidden", "true");
  const list = section.body.append("ol");
  return ({ details, surroundings, now }) => {
    const { history } = details;
    section.offer(!details.isExternal && surroundings.canRun);
    section.title("Materializations", null);
    drawNote(
      section.body,
      history.length > 0 ? null : surroundings.isAsking ? "Reading …" : "There is none yet.",
    );
    bars.attr("hidden", history.length < 2 ? "" : null);
    const longest = Math.max(1, ...history.map(it => it.durationMs ?? 0));
    bars
      .selectAll<HTMLElement, PastMaterialization>("i")
      .data([...history].reverse())
      .join("i")
      .attr("title", it => `${absoluteTime(it.at)} · ${historyText(it)}`)
      .style("height", it => `${Math.max(8, ((it.durationMs ?? 0) / longest) * 100)}%`)
      .on("click", (_, it) => {
        if (it.runId !== null) wishes.openRun(it.runId);
      });
    const rows = list
      .selectAll<HTMLLIElement, PastMaterialization>("li")
      .data(history.slice(0, mostInWords), it => it.at)
      .join(enter => {
        const row = enter.append("li");
        row.append("button").attr("type", "button").attr("class", "link");
        row.append("span").attr("class", "made");
        return row;
      })
      .order();
    rows
      .select<HTMLButtonElement>("button")
      .text(it => formatAgo(it.at, now))
      .property("disabled", it => it.runId === null)
      .attr("title", it => (it.runId === null ? wordsByHand(it) : `Run ${it.runId}, ${absoluteTime(it.at)}`))
      .on("click", (_, it) => {
        if (it.runId !== null) wishes.openRun(it.runId);
      });
    rows
      .select(".made")
      .text(it => historyText({ ...it, durationMs: it.partitions === null ? it.durationMs : null }))
      .attr("title", historyText);
  };
}

function wordsByHand({ isUnsure }: PastMaterialization): string {
  return isUnsure
    ? "dbt was called by hand, and does not tell which partitions it made"
    : "made or marked by hand";
}

const mostInWords = 5;

import type { StaleCause } from "../../src/model/assetFacts.ts";
import { keyName } from "../../src/model/assetKey.ts";
import type { PartsInState } from "../../src/model/assetState.ts";
import { shownState } from "../../src/model/stateWords.ts";
import { addButton, parentOf } from "../shared/controls.ts";
import { drawMarkdown } from "../shared/drawMarkdown.ts";
import { actionIcons, iconSize, kindIcons } from "../shared/icons.ts";
import { partsBar } from "../shared/partsBar.ts";
import { drawStateMark, markSize, stateClass } from "../shared/stateMark.ts";
import type { Scene, Wishes } from "./scene.ts";
import type { Parent } from "./section.ts";
import { kindText, partitionsText, type Stat, stateText, statsOf } from "./words.ts";

/** The toolbar, the state, and what is said of the asset. */
export interface Head {
  show(scene: Scene): void;
  focus(): void;
}

const barWidth = 240;
const barHeight = 8;

export function createToolbar(root: HTMLElement, wishes: Wishes): Head {
  const bar = parentOf(root)
    .append("div")
    .attr("class", "toolbar")
    .attr("role", "toolbar")
    .attr("aria-label", "Asset");
  const back = addButton(bar, {
    ...{ label: "Back", icon: actionIcons.back, key: "Alt+Left", look: "icon" },
    act: wishes.back,
  });
  const kind = bar
    .append("svg")
    .attr("class", "icon kind")
    .attr("viewBox", `0 0 ${iconSize} ${iconSize}`)
    .attr("role", "img");
  kind.append("path");
  const title = bar.append("h1").attr("tabindex", -1);
  const key = title.append("span").attr("class", "prefix");
  const name = title.append("span");
  const materialize = addButton(bar, {
    ...{ label: "Materialize", icon: actionIcons.materialize, key: "M", look: "primary" },
    act: () => wishes.act("materialize"),
  });
  const upstream = addButton(bar, {
    ...{ label: "With upstream", icon: actionIcons.withUpstream, key: "Shift+M" },
    act: () => wishes.act("materializeWithUpstream"),
  });
  const rows = addButton(bar, {
    ...{ label: "Rows", icon: actionIcons.rows, key: "R" },
    act: () => wishes.act("showRows"),
  });
  addButton(bar, {
    ...{ label: "Show lineage", icon: actionIcons.lineage, look: "icon" },
    act: () => wishes.act("showLineage"),
  });
  const source = addButton(bar, {
    ...{ label: "Open source", icon: actionIcons.source, key: "O", look: "icon" },
    act: () => wishes.act("openSource"),
  });
  let isKept = false;
  const keep = addButton(bar, {
    ...{ label: "Keep this asset", icon: actionIcons.keep, look: "icon" },
    act: () => wishes.keep(!isKept),
  });

  return {
    show({ details, surroundings }) {
      const short = keyName(details.asset);
      key.text(details.asset.slice(0, details.asset.length - short.length));
      name.text(short);
      title.attr("title", details.asset).attr("aria-label", details.asset);
      kind.attr("aria-label", kindText(details)).select("path").attr("d", kindIcons[details.kind]);
      const runs = surroundings.canRun && !details.isExternal;
      for (const button of [materialize, upstream]) button.attr("hidden", details.isExternal ? "" : null);
      materialize.property("disabled", !runs);
      upstream.property("disabled", !runs || !details.upstream.shown.length);
      rows.attr("hidden", details.hasRows ? null : "").property("disabled", !surroundings.canRun);
      source.property("disabled", details.source === null);
      back.property("disabled", !surroundings.canGoBack);
      isKept = surroundings.isKept;
      keep
        .attr("aria-pressed", String(isKept))
        .attr(
          "title",
          isKept
            ? "It stays when something else is selected; let it follow"
            : "Keep this asset when something else is selected",
        );
    },
    focus: () => title.node()?.focus(),
  };
}

/** How the asset is now: in places that are always there, so that news move nothing. */
export function createStateCard(parent: Parent, wishes: Wishes): Pick<Head, "show"> {
  const card = parent.append("div").attr("class", "card");
  let isFailed = false;
  const line = card.append("div").attr("class", "state-line");
  const mark = line
    .append("svg")
    .attr("class", "mark")
    .attr("viewBox", `0 0 ${markSize} ${markSize}`)
    .attr("aria-hidden", "true");
  mark.append("g");
  const words = line.append("span").attr("class", "state-words");
  const why = line
    .append("button")
    .attr("type", "button")
    .attr("class", "link why-button")
    .on("click", () => (isFailed ? wishes.act("openError") : wishes.unfold("why")));
  const run = line
    .append("button")
    .attr("type", "button")
    .attr("class", "link run-button")
    .on("click", () => wishes.act("showRun"));
  const path = card
    .append("ol")
    .attr("class", "stale-path")
    .attr("aria-label", "From what is stale to the cause");
  const stats = card.append("dl").attr("class", "stats");
  const partitions = card
    .append("button")
    .attr("type", "button")
    .attr("class", "partitions")
    .attr("title", "Show partitions")
    .on("click", () => wishes.act("showPartitions"));
  const bar = partitions
    .append("svg")
    .attr("class", "parts-bar")
    .attr("viewBox", `0 0 ${barWidth} ${barHeight}`)
    .attr("preserveAspectRatio", "none")
    .attr("aria-hidden", "true");
  const partitionWords = partitions.append("span").attr("class", "words");
  const description = parent.append("div").attr("class", "description").node() as HTMLElement;

  return {
    show({ details, now, unfolded, surroundings }) {
      const state = details.state && shownState(details.state);
      mark.select<SVGGElement>("g").call(drawStateMark<unknown>, () => state);
      const text = stateText(details, now);
      words.text(text).attr("title", text);
      const isUnfolded = unfolded.has("why") && details.stalePath.length > 0;
      isFailed = details.state?.error?.file != null && details.state.state === "failed";
      why
        .classed("is-away", details.stalePath.length === 0 && !isFailed)
        .attr("aria-expanded", isFailed ? null : String(isUnfolded))
        .text(isFailed ? "Go to line" : isUnfolded ? "Hide why" : "Why");
      run
        .classed("is-away", !details.state?.runId || !surroundings.canRun)
        .text(details.state?.runId ? `Run ${details.state.runId}` : "Run");
      drawPath(isUnfolded ? details.stalePath : []);
      drawStats(statsOf(details, now));
      partitions.attr("hidden", details.partitions === null ? "" : null);
      drawBar(details.state?.parts ?? []);
      partitionWords.text(partitionsText(details));
      drawMarkdown(description, details.description ?? "");
      description.hidden = details.description === null;
    },
  };

  function drawPath(causes: readonly StaleCause[]) {
    path.attr("hidden", causes.length === 0 ? "" : null);
    const items = path
      .selectAll<HTMLLIElement, StaleCause>("li")
      .data(causes)
      .join(enter => {
        const item = enter.append("li");
        item.append("button").attr("type", "button").attr("class", "link");
        item.append("span");
        return item;
      });
    items
      .select("button")
      .text(it => [it.asset, it.partition].filter(Boolean).join(" "))
      .on("click", (_, it) => wishes.look((it as StaleCause).asset));
    items.select("span").text(it => ` ${it.words}`);
  }

  function drawStats(cells: readonly Stat[]) {
    const cell = stats
      .selectAll<HTMLDivElement, Stat>("div")
      .data(cells, it => it.label)
      .join(enter => {
        const added = enter.append("div");
        added.append("dt").text(it => it.label);
        added.append("dd");
        return added;
      });
    cell
      .select("dd")
      .text(it => it.value)
      .attr("title", it => it.title ?? it.value);
  }

  function drawBar(parts: readonly PartsInState[]) {
    bar
      .selectAll<SVGRectElement, ReturnType<typeof partsBar>[number]>("rect")
      .data(partsBar(parts, barWidth))
      .join("rect")
      .attr("class", it => stateClass(it.state))
      .attr("x", it => it.x)
      .attr("width", it => it.width)
      .attr("height", barHeight);
  }
}

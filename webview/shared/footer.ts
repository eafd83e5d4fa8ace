import { select } from "d3-selection";
import type { AssetStateName } from "../../src/model/assetState.ts";
import { formatCount } from "../../src/model/format.ts";
import { stateMarks } from "../../src/model/stateWords.ts";
import { drawStateMark, markSize } from "./stateMark.ts";

/** The line under the picture: what is selected in words, and the marks with their meaning and number. */
export interface Footer {
  say(text: string): void;
  count(counts: ReadonlyMap<AssetStateName, number>): void;
}

interface Entry {
  readonly state: AssetStateName;
  readonly count: number;
}

/** Adds the line to a container. */
export function createFooter(
  container: HTMLElement,
  wordOf: (state: AssetStateName) => string = state => stateMarks[state].words,
): Footer {
  const footer = select(container).append("div").attr("class", "footer");
  const caption = footer.append("div").attr("class", "caption").attr("aria-hidden", "true");
  const legend = footer
    .append("div")
    .attr("class", "legend")
    .attr("role", "list")
    .attr("aria-label", "States");

  return {
    say(text) {
      caption.text(text).attr("title", text);
    },
    count(counts) {
      const entries = legend
        .selectAll<HTMLDivElement, Entry>("div")
        .data(inOrder(counts), it => it.state)
        .join(enter => {
          const entry = enter.append("div").attr("role", "listitem");
          entry
            .append("svg")
            .attr("viewBox", `0 0 ${markSize} ${markSize}`)
            .attr("aria-hidden", "true")
            .append("g");
          entry.append("span").attr("class", "number");
          entry.append("span").attr("class", "word");
          return entry;
        })
        .order()
        .attr("title", it => `${formatCount(it.count)} ${wordOf(it.state)}`);
      entries.select<SVGGElement>("g").call(drawStateMark<Entry>, (it: Entry) => it.state);
      entries.select(".number").text(it => formatCount(it.count));
      entries.select(".word").text(it => wordOf(it.state));
    },
  };
}

/** In the order of the vocabulary, only what is there. */
function inOrder(counts: ReadonlyMap<AssetStateName, number>): Entry[] {
  return (Object.keys(stateMarks) as AssetStateName[]).flatMap(state => {
    const count = counts.get(state) ?? 0;
    return count === 0 ? [] : [{ state, count }];
  });
}

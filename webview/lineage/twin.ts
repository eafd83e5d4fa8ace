import { select } from "d3-selection";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { PlacedAsset } from "./layout/placed.ts";

/** The picture once more, as a list in words: what a screen reader reads and the keyboard walks. */
export interface Twin {
  /** Lists assets in reading order; the selected one is the active one. */
  show(
    assets: readonly PlacedAsset[],
    selected: AssetKey | null,
    textOf: (placed: PlacedAsset) => string,
  ): void;
  /** Says a sentence, once. */
  announce(sentence: string): void;
  focus(): void;
}

/** So many options are in the document at once: all of most graphs, the surroundings in a huge one. */
const maxOptions = 400;

/** Adds the list and its live region to a container. */
export function createTwin(
  container: HTMLElement,
  choose: (asset: AssetKey, isTwice: boolean) => void,
): Twin {
  const list = select(container)
    .append("div")
    .attr("class", "twin")
    .attr("role", "listbox")
    .attr("tabindex", 0)
    .attr("aria-describedby", "lineage-keys");
  select(container)
    .append("div")
    .attr("class", "for-readers")
    .attr("id", "lineage-keys")
    .text(
      "Left goes upstream, Right downstream, Up and Down to the neighbours of the column. " +
        "Enter opens the source, M materializes, Shift+M with upstream, Home shows all, Slash filters.",
    );
  const liveRegion = select(container)
    .append("div")
    .attr("class", "for-readers")
    .attr("role", "status")
    .attr("aria-live", "polite");

  return {
    show(assets, selected, textOf) {
      const active = assets.findIndex(it => it.asset.key === selected);
      const first = Math.max(0, Math.min(assets.length - maxOptions, active - maxOptions / 2));
      list
        .attr("aria-label", `Lineage of ${assets.length} ${assets.length === 1 ? "asset" : "assets"}`)
        .attr("aria-activedescendant", active < 0 ? null : optionId(active))
        .selectAll<HTMLDivElement, PlacedAsset>("div")
        .data(assets.slice(first, first + maxOptions), it => it.asset.key)
        .join(enter =>
          enter
            .append("div")
            .attr("role", "option")
            .on("click", (_, it) => choose(it.asset.key, false))
            .on("dblclick", (_, it) => choose(it.asset.key, true)),
        )
        .order()
        .attr("id", (_, at) => optionId(first + at))
        .attr("aria-posinset", (_, at) => first + at + 1)
        .attr("aria-setsize", assets.length)
        .attr("aria-selected", it => String(it.asset.key === selected))
        .text(textOf);
    },
    announce(sentence) {
      liveRegion.text(sentence);
    },
    focus() {
      list.node()?.focus({ preventScroll: true });
    },
  };
}

function optionId(at: number): string {
  return `lineage-asset-${at}`;
}

import { type AssetNode, type GraphIndex, isExternal } from "../../src/model/assetGraph.ts";
import { type AssetKey, keyName } from "../../src/model/assetKey.ts";
import type { AssetState } from "../../src/model/assetState.ts";
import { remarksInWords } from "../../src/model/checkWords.ts";
import { formatCount } from "../../src/model/format.ts";
import { verdictInWords } from "../../src/model/freshnessWords.ts";
import { describeState } from "../../src/model/stateWords.ts";
import type { TooltipLine } from "../shared/tooltip.ts";
import { groupText } from "./draw/cards.ts";
import type { Direction, Step } from "./walk.ts";

/** What the words about an asset are made from. */
export interface Facts {
  readonly index: GraphIndex;
  readonly states: ReadonlyMap<AssetKey, AssetState>;
  readonly now: number;
}

/** "failed: column "city" is null"; says so when nothing is known. */
export function stateText(asset: AssetNode, { states, now }: Facts): string {
  const state = states.get(asset.key);
  if (!state) return isExternal(asset) ? outside : "state not known yet";
  const words = isExternal(asset) && state.state === "missing" ? outside : describeState(state, now);
  return [words, latenessText(state, now), remarksInWords(state)].filter(Boolean).join(" · ");
}

const outside = "outside, not materialized here";

/** "overdue since 3 h ago"; what is fresh goes without saying. */
function latenessText({ freshness }: AssetState, now: number): string | null {
  if (freshness?.state !== "warn" && freshness?.state !== "fail") return null;
  const since = freshness.since === null ? null : Date.parse(freshness.since);
  return verdictInWords({ state: freshness.state, since, changesAt: null }, now);
}

/** "1 upstream, 2 downstream". */
export function neighbourText({ key }: AssetNode, { index }: Facts): string {
  const count = (keys: readonly AssetKey[] | undefined) =>
    formatCount(new Set(keys?.filter(it => it !== key && index.nodes.has(it))).size);
  return `${count(index.parents.get(key))} upstream, ${count(index.children.get(key))} downstream`;
}

/** The sentence by which a screen reader knows an asset. */
export function assetText(asset: AssetNode, facts: Facts): string {
  const group = asset.group === "default" ? "" : `, group ${asset.group}`;
  return `${asset.key}, ${kindWords[asset.kind]}${group}, ${stateText(asset, facts)}, ${neighbourText(asset, facts)}`;
}

/** The line under the picture that tells about the selected asset. */
export function captionText(asset: AssetNode, facts: Facts): string {
  return [keyName(asset.key), stateText(asset, facts), neighbourText(asset, facts)].join(" · ");
}

export function tooltipLines(asset: AssetNode, facts: Facts): TooltipLine[] {
  return [
    { text: asset.key, className: "title" },
    { text: stateText(asset, facts), className: "plain" },
    {
      text: [kindWords[asset.kind], groupText(asset), asset.partitions, asset.automation]
        .filter(Boolean)
        .join(" · "),
      className: "quiet",
    },
    { text: neighbourText(asset, facts), className: "quiet" },
    ...(asset.description ? [{ text: asset.description, className: "plain" } as const] : []),
  ];
}

/** What a step of the keyboard did: "Upstream of city_aggregates, 1 of 2." */
export function stepText(from: AssetKey, direction: Direction, step: Step | null): string {
  if (step === null) return `Nothing ${direction}${beside(direction) ? "" : ` of ${keyName(from)}`}.`;
  const where = beside(direction)
    ? directionWords[direction]
    : `${directionWords[direction]} of ${keyName(from)}`;
  return `${where}, ${step.place} of ${step.of}.`;
}

const kindWords = {
  typescript: "TypeScript asset",
  dbt: "dbt asset",
  source: "source",
  exposure: "exposure",
} as const;

const directionWords = {
  upstream: "Upstream",
  downstream: "Downstream",
  above: "Above",
  below: "Below",
} as const;

function beside(direction: Direction): boolean {
  return direction === "above" || direction === "below";
}

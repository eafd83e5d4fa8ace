import { l10n, MarkdownString } from "vscode";
import { type AssetNode, isExternal } from "../../model/assetGraph.ts";
import type { AssetState } from "../../model/assetState.ts";
import { wordsOfParts } from "../../model/assetWords.ts";
import type { DbtNode } from "../../model/dbtNode.ts";
import { formatDuration } from "../../model/format.ts";
import { verdictInWords } from "../../model/freshnessWords.ts";
import { describeState, shownState, stateMarks } from "../../model/stateWords.ts";
import type { Root } from "../root.ts";

/** What there is to know about an asset at a glance: description, state and why, times, neighbours, owners. */
export function assetTooltip(root: Root, asset: AssetNode, state: AssetState | undefined): MarkdownString {
  const text = new MarkdownString("", true);
  text.appendMarkdown("**").appendText(asset.key).appendMarkdown("**");
  if (asset.description) text.appendMarkdown("\n\n").appendText(asset.description);
  if (state && !isExternal(asset)) {
    const { codicon } = stateMarks[shownState(state)];
    text.appendMarkdown(`\n\n$(${codicon}) `).appendText(wordsOf(state));
    // The words of one state tell its reason already; those of many do not.
    const reason = state.reason ?? (state.staleReason ? `stale: ${state.staleReason}` : null);
    if (state.parts && reason) text.appendMarkdown("\n\n").appendText(reason);
  }
  text.appendMarkdown("\n\n---\n\n");
  facts(root, asset, state).forEach(([name, value], at) => {
    text.appendMarkdown(at === 0 ? "" : "  \n").appendText(`${name}: ${value}`);
  });
  return text;
}

/** Of partitions each state with its number. */
function wordsOf(state: AssetState): string {
  return state.parts === undefined ? describeState(state, Date.now()) : wordsOfParts(state);
}

function facts(root: Root, asset: AssetNode, state: AssetState | undefined): [name: string, value: string][] {
  const { parents, children } = root.graph.neighbours(asset.key);
  const found: [string, string | null | undefined][] = [
    [l10n.t("Materialized"), state?.materializedAt && absoluteTime(state.materializedAt)],
    [l10n.t("Took"), state?.durationMs == null ? null : formatDuration(state.durationMs)],
    [l10n.t("Needs"), parents.join(", ")],
    [l10n.t("Feeds"), children.join(", ")],
    [l10n.t("Partitions"), asset.partitions],
    [l10n.t("Automation"), asset.automation],
    [l10n.t("Fresh"), wordsOfFreshness(asset, state)],
    [l10n.t("Checks"), asset.checks.join(", ")],
    [l10n.t("Do not hold"), wordsOfFailedChecks(state)],
    [l10n.t("dbt"), asset.dbt && wordsOfDbt(asset.dbt)],
    [l10n.t("Owners"), asset.owners.join(", ")],
    [l10n.t("Source"), asset.file && `${asset.file}:${asset.line ?? 1}`],
  ];
  return found.flatMap(([name, value]) => (value ? [[name, value]] : []));
}

/** "overdue since 3 h ago, within 1 d": how it is, and what is asked of it. */
function wordsOfFreshness({ freshness }: AssetNode, state: AssetState | undefined): string | null {
  if (!freshness) return null;
  const known = state?.freshness;
  const since = known?.since ? Date.parse(known.since) : null;
  const words = known && verdictInWords({ state: known.state, since, changesAt: null }, Date.now());
  return [words, freshness].filter(Boolean).join(", ");
}

/** "unique(id): 3 rows are twice there; not_null_orders_city": each that does not hold, and what was found. */
function wordsOfFailedChecks(state: AssetState | undefined): string | null {
  const words = state?.failedChecks?.map(({ name, message }) => [name, message].filter(Boolean).join(": "));
  return words?.join("; ") ?? null;
}

/** "incremental model, analytics.orders, 3 tests": what dbt makes of it and where. */
function wordsOfDbt({ resource, materialized, relation, tests, version }: DbtNode): string {
  const what = materialized && materialized !== resource ? `${materialized} ${resource}` : resource;
  const place = relation && `${relation.schema}.${relation.table}`;
  const tested =
    tests.length === 0 ? null : tests.length === 1 ? l10n.t("1 test") : l10n.t("{0} tests", tests.length);
  return [version === null ? what : `${what} v${version}`, place, tested].filter(Boolean).join(", ");
}

/** With its zone, for a tooltip says exactly what a label says roughly. */
export function absoluteTime(iso: string): string {
  return new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

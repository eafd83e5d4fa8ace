import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from "vscode";
import { keyName } from "../../model/assetKey.ts";
import type { BackfillProgress, BackfillSummary } from "../../model/backfillState.ts";
import { formatCount } from "../../model/format.ts";
import type { Root } from "../root.ts";
import { backfillIcon } from "./assetIcons.ts";
import { absoluteTime } from "./assetTooltip.ts";
import { barOfBackfill, failedPartitions, wordsOfBackfill } from "./backfillWords.ts";
import type { RunRow } from "./runTree.ts";
import { spoken } from "./runWords.ts";

/** The row of a backfill in the Runs view: how far it is, and what can be done to it. */
export function backfillItem(root: Root, backfill: BackfillSummary): TreeItem {
  const item = new TreeItem(backfill.selection, TreeItemCollapsibleState.Collapsed);
  const words = wordsOfBackfill(backfill, Date.now());
  item.id = `${root.path}\n${backfill.id}`;
  item.iconPath = backfillIcon(backfill.status);
  item.description = backfill.endedAt === null ? `${words} ${barOfBackfill(backfill)}` : words;
  item.contextValue = `backfill.${backfill.status}`;
  item.tooltip = backfillTooltip(backfill, words);
  item.accessibilityInformation = {
    label: l10n.t("Backfill {0}, {1}", backfill.selection, spoken(backfill.status, words)),
  };
  return item;
}

/** The row of an error in a backfill, with the partitions it stands for. */
export function failureItem({ root, backfill, failure }: Extract<RunRow, { row: "failure" }>): TreeItem {
  const { asset, partitions, error } = failure;
  const item = new TreeItem(keyName(asset));
  const message = error?.message ?? l10n.t("no reason is known");
  const where = failedPartitions(partitions);
  item.id = `${root.path}\n${backfill.id}\n${asset}\n${partitions.join()}`;
  item.iconPath = new ThemeIcon("error", new ThemeColor("charts.red"));
  item.description = `${where} · ${message.split("\n", 1)[0]}`;
  item.contextValue = error?.file ? "failure.placed" : "failure";
  item.tooltip = new MarkdownString().appendText(`${asset} ${partitions.join(", ")}: ${message}`);
  item.accessibilityInformation = { label: l10n.t("Failed: {0}, {1}, {2}", asset, where, message) };
  item.command = {
    command: "millrace.openSource",
    title: l10n.t("Open source"),
    arguments: [{ row: "failure", root, backfill, failure } satisfies RunRow],
  };
  return item;
}

function backfillTooltip(backfill: BackfillSummary, words: string): MarkdownString {
  const text = new MarkdownString()
    .appendMarkdown("**")
    .appendText(backfill.selection)
    .appendMarkdown("**\n\n")
    .appendText(backfill.partitions)
    .appendMarkdown("\n\n")
    .appendText(backfill.error?.message ?? words);
  for (const part of backfill.progress) text.appendMarkdown("\n\n").appendText(wordsOfAsset(part));
  return text
    .appendMarkdown("\n\n")
    .appendText(l10n.t("Requested by {0}, {1}", backfill.requestedBy, absoluteTime(backfill.createdAt)))
    .appendMarkdown("\n\n")
    .appendText(l10n.t("Environment {0}, backfill {1}", backfill.environment, backfill.id));
}

function wordsOfAsset({ asset, targeted, materialized, running, failed, skipped }: BackfillProgress): string {
  const parts = [
    l10n.t("{0} of {1}", formatCount(materialized), formatCount(targeted)),
    ...(running > 0 ? [l10n.t("{0} running", formatCount(running))] : []),
    ...(failed > 0 ? [l10n.t("{0} failed", formatCount(failed))] : []),
    ...(skipped > 0 ? [l10n.t("{0} skipped", formatCount(skipped))] : []),
  ];
  return `${asset}: ${parts.join(" · ")}`;
}

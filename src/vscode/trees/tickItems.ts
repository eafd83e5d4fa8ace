import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from "vscode";
import { reasonInWords, type TickStatus, type TickSummary } from "../../model/automationState.ts";
import type { FreshnessState } from "../../model/freshness.ts";
import type { Root } from "../root.ts";
import { statusIcon } from "./assetIcons.ts";
import { absoluteTime } from "./assetTooltip.ts";
import { freshnessIcon } from "./automationItems.ts";
import type { RowOf, TickPart } from "./automationRow.ts";
import { localTime, wordsOfTicks } from "./automationWords.ts";
import { wordsOfRun } from "./runWords.ts";

/** One evaluation, or several in a row that came to nothing in the same way. */
export function tickItem(row: RowOf<"tick">): TreeItem {
  const { root, tick } = row;
  const hasParts = tickParts(tick).length > 0;
  const item = new TreeItem(
    localTime(tick.at, Date.now(), {}, true),
    hasParts ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.id = `${root.path}\ntick\n${tick.id}`;
  item.description = wordsOfTicks(tick, Date.now());
  item.iconPath = iconOf(tick);
  item.contextValue = ["tick", ...(tick.error?.file ? ["placed"] : [])].join(".");
  item.tooltip = tickTooltip(tick);
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  if (!hasParts) {
    item.command = { command: "millrace.showTick", title: l10n.t("Show tick"), arguments: [row] };
  }
  return item;
}

/** What there is to see below a tick: of its log the first lines. */
export function tickParts(tick: TickSummary): TickPart[] {
  const { cursorBefore, cursorAfter } = tick;
  const moved = cursorBefore === cursorAfter ? null : cursorWords(cursorBefore, cursorAfter);
  return [
    ...(tick.error ? [{ part: "error" as const, error: tick.error }] : []),
    ...tick.runIds.map(runId => ({ part: "run" as const, runId })),
    ...(moved === null ? [] : [{ part: "cursor" as const, cursor: moved }]),
    ...tick.log.slice(0, shownLogLines).map((line, at) => ({ part: "log" as const, line, at })),
  ];
}

/** A run, an error, the cursor or a line of the log of a tick. */
export function tickPartItem(row: RowOf<"tickPart">): TreeItem {
  const { root, tick, part } = row;
  const item = itemOf(row);
  item.id = [
    root.path,
    "tick",
    tick.id,
    part.part,
    "runId" in part ? part.runId : "at" in part ? part.at : "",
  ].join("\n");
  item.accessibilityInformation = { label: [item.label, item.description].filter(Boolean).join(", ") };
  return item;
}

/** Asks for more of the history. */
export function olderItem(row: RowOf<"olderTicks">): TreeItem {
  const item = new TreeItem(l10n.t("Show older ticks"));
  item.id = `${row.root.path}\nolder\n${row.automation.kind}\n${row.automation.name}`;
  item.iconPath = new ThemeIcon("ellipsis");
  item.command = {
    command: "millrace.showOlderTicks",
    title: l10n.t("Show older ticks"),
    arguments: [row],
  };
  return item;
}

/** "a → b"; null where there is none. */
export function cursorWords(before: string | null, after: string | null): string | null {
  if (before === null && after === null) return null;
  return before === after ? after : `${before ?? "–"} → ${after ?? "–"}`;
}

const shownLogLines = 20;

function itemOf(row: RowOf<"tickPart">): TreeItem {
  const { root, automation, tick, part } = row;
  switch (part.part) {
    case "run":
      return runItem(root, row, part.runId);
    case "cursor": {
      const item = new TreeItem(l10n.t("Cursor"));
      item.description = part.cursor;
      item.iconPath = new ThemeIcon("bookmark");
      return item;
    }
    case "error": {
      const { message, file, line, stack } = part.error;
      const item = new TreeItem(message.split("\n", 1)[0] ?? message);
      item.description = file ? `${file}:${line ?? 1}` : "";
      item.tooltip = new MarkdownString().appendCodeblock(stack ?? message, "text");
      item.iconPath = tickIcon("failed");
      if (file)
        item.command = { command: "millrace.openSource", title: l10n.t("Open source"), arguments: [row] };
      return item;
    }
    case "log": {
      const { level, message } = part.line;
      const item = new TreeItem(message.split("\n", 1)[0] ?? message);
      item.description = level === "info" ? "" : level;
      item.tooltip = message;
      item.iconPath = new ThemeIcon(level === "error" || level === "warn" ? "warning" : "output");
      const shown = { row: "tick" as const, root, automation, tick };
      item.command = { command: "millrace.showTick", title: l10n.t("Show tick"), arguments: [shown] };
      return item;
    }
  }
}

function runItem(root: Root, row: RowOf<"tickPart">, runId: string): TreeItem {
  const run = root.state.runs().find(it => it.id === runId);
  const item = new TreeItem(l10n.t("Run {0}", runId));
  item.description = run ? `${run.selection} · ${wordsOfRun(run, Date.now())}` : "";
  item.iconPath = run ? statusIcon(run.status) : new ThemeIcon("play");
  item.contextValue = "tickRun";
  item.command = { command: "millrace.showRun", title: l10n.t("Show run"), arguments: [row] };
  return item;
}

function tickTooltip(tick: TickSummary): MarkdownString {
  const text = new MarkdownString().appendText(absoluteTime(tick.at));
  const facts: [string, string | null][] = [
    [l10n.t("Reason"), reasonInWords(tick)],
    [l10n.t("Error"), tick.error?.message ?? null],
    [l10n.t("Runs"), tick.runIds.join(", ")],
    [l10n.t("Cursor"), cursorWords(tick.cursorBefore, tick.cursorAfter)],
    [
      l10n.t("Evaluated"),
      tick.evaluations > 1
        ? l10n.t("{0} times alike, until {1}", tick.evaluations, absoluteTime(tick.endedAt))
        : null,
    ],
  ];
  for (const [name, value] of facts) {
    if (value) text.appendMarkdown("\n\n").appendText(`${name}: ${value}`);
  }
  return text;
}

function iconOf({ kind, status, details }: TickSummary): ThemeIcon {
  const { state } = (details ?? {}) as { state?: FreshnessState };
  return kind === "freshness" && state !== undefined ? freshnessIcon(state) : tickIcon(status);
}

function tickIcon(status: TickStatus): ThemeIcon {
  const [icon, colour] = tickMarks[status];
  return new ThemeIcon(icon, new ThemeColor(colour));
}

const tickMarks: Readonly<Record<TickStatus, readonly [codicon: string, themeColor: string]>> = {
  requested: ["pass-filled", "charts.green"],
  skipped: ["dash", "descriptionForeground"],
  failed: ["error", "charts.red"],
};

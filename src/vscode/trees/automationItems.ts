import { l10n, MarkdownString, ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from "vscode";
import type { AutomationKind, AutomationTrigger } from "../../model/automationNode.ts";
import type { AutomationSummary } from "../../model/automationState.ts";
import { formatCount, formatDuration } from "../../model/format.ts";
import type { FreshnessState } from "../../model/freshness.ts";
import { freshnessWords, verdictInWords } from "../../model/freshnessWords.ts";
import type { Daemons } from "../daemons.ts";
import { absoluteTime } from "./assetTooltip.ts";
import type { RowOf } from "./automationRow.ts";
import {
  standingOf,
  standings,
  wordsOfAutomation,
  wordsOfAutomations,
  wordsOfDaemon,
  wordsOfTick,
} from "./automationWords.ts";

/** One of several workspace roots. */
export function rootItem({ root }: RowOf<"automations">): TreeItem {
  const item = new TreeItem(root.name, TreeItemCollapsibleState.Expanded);
  item.id = root.path;
  item.iconPath = new ThemeIcon("root-folder");
  return item;
}

/** Who evaluates; a click starts a daemon where nobody does. */
export function daemonItem(row: RowOf<"daemon">, daemons: Daemons): TreeItem {
  const item = new TreeItem(l10n.t("Daemon"));
  const standing = daemons.standing(row.root);
  item.id = `${row.root.path}\ndaemon`;
  item.description = daemonWords(row, daemons);
  item.iconPath = daemonIcons[standing];
  item.contextValue = `daemon.${standing}`;
  const { leader, daemons: count, workers } = row.root.automations.daemon() ?? {};
  item.tooltip = leader
    ? tooltip(`${leader.name} ${leader.pid}`, l10n.t("Evaluates sensors, schedules and conditions."), [
        [l10n.t("On"), leader.host],
        [l10n.t("Since"), absoluteTime(leader.since)],
        [l10n.t("Daemons"), formatCount(count ?? 0)],
        [l10n.t("Workers"), formatCount(workers ?? 0)],
      ])
    : l10n.t("Nobody evaluates sensors, schedules and conditions. A click starts a daemon in a terminal.");
  item.accessibilityInformation = { label: [item.label, item.description].filter(Boolean).join(", ") };
  if (standing === "none") {
    item.command = { command: "millrace.startDaemon", title: l10n.t("Start daemon"), arguments: [row] };
  }
  return item;
}

/** Who evaluates, in words: for its row, and for the title of the view. */
export function daemonWords({ root }: Pick<RowOf<"daemon">, "root">, daemons: Daemons): string {
  if (daemons.standing(root) === "starting") return l10n.t("starting…");
  return wordsOfDaemon(root.automations.daemon(), Date.now());
}

const daemonIcons = {
  unknown: new ThemeIcon("server-process"),
  none: new ThemeIcon("debug-disconnect", new ThemeColor("charts.yellow")),
  starting: new ThemeIcon("sync~spin"),
  ours: new ThemeIcon("pass-filled", new ThemeColor("charts.green")),
  others: new ThemeIcon("pass-filled", new ThemeColor("charts.green")),
};

/** All of one kind. */
export function kindItem({ root, kind }: RowOf<"kind">, count: number): TreeItem {
  const item = new TreeItem(kindWords()[kind], TreeItemCollapsibleState.Expanded);
  item.id = `${root.path}\n${kind}`;
  const known = root.automations.all()?.filter(it => it.kind === kind) ?? [];
  item.description = known.length > 0 ? wordsOfAutomations(known) : formatCount(count);
  item.iconPath = new ThemeIcon(kindIcons[kind]);
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  return item;
}

/** A sensor, a schedule or a condition; of what no engine has told, only what its text says. */
export function automationItem({ root, automation }: RowOf<"automation">): TreeItem {
  const { kind, name, isOn, switched, lastTick, description, when } = automation;
  const isKnown = root.automations.all() !== null;
  const item = new TreeItem(
    name,
    lastTick ? TreeItemCollapsibleState.Collapsed : TreeItemCollapsibleState.None,
  );
  item.id = `${root.path}\n${kind}\n${name}`;
  item.description = isKnown ? wordsOfAutomation(automation, Date.now()) : when;
  const { codicon, themeColor } = standings[standingOf(automation)];
  item.iconPath = isKnown
    ? new ThemeIcon(codicon, new ThemeColor(themeColor))
    : new ThemeIcon(kindIcons[kind]);
  item.contextValue = [
    "automation",
    kind,
    ...(isKnown ? [isOn ? "on" : "off"] : []),
    ...(switched === null ? [] : ["switched"]),
  ].join(".");
  item.tooltip = tooltip(name, description, factsOf(automation));
  item.accessibilityInformation = { label: `${name}, ${item.description}` };
  return item;
}

/** An asset of which freshness is asked. */
export function freshnessItem({ root, key }: RowOf<"freshness">): TreeItem {
  const item = new TreeItem(key, TreeItemCollapsibleState.Collapsed);
  const policy = root.graph.asset(key)?.freshness ?? "";
  const known = root.state.stateOf(key)?.freshness;
  const state = known?.state ?? "unknown";
  const since = known?.since ? Date.parse(known.since) : null;
  const words = verdictInWords({ state, since, changesAt: null }, Date.now());
  item.id = `${root.path}\nfreshness\n${key}`;
  // Before an engine was asked nobody knows.
  const isTold = known !== undefined || root.automations.all() !== null;
  item.description = isTold ? `${words} · ${policy}` : policy;
  item.iconPath = isTold ? freshnessIcon(state) : new ThemeIcon(kindIcons.freshness);
  item.contextValue = "freshness";
  item.tooltip = tooltip(key, null, [
    [l10n.t("Fresh"), `${words}, ${policy}`],
    [l10n.t("Until"), known?.changesAt ? absoluteTime(known.changesAt) : null],
  ]);
  item.accessibilityInformation = { label: `${key}, ${item.description}` };
  return item;
}

function factsOf(automation: AutomationSummary): [string, string | null][] {
  const { when, trigger, selection, switched, nextTickAt, lastTick, cursor, file, line } = automation;
  return [
    [l10n.t("When"), when],
    [l10n.t("Looks"), pollInWords(trigger)],
    [l10n.t("Makes"), selection],
    [l10n.t("Next"), nextTickAt && absoluteTime(nextTickAt)],
    [l10n.t("Last"), lastTick && `${absoluteTime(lastTick.endedAt)}, ${wordsOfTick(lastTick)}`],
    [l10n.t("Cursor"), cursor],
    [l10n.t("Switched by hand"), switched === null ? null : switched ? l10n.t("on") : l10n.t("off")],
    [l10n.t("Source"), file && `${file}:${line ?? 1}`],
  ];
}

/** What comes by push is looked for now and then all the same. */
function pollInWords(trigger: AutomationTrigger | null): string | null {
  if (trigger === null || trigger.kind === "cron" || trigger.kind === "interval") return null;
  return l10n.t("at once, and every {0}", formatDuration(trigger.everySeconds * 1000));
}

function kindWords(): Record<AutomationKind, string> {
  return {
    sensor: l10n.t("Sensors"),
    schedule: l10n.t("Schedules"),
    condition: l10n.t("Conditions"),
    freshness: l10n.t("Freshness"),
  };
}

const kindIcons: Readonly<Record<AutomationKind, string>> = {
  sensor: "broadcast",
  schedule: "calendar",
  condition: "symbol-boolean",
  freshness: "watch",
};

/** A mark for each state, by shape and colour. */
export function freshnessIcon(state: FreshnessState): ThemeIcon {
  if (state === "pass") return new ThemeIcon("pass-filled", new ThemeColor("charts.green"));
  if (state === "warn") return new ThemeIcon("warning", new ThemeColor("charts.yellow"));
  if (state === "fail") return new ThemeIcon("error", new ThemeColor("charts.red"));
  return new ThemeIcon(freshnessWords[state].mark === "?" ? "question" : "circle-outline");
}

function tooltip(title: string, description: string | null, facts: readonly [string, string | null][]) {
  const text = new MarkdownString().appendMarkdown("**").appendText(title).appendMarkdown("**");
  if (description) text.appendMarkdown("\n\n").appendText(description);
  const told = facts.filter(([, value]) => value);
  if (told.length > 0) text.appendMarkdown("\n\n---\n\n");
  told.forEach(([name, value], at) => {
    text.appendMarkdown(at === 0 ? "" : "  \n").appendText(`${name}: ${value}`);
  });
  return text;
}

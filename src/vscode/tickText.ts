import { l10n } from "vscode";
import type { AutomationName } from "../model/automationNode.ts";
import { reasonInWords, type TestedTick, type TickSummary } from "../model/automationState.ts";
import type { LogLine } from "../model/run.ts";
import { absoluteTime } from "./trees/assetTooltip.ts";
import { cursorWords } from "./trees/tickItems.ts";

/** All that is known of a tick, to be read. */
export function tickText({ kind, name }: AutomationName, tick: TickSummary): string {
  return lines([
    `${kind} ${name}, ${l10n.t("tick {0}", tick.id)}`,
    `${absoluteTime(tick.at)}: ${tick.status}`,
    tick.evaluations > 1
      ? l10n.t("Evaluated {0} times alike, until {1}", tick.evaluations, absoluteTime(tick.endedAt))
      : null,
    "",
    reasonInWords(tick),
    tick.error && l10n.t("Error: {0}", tick.error.message),
    tick.error?.stack ?? null,
    tick.runIds.length > 0 ? l10n.t("Runs: {0}", tick.runIds.join(", ")) : null,
    cursorLine(tick),
    ...logLines(tick.log),
  ]);
}

/** What a tick would come to now. */
export function testedTickText({ kind, name }: AutomationName, tick: TestedTick): string {
  const requests = tick.requests.flatMap(({ key, selection, partitions, steps, refused }) => [
    `  ${[selection, partitions, key === null ? null : `key ${key}`].filter(Boolean).join("  ")}`,
    ...(refused === null ? steps.map(it => `    ${it}`) : [`    ${refused}`]),
  ]);
  const keys = Object.entries(tick.partitions).flatMap(([of, { add, remove }]) => [
    ...(add.length > 0 ? [`  + ${of}: ${add.join(", ")}`] : []),
    ...(remove.length > 0 ? [`  - ${of}: ${remove.join(", ")}`] : []),
  ]);
  return lines([
    `${kind} ${name}`,
    l10n.t("A test: nothing was changed by it."),
    "",
    tick.status,
    tick.reason,
    tick.error && l10n.t("Error: {0}", tick.error.message),
    requests.length > 0 ? (tick.error ? l10n.t("It asks for:") : l10n.t("It would request:")) : null,
    ...requests,
    keys.length > 0 ? l10n.t("It would change keys:") : null,
    ...keys,
    cursorLine(tick),
    ...logLines(tick.log),
  ]);
}

function cursorLine({
  cursorBefore,
  cursorAfter,
}: Pick<TickSummary, "cursorBefore" | "cursorAfter">): string | null {
  const words = cursorWords(cursorBefore, cursorAfter);
  return words === null ? null : l10n.t("Cursor: {0}", words);
}

function logLines(log: readonly LogLine[]): string[] {
  return log.length === 0 ? [] : ["", ...log.map(it => `[${it.level}] ${it.message}`)];
}

function lines(all: readonly (string | null | undefined)[]): string {
  return `${all.filter(it => it != null).join("\n")}\n`;
}

import { Disposable, l10n, StatusBarAlignment, window } from "vscode";
import { keyName } from "../model/assetKey.ts";
import type { Roots } from "./roots.ts";

/** What runs now, while anything does; a click opens the Runs view. */
export function registerStatusBar(roots: Roots): Disposable {
  const item = window.createStatusBarItem("millrace.running", StatusBarAlignment.Left, 10);
  item.name = "Millrace";
  item.command = "millrace.runs.focus";
  return Disposable.from(
    item,
    roots.watch(({ state }) => Disposable.from(state.onDidChangeRuns(show), state.onDidChangeStates(show))),
  );

  function show() {
    const active = roots.all().flatMap(root => root.state.activeRuns());
    if (active.length === 0) return item.hide();
    const steps = active.flatMap(run => run.steps);
    const running = steps.filter(it => it.status === "running").flatMap(it => it.assets.map(keyName));
    const done = steps.filter(it => it.status !== "running" && it.status !== "queued").length;
    const what = running.length > 0 ? running.join(", ") : l10n.t("waiting");
    item.text = `$(sync~spin) ${what.length > 40 ? `${what.slice(0, 39)}…` : what} ${done}/${steps.length}`;
    item.tooltip = l10n.t("Millrace: {0} of {1} assets done", done, steps.length);
    item.accessibilityInformation = {
      label: l10n.t("Millrace runs {0}, {1} of {2} done", what, done, steps.length),
    };
    item.show();
  }
}

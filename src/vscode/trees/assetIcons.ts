import { ThemeColor, ThemeIcon } from "vscode";
import type { AssetKind } from "../../model/assetGraph.ts";
import type { AssetState, AssetStateName } from "../../model/assetState.ts";
import type { BackfillStatus } from "../../model/backfillState.ts";
import type { RunStatus, StepStatus } from "../../model/run.ts";
import { shownState, stateMarks, stateOfStatus } from "../../model/stateWords.ts";

const kindIcons: Readonly<Record<AssetKind, string>> = {
  typescript: "json",
  dbt: "layers",
  source: "database",
  exposure: "graph",
};

/** The kind while all is well, the state when it is not. */
export function assetIcon(kind: AssetKind, state: AssetState | undefined): ThemeIcon {
  const name = state && shownState(state);
  return name === undefined || name === "materialized" ? new ThemeIcon(kindIcons[kind]) : stateIcon(name);
}

export function stateIcon(state: AssetStateName): ThemeIcon {
  const { codicon, themeColor } = stateMarks[state];
  return new ThemeIcon(codicon, new ThemeColor(themeColor));
}

/** Runs and steps wear the marks of the assets' states. */
export function statusIcon(status: RunStatus | StepStatus): ThemeIcon {
  return stateIcon(stateOfStatus[status]);
}

export function backfillIcon(status: BackfillStatus): ThemeIcon {
  return status === "paused" ? new ThemeIcon("debug-pause") : statusIcon(status);
}

import type { AssetKey } from "../../model/assetKey.ts";
import type { AutomationKind, AutomationName } from "../../model/automationNode.ts";
import type { AutomationSummary, TickSummary } from "../../model/automationState.ts";
import type { LogLine, RunError } from "../../model/run.ts";
import type { Root } from "../root.ts";

/** A row of the Automation view. */
export type AutomationRow =
  | { readonly row: "automations"; readonly root: Root }
  /** Who evaluates. */
  | { readonly row: "daemon"; readonly root: Root }
  | { readonly row: "kind"; readonly root: Root; readonly kind: AutomationKind }
  | { readonly row: "automation"; readonly root: Root; readonly automation: AutomationSummary }
  | { readonly row: "freshness"; readonly root: Root; readonly key: AssetKey }
  | TickRow
  | (Omit<TickRow, "row"> & { readonly row: "tickPart"; readonly part: TickPart })
  | { readonly row: "olderTicks"; readonly root: Root; readonly automation: AutomationName };

export interface TickRow {
  readonly row: "tick";
  readonly root: Root;
  readonly automation: AutomationName;
  readonly tick: TickSummary;
}

/** What an evaluation left behind. */
export type TickPart =
  | { readonly part: "error"; readonly error: RunError }
  | { readonly part: "run"; readonly runId: string }
  | { readonly part: "cursor"; readonly cursor: string }
  | { readonly part: "log"; readonly line: LogLine; readonly at: number };

export type RowOf<Name extends AutomationRow["row"]> = Extract<AutomationRow, { readonly row: Name }>;

import {
  commands,
  Disposable,
  type ExtensionContext,
  type LogOutputChannel,
  l10n,
  window,
  workspace,
} from "vscode";
import type { Daemons } from "../daemons.ts";
import type { DebugMaterialize } from "../debugMaterialize.ts";
import type { Documents } from "../documents.ts";
import type { Conditions } from "../panels/conditions.ts";
import type { Details } from "../panels/details.ts";
import type { Lineage } from "../panels/lineage.ts";
import type { Partitions } from "../panels/partitions.ts";
import type { Rows } from "../panels/rows.ts";
import type { Runs } from "../panels/runs.ts";
import type { Roots } from "../roots.ts";
import type { TestExplorer } from "../testExplorer.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import type { AutomationRow } from "../trees/automationRow.ts";
import type { RunRow } from "../trees/runTree.ts";
import { assetCommands } from "./assetCommands.ts";
import { automationCommands } from "./automationCommands.ts";
import { backfillCommands } from "./backfillCommands.ts";
import { type CommandId, commandIds } from "./commandIds.ts";
import { conditionCommands } from "./conditionCommands.ts";
import { databaseCommands } from "./databaseCommands.ts";
import { dbtCommands } from "./dbtCommands.ts";
import { engineCommands } from "./engineCommands.ts";
import { partitionKeyCommands } from "./partitionKeys.ts";
import { runCommands } from "./runCommands.ts";

/** A command gets the row it was clicked on, or nothing from the palette. */
export type Handler = (row?: Row) => Promise<unknown> | undefined;

/** Whatever a command may be clicked on. */
export type Row = AssetRow | RunRow | AutomationRow;

/** Everything that commands do things with. */
export interface CommandContext {
  readonly extension: ExtensionContext;
  readonly roots: Roots;
  readonly documents: Documents;
  readonly lineage: Lineage;
  readonly details: Details;
  readonly partitions: Partitions;
  readonly runs: Runs;
  readonly conditions: Conditions;
  readonly rows: Rows;
  readonly testExplorer: TestExplorer;
  readonly daemons: Daemons;
  readonly debugMaterialize: DebugMaterialize;
  readonly log: LogOutputChannel;
}

/** Registers every contributed command; one that fails says so in one message. */
export function registerCommands(context: CommandContext): Disposable {
  const handlers = {
    ...assetCommands(context),
    ...runCommands(context),
    ...backfillCommands(context),
    ...partitionKeyCommands(context),
    ...databaseCommands(context),
    ...engineCommands(context),
    ...dbtCommands(context),
    ...conditionCommands(context),
    ...automationCommands(context),
  } satisfies Record<CommandId, Handler>;
  return Disposable.from(
    ...commandIds.map(id => commands.registerCommand(id, guarded(id, handlers[id], context))),
  );
}

/** What these do is safe in Restricted Mode; the others start a process, whatever a menu's `when` says. */
const safeWithoutTrust: ReadonlySet<CommandId> = new Set([
  "millrace.openSource",
  "millrace.showLineage",
  "millrace.showDetails",
  "millrace.showPartitions",
  "millrace.showRuns",
  "millrace.newAsset",
  "millrace.refresh",
  "millrace.showTick",
  "millrace.setDatabaseUrl",
  "millrace.forgetDatabaseUrl",
  "millrace.showLog",
]);

function guarded(id: CommandId, handler: Handler, { log }: CommandContext): Handler {
  return async row => {
    if (!workspace.isTrusted && !safeWithoutTrust.has(id)) return askForTrust();
    try {
      return await handler(row);
    } catch (error) {
      log.error(`${id}: ${(error as Error).stack}`);
      const showLog = l10n.t("Show log");
      if ((await window.showErrorMessage((error as Error).message, showLog)) === showLog) log.show();
      return undefined;
    }
  };
}

async function askForTrust() {
  const manage = l10n.t("Manage workspace trust");
  const chosen = await window.showWarningMessage(
    l10n.t("In Restricted Mode Millrace starts no process. Trust this workspace to run its assets."),
    manage,
  );
  if (chosen === manage) await commands.executeCommand("workbench.trust.manage");
}

import { commands, l10n, type TextDocument, window, workspace } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import type { DbtRequest } from "../../model/dbtNode.ts";
import { isEnded, type RunSummary, type StepSummary } from "../../model/run.ts";
import { selectionOf } from "../../model/selectionText.ts";
import { dbtErrorOf } from "../../protocol/dbt.ts";
import type { Documents } from "../documents.ts";
import { openError, openProblem } from "../openPlace.ts";
import type { Root } from "../root.ts";
import { askPartitions, type ChosenPartitions } from "./askPartitions.ts";
import { offerInstallation } from "./installPackage.ts";

/** What is materialized with an asset. */
export type Neighbours = "none" | "upstream" | "downstream";

/** Saves what is being typed, requests the run, and tells once how it ended if it did not end well. */
export async function materialize(
  root: Root,
  asset: AssetKey,
  neighbours: Neighbours,
  documents: Documents,
  ask: (root: Root, asset: AssetKey) => Promise<ChosenPartitions | undefined> = askPartitions,
  dbt: DbtRequest = {},
): Promise<void> {
  if (await offerInstallation(root)) return;
  let expected: ReturnType<Root["state"]["expect"]> | undefined;
  try {
    await saveUnsaved(root);
    const partitions = await ask(root, asset);
    if (partitions === undefined) return;
    expected = root.state.expect(asset);
    const request = {
      selection: `${neighbours === "upstream" ? "+" : ""}${selectionOf([asset])}${neighbours === "downstream" ? "+" : ""}`,
      ...partitions,
      dbt,
      requestedBy: "click",
    };
    const { runId } = await root.engine.ask(host => host.materialize(request));
    if (root.state.engineTrouble() !== null) void root.refresh();
    const run = await endOf(root, runId);
    expected.giveUp();
    if (run.status === "failed") await tellFailure(root, run, documents);
  } catch (error) {
    expected?.giveUp();
    // What dbt cannot read is a problem in a file; a notification would stay when the file is mended.
    const unreadable = dbtErrorOf(error);
    if (unreadable !== null && (await openProblem(root, unreadable))) return;
    await tellRefusal(root, asset, neighbours, (error as Error).message);
  }
}

/** The engine reads files, so what the user sees has to be in them. */
export async function saveUnsaved(root: Root): Promise<void> {
  await Promise.all(unsavedFiles(root).map(document => document.save()));
}

/** What is being typed and not saved yet. */
export function unsavedFiles(root: Root): TextDocument[] {
  return workspace.textDocuments.filter(it => it.isDirty && !it.isUntitled && root.holds(it.uri));
}

function endOf(root: Root, runId: string): Promise<RunSummary> {
  const known = root.state.runs().find(it => it.id === runId);
  if (known && isEnded(known.status)) return Promise.resolve(known);
  return new Promise(resolve => {
    const subscription = root.state.onDidChangeRuns(() => {
      const run = root.state.runs().find(it => it.id === runId);
      if (run === undefined || !isEnded(run.status)) return;
      subscription.dispose();
      resolve(run);
    });
  });
}

async function tellFailure(root: Root, run: RunSummary, documents: Documents) {
  const failed = run.steps.filter(it => it.status === "failed");
  const [first] = failed;
  const goToLine = l10n.t("Go to line");
  const openLog = l10n.t("Open log");
  const actions = first?.error?.file ? [goToLine, openLog] : [openLog];
  const chosen = await window.showErrorMessage(wordsOfFailure(run, failed), ...actions);
  if (chosen === goToLine && first?.error) await openError(root, first.error);
  if (chosen === openLog) await documents.openRunLog(root, run.id);
}

function wordsOfFailure(run: RunSummary, failed: readonly StepSummary[]): string {
  const [first] = failed;
  if (first === undefined) return run.error?.message ?? l10n.t("The run {0} failed.", run.selection);
  const { message, file, line } = first.error ?? {
    message: l10n.t("no reason is known"),
    file: null,
    line: null,
  };
  const place = file === null ? "" : ` (${file}:${line ?? 1})`;
  const words = `${first.assets.join(", ")}: ${message}${place}`;
  return failed.length === 1 ? words : l10n.t("{0}, and {1} more failed", words, failed.length - 1);
}

/** What was refused before anything ran comes with the one step that helps, when there is one. */
async function tellRefusal(root: Root, asset: AssetKey, neighbours: Neighbours, message: string) {
  const upstream = l10n.t("With upstream");
  const showLog = l10n.t("Show log");
  const needsUpstream = neighbours === "none" && message.includes(`+${asset}`);
  const chosen = await window.showErrorMessage(message, needsUpstream ? upstream : showLog);
  if (chosen === showLog) await commands.executeCommand("millrace.showLog");
  if (chosen === upstream) {
    await commands.executeCommand("millrace.materializeWithUpstream", { row: "asset", root, key: asset });
  }
}

import { l10n, window } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import type { BackfillSummary } from "../../model/backfillState.ts";
import { formatDuration } from "../../model/format.ts";
import { selectionOf } from "../../model/selectionText.ts";
import type { BackfillRequest } from "../../protocol/partitions.ts";
import type { Partitions } from "../panels/partitions.ts";
import type { Root } from "../root.ts";
import { askBackfillRange } from "./askBackfillRange.ts";
import { askLaunch } from "./askLaunch.ts";
import { offerInstallation } from "./installPackage.ts";
import { saveUnsaved } from "./materialize.ts";

/** What a backfill is about: one asset, or a selection that somebody wrote. */
export type BackfillSubject =
  | { readonly root: Root; readonly asset: AssetKey }
  | { readonly root: Root; readonly selection: string };

/** An end that comes sooner was seen by who launched it. */
const worthTellingMs = 10_000;

/** Range, preview, launch; and one message when it has ended and nobody may have been looking. */
export async function backfill(subject: BackfillSubject, partitions: Partitions): Promise<void> {
  const { root } = subject;
  if (await offerInstallation(root)) return;
  await saveUnsaved(root);
  const title = l10n.t("Backfill {0}", "asset" in subject ? subject.asset : subject.selection);
  const selection = "asset" in subject ? selectionOf([subject.asset]) : subject.selection;
  let request: BackfillRequest | undefined;
  for (;;) {
    const range = await askBackfillRange(root, "asset" in subject ? subject.asset : null, title);
    if (range === undefined) return;
    request = { selection, ...range, maxParallel: null, requestedBy: "click" };
    const decision = await askLaunch(root, request, title);
    if (decision === undefined) return;
    if (decision === "back") continue;
    request = decision;
    break;
  }
  const { backfillId } = await root.engine.ask(host => host.launchBackfill(request));
  const ended = await endOf(root, backfillId);
  if (ended !== undefined) await tellEnd(root, ended, partitions);
}

/** Undefined when it is no longer among those that are known. */
function endOf(root: Root, id: string): Promise<BackfillSummary | undefined> {
  return new Promise(resolve => {
    const look = () => {
      const known = root.state.backfills().find(it => it.id === id);
      if (known === undefined || known.endedAt === null) return;
      subscription.dispose();
      resolve(known);
    };
    const subscription = root.state.onDidChangeBackfills(look);
    look();
  });
}

async function tellEnd(root: Root, ended: BackfillSummary, partitions: Partitions) {
  const took = Date.parse(ended.endedAt ?? ended.createdAt) - Date.parse(ended.createdAt);
  const sum = (name: "materialized" | "failed") => ended.progress.reduce((all, it) => all + it[name], 0);
  const show = l10n.t("Show partitions");
  if (ended.status === "succeeded" && took >= worthTellingMs) {
    const words = l10n.t(
      "Backfill of {0}: {1} partitions in {2}.",
      ended.selection,
      sum("materialized"),
      formatDuration(took),
    );
    if ((await window.showInformationMessage(words, show)) === show) open();
  }
  if (ended.status !== "failed") return;
  const retry = l10n.t("Retry failed");
  const why = ended.failures[0]?.error?.message ?? ended.error?.message;
  const words = failedWords(ended.selection, sum("failed"));
  const chosen = await window.showErrorMessage(why === undefined ? words : `${words} ${why}`, retry, show);
  if (chosen === show) open();
  if (chosen === retry) await root.engine.ask(host => host.actOnBackfill(ended.id, "retry"));

  function open() {
    const failed = ended.failures[0];
    const asset = failed?.asset ?? ended.progress[0]?.asset ?? null;
    partitions.open(root, asset, failed?.partitions[0] ?? null);
  }
}

/** None failed when it could not go on, as when its partitions are defined otherwise now. */
function failedWords(selection: string, count: number): string {
  if (count === 0) return l10n.t("Backfill of {0} failed.", selection);
  return count === 1
    ? l10n.t("Backfill of {0}: 1 partition failed.", selection)
    : l10n.t("Backfill of {0}: {1} partitions failed.", selection, count);
}

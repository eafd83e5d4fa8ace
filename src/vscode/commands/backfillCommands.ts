import { l10n, type QuickPickItem, window } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import type { BackfillStatus } from "../../model/backfillState.ts";
import type { BackfillAction } from "../../protocol/partitions.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { backfillIcon } from "../trees/assetIcons.ts";
import { wordsOfBackfill } from "../trees/backfillWords.ts";
import { backfill } from "./backfill.ts";
import type { CommandContext, Handler, Row } from "./commands.ts";
import { pickBackfillSubject } from "./picks.ts";

/** Commands about backfills: plan and launch one, and what one does to one that is there. */
export function backfillCommands({ roots, partitions }: CommandContext) {
  return {
    async "millrace.backfill"(row) {
      const subject = subjectOf(row) ?? (await pickBackfillSubject(roots));
      if (subject) await backfill(subject, partitions);
    },
    "millrace.pauseBackfill": act(roots, "pause", l10n.t("Pause backfill")),
    "millrace.resumeBackfill": act(roots, "resume", l10n.t("Resume backfill")),
    "millrace.cancelBackfill": act(roots, "cancel", l10n.t("Cancel backfill")),
    "millrace.retryBackfill": act(roots, "retry", l10n.t("Retry what failed or is missing in a backfill")),
  } satisfies Record<string, Handler>;
}

/** In which states something can be done to a backfill. */
const possible: Readonly<Record<BackfillAction, readonly BackfillStatus[]>> = {
  pause: ["running"],
  resume: ["paused"],
  cancel: ["running", "paused"],
  retry: ["failed", "canceled"],
};

function act(roots: Roots, action: BackfillAction, title: string): Handler {
  return async row => {
    const target = row?.row === "backfill" ? row : await pickBackfill(roots, action, title);
    if (target) await target.root.engine.ask(host => host.actOnBackfill(target.backfill.id, action));
  };
}

async function pickBackfill(roots: Roots, action: BackfillAction, title: string) {
  const items = roots.all().flatMap(root =>
    root.state
      .backfills()
      .filter(it => possible[action].includes(it.status))
      .map((it): QuickPickItem & { root: Root; backfill: typeof it } => ({
        label: it.selection,
        description: wordsOfBackfill(it, Date.now()),
        detail: it.partitions,
        iconPath: backfillIcon(it.status),
        root,
        backfill: it,
      })),
  );
  if (items.length === 0) {
    void window.showInformationMessage(l10n.t("There is no backfill to which this can be done."));
    return undefined;
  }
  return window.showQuickPick(items, { title });
}

function subjectOf(row: Row | undefined): { root: Root; asset: AssetKey } | undefined {
  if (row?.row === "asset" && row.root.graph.asset(row.key)?.partitions != null) {
    return { root: row.root, asset: row.key };
  }
  return undefined;
}

import { l10n } from "vscode";
import { isEnded } from "../../model/run.ts";
import type { RunRow } from "../trees/runTree.ts";
import type { CommandContext, Handler } from "./commands.ts";
import { saveUnsaved } from "./materialize.ts";
import { pickRun } from "./picks.ts";

/** Commands about one run. */
export function runCommands({ roots, documents, runs }: CommandContext) {
  return {
    async "millrace.showRuns"(row) {
      runs.open(row?.root, null);
    },
    async "millrace.showRun"(row) {
      if (row?.row === "run") return runs.open(row.root, row.run.id);
      if (row?.row === "step") return runs.open(row.root, row.run.id, row.step.assets[0] ?? null);
      if (row?.row === "backfill") return runs.open(row.root, newestRunOf(row));
      if (row?.row === "tickPart" && row.part.part === "run") return runs.open(row.root, row.part.runId);
      if (row?.row === "tick") return runs.open(row.root, row.tick.runIds[0] ?? null);
      if (row?.row === "asset") {
        return runs.open(row.root, row.root.state.stateOf(row.key)?.runId ?? null, row.key);
      }
      const target = await pickRun(roots, l10n.t("Show run"), l10n.t("Nothing has run yet."), () => true);
      if (target) runs.open(target.root, target.run.id);
    },
    async "millrace.retryRun"(row) {
      const target =
        row?.row === "run" || row?.row === "step"
          ? row
          : await pickRun(
              roots,
              l10n.t("Retry run"),
              l10n.t("No run has left anything to retry."),
              it => isEnded(it.status) && it.status !== "succeeded",
            );
      if (!target) return;
      await saveUnsaved(target.root);
      await target.root.engine.ask(host => host.retryRun(target.run.id, "left", "click"));
    },
    async "millrace.cancelRun"(row) {
      const target =
        row?.row === "run" || row?.row === "step"
          ? row
          : await pickRun(
              roots,
              l10n.t("Cancel run"),
              l10n.t("Nothing is running."),
              it => !isEnded(it.status),
            );
      if (target) await target.root.engine.ask(host => host.cancelRun(target.run.id));
    },
    async "millrace.openRunLog"(row) {
      if (row?.row === "run" || row?.row === "step") return documents.openRunLog(row.root, row.run.id);
      if (row?.row === "asset") {
        const runId = row.root.state.stateOf(row.key)?.runId;
        if (runId) return documents.openRunLog(row.root, runId);
      }
      const target = await pickRun(roots, l10n.t("Open run log"), l10n.t("Nothing has run yet."), () => true);
      if (target) await documents.openRunLog(target.root, target.run.id);
    },
  } satisfies Record<string, Handler>;
}

/** The runs of a backfill are one lane: the newest that is known leads to it. */
function newestRunOf({ root, backfill }: Extract<RunRow, { row: "backfill" }>): string | null {
  return root.state.runs().find(it => it.backfillId === backfill.id)?.id ?? null;
}

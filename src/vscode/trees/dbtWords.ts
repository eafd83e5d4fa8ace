import { l10n } from "vscode";
import type { DbtProjectState } from "../../model/dbtNode.ts";

/** What of a dbt project its graph does not show yet; null when it shows everything. */
export function wordsOfUnread(state: DbtProjectState): string | null {
  const { name, graph, changes } = state;
  if (graph === "provisional") return l10n.t("dbt has not parsed {0} yet", name);
  if (state.isOfOtherTarget) return l10n.t("dbt parsed for another target");
  const [first] = changes;
  if (first === undefined) return null;
  const isOne = changes.length === 1;
  const areModels = changes.every(it => /\.(sql|py)$/.test(it.file));
  if (areModels) {
    return isOne
      ? l10n.t("1 model changed since dbt parsed")
      : l10n.t("{0} models changed since dbt parsed", changes.length);
  }
  return isOne
    ? l10n.t("{0} changed since dbt parsed", first.file)
    : l10n.t("{0} files changed since dbt parsed", changes.length);
}

import { l10n, type MarkdownString } from "vscode";
import type { AssetNode } from "../../model/assetGraph.ts";
import type { DbtColumn } from "../../model/dbtColumn.ts";
import type { Root } from "../root.ts";

/** What a running engine knows of the columns of a dbt node; nobody is started to look at a tooltip. */
export async function columnsOf(root: Root, { dbt, uniqueId }: AssetNode): Promise<readonly DbtColumn[]> {
  if (!dbt || uniqueId === undefined || dbt.resource === "exposure" || root.engine.status() !== "running")
    return [];
  return root.engine.ask(host => host.dbtColumns(uniqueId)).catch(() => []);
}

/** More would be no glance. */
const mostColumns = 20;

/** Adds the columns with their types and what is said of them. */
export function appendColumns(text: MarkdownString, columns: readonly DbtColumn[]): void {
  if (columns.length === 0) return;
  text.appendMarkdown("\n\n---\n\n");
  columns.slice(0, mostColumns).forEach(({ name, type, description }, at) => {
    text
      .appendMarkdown(at === 0 ? "" : "  \n")
      .appendMarkdown("**")
      .appendText(name)
      .appendMarkdown("**");
    const said = [type, description?.split("\n")[0]].filter(Boolean).join(" · ");
    if (said !== "") text.appendText(` ${said}`);
  });
  if (columns.length > mostColumns) {
    text.appendMarkdown("  \n").appendText(l10n.t("and {0} more", columns.length - mostColumns));
  }
}

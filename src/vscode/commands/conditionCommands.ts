import { l10n } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import type { Root } from "../root.ts";
import type { CommandContext, Handler, Row } from "./commands.ts";
import { pickAsset } from "./picks.ts";

/** Commands about the rules by which assets request themselves. */
export function conditionCommands({ roots, conditions }: CommandContext) {
  return {
    async "millrace.showCondition"(row) {
      const target =
        assetOf(row) ?? (await pickAsset(roots, l10n.t("Show why"), it => it.automation !== undefined));
      // Who asks from the text goes on to edit it.
      const beside = row !== undefined && !("row" in row);
      if (target) conditions.open(target.root, target.key, beside);
    },
  } satisfies Record<string, Handler>;

  /** A row of a tree, or what a lens or a link in a hover names. */
  function assetOf(row: Row | AssetInText | undefined): { root: Root; key: AssetKey } | undefined {
    if (row === undefined) return undefined;
    if (!("row" in row)) {
      const root = roots.all().find(it => it.path === row.root);
      const key = root?.graph.asset(row.asset as AssetKey)?.key;
      return root && key ? { root, key } : undefined;
    }
    if (row.row === "asset" || row.row === "freshness") return { root: row.root, key: row.key };
    if (row.row !== "automation") return undefined;
    return { root: row.root, key: row.automation.name as AssetKey };
  }
}

/** As a link or a lens carries it. */
export interface AssetInText {
  readonly root: string;
  readonly asset: string;
}

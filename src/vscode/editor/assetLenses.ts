import { CodeLens, l10n, type Range, workspace } from "vscode";
import { isExternal } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { wordsOfAsset } from "../../model/assetWords.ts";
import { remarksInWords } from "../../model/checkWords.ts";
import { shownState, stateMarks } from "../../model/stateWords.ts";
import type { CommandId } from "../commands/commandIds.ts";
import type { AssetInText } from "../commands/conditionCommands.ts";
import type { Root } from "../root.ts";
import type { AssetRow } from "../trees/assetTree.ts";

/** Behind an icon the editor drops an ordinary space. */
export const gap = "\u00A0";

/** Three at most and always in the same places, so that nothing moves under the pointer. */
export function assetLenses(root: Root, key: AssetKey, range: Range): CodeLens[] {
  const asset = root.graph.asset(key);
  const row: AssetRow = { row: "asset", root, key };
  const lens = (title: string, command: CommandId, tooltip: string) =>
    new CodeLens(range, { title, command, tooltip, arguments: [row] });
  const { parents, children } = root.graph.neighbours(key);
  const [upstream, downstream] = [parents, children].map(keys => keys.some(it => isRunnable(root, it)));
  const runs = workspace.isTrusted && asset !== undefined && !isExternal(asset);
  if (runs && asset.partitions !== null) return [...partitionLenses(key, lens), stateLens(root, key, lens)];
  return [
    ...(runs
      ? [
          lens(
            `$(play)${gap}${l10n.t("Materialize")}`,
            "millrace.materialize",
            l10n.t("Materialize {0}", key),
          ),
        ]
      : []),
    ...(runs && upstream
      ? [
          lens(
            `$(type-hierarchy-super)${gap}${l10n.t("With upstream")}`,
            "millrace.materializeWithUpstream",
            l10n.t("Materialize {0} and all that it needs", key),
          ),
        ]
      : []),
    ...(runs && !upstream && downstream
      ? [
          lens(
            `$(type-hierarchy-sub)${gap}${l10n.t("With downstream")}`,
            "millrace.materializeWithDownstream",
            l10n.t("Materialize {0} and all that needs it", key),
          ),
        ]
      : []),
    stateLens(root, key, lens),
  ];
}

/** At the rule by which an asset requests itself: why it does or does not, and what the rule as it is typed would do. */
export function ruleLens(root: Root, key: AssetKey, range: Range): CodeLens[] {
  if (!workspace.isTrusted) return [];
  const asked: AssetInText = { root: root.path, asset: key };
  return [
    new CodeLens(range, {
      title: `$(question)${gap}${l10n.t("Why, and what if")}`,
      command: "millrace.showCondition" satisfies CommandId,
      tooltip: l10n.t("Why {0} is made or not, and what its rule as it is typed would have launched", key),
      arguments: [asked],
    }),
  ];
}

function isRunnable(root: Root, key: AssetKey): boolean {
  const asset = root.graph.asset(key);
  return asset !== undefined && !isExternal(asset);
}

type MakeLens = (title: string, command: CommandId, tooltip: string) => CodeLens;

function partitionLenses(key: AssetKey, lens: MakeLens): CodeLens[] {
  return [
    lens(
      `$(play)${gap}${l10n.t("Materialize latest")}`,
      "millrace.materializeLatest",
      l10n.t("Materialize the latest partition of {0}", key),
    ),
    lens(
      `$(calendar)${gap}${l10n.t("Partitions…")}`,
      "millrace.showPartitions",
      l10n.t("Show the partitions of {0}", key),
    ),
  ];
}

function stateLens(root: Root, key: AssetKey, lens: MakeLens): CodeLens {
  const asset = root.graph.asset(key);
  const state = asset && isExternal(asset) ? undefined : root.state.stateOf(key);
  if (state === undefined) {
    return lens(
      `$(type-hierarchy)${gap}${l10n.t("Lineage")}`,
      "millrace.showLineage",
      l10n.t("Show lineage"),
    );
  }
  const words = [wordsOfAsset(state, Date.now()), remarksInWords(state)].filter(Boolean).join(" · ");
  const title = `$(${stateMarks[shownState(state)].codicon})${gap}${shorten(words)}`;
  const wantsLog = state.runId !== null && (state.state === "failed" || state.state === "running");
  return wantsLog
    ? lens(title, "millrace.openRunLog", l10n.t("Open run log"))
    : lens(title, "millrace.showDetails", l10n.t("Show details"));
}

/** A lens that runs out of the window pushes the code's own line aside. */
function shorten(words: string): string {
  return words.length <= 100 ? words : `${words.slice(0, 99)}…`;
}

import { l10n, window } from "vscode";
import { assetChecks } from "../../model/assetChecks.ts";
import { type AssetNode, isExternal, isRefreshable } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { RunError } from "../../model/run.ts";
import { openError, openPlace } from "../openPlace.ts";
import type { Root } from "../root.ts";
import { latestPartition } from "./askPartitions.ts";
import type { CommandContext, Handler, Row } from "./commands.ts";
import { materialize, type Neighbours } from "./materialize.ts";
import { newAsset } from "./newAsset.ts";
import { pickAsset } from "./picks.ts";

/** Commands about one asset: from a tree row, a CodeLens, a picture, or the palette. */
export function assetCommands({
  roots,
  documents,
  lineage,
  partitions,
  details,
  rows,
  testExplorer,
  debugMaterialize,
}: CommandContext) {
  const run = (neighbours: Neighbours, title: string) => async (row?: Row) => {
    const target = targetOf(row) ?? (await pickAsset(roots, title, it => !isExternal(it)));
    if (target) await materialize(target.root, target.key, neighbours, documents);
  };
  return {
    "millrace.materialize": run("none", l10n.t("Materialize asset")),
    async "millrace.materializeLatest"(row) {
      const title = l10n.t("Materialize latest partition");
      const target = targetOf(row) ?? (await pickAsset(roots, title, it => it.partitions !== null));
      if (target) await materialize(target.root, target.key, "none", documents, latestPartition);
    },
    "millrace.materializeWithUpstream": run("upstream", l10n.t("Materialize asset with upstream")),
    "millrace.materializeWithDownstream": run("downstream", l10n.t("Materialize asset with downstream")),
    async "millrace.materializeFullRefresh"(row) {
      const target =
        targetOf(row) ??
        (await assetUnderCursor(isRefreshable)) ??
        (await pickAsset(roots, l10n.t("Materialize with full refresh"), isRefreshable));
      const refresh = { fullRefresh: true };
      if (target) await materialize(target.root, target.key, "none", documents, undefined, refresh);
    },
    async "millrace.debugMaterialize"(row) {
      const target =
        targetOf(row) ??
        (await assetUnderCursor(isTypeScript)) ??
        (await pickAsset(roots, l10n.t("Debug materialize"), isTypeScript));
      if (target) await debugMaterialize.start(target.root, target.key);
    },
    async "millrace.runChecks"(row) {
      const target =
        targetOf(row) ?? (await pickAsset(roots, l10n.t("Run checks"), it => assetChecks(it).length > 0));
      if (target) await testExplorer.run(target.root, target.key);
    },
    async "millrace.previewRows"(row) {
      const target =
        targetOf(row) ??
        (await assetUnderCursor()) ??
        (await pickAsset(roots, l10n.t("Preview rows"), it => it.kind !== "exposure"));
      if (target) rows.open(target.root, target.key);
    },
    async "millrace.openSource"(row) {
      const error = errorOf(row);
      if (row && error && (await openError(row.root, error))) return;
      if (row?.row === "automation" && row.automation.file) {
        return openPlace(row.root, row.automation.file, row.automation.line ?? 1, 1);
      }
      const target = targetOf(row) ?? (await pickAsset(roots, l10n.t("Open source"), it => it.file !== null));
      const asset = target?.root.graph.asset(target.key);
      if (target && asset?.file) await openPlace(target.root, asset.file, asset.line ?? 1, asset.column ?? 1);
    },
    async "millrace.showLineage"(row) {
      const target = targetOf(row) ?? (await assetUnderCursor());
      lineage.open(target?.root, target?.key ?? null);
    },
    async "millrace.showDetails"(row) {
      const target =
        targetOf(row) ??
        (await assetUnderCursor()) ??
        (await pickAsset(roots, l10n.t("Show details"), () => true));
      if (target) details.open(target.root, target.key);
    },
    async "millrace.showPartitions"(row) {
      if (row?.row === "backfill") {
        const asset = row.backfill.progress[0]?.asset ?? null;
        return partitions.open(row.root, asset, null);
      }
      const target = targetOf(row) ?? (await assetUnderCursor());
      const isPartitioned = target?.root.graph.asset(target.key)?.partitions != null;
      partitions.open(target?.root, target && isPartitioned ? target.key : null);
    },
    "millrace.newAsset": () => newAsset(roots),
    async "millrace.refresh"() {
      await Promise.all(
        roots
          .all()
          .map(root => Promise.all([root.graph.rescan(), root.refresh(), root.automations.refresh()])),
      );
    },
  } satisfies Record<string, Handler>;

  async function assetUnderCursor(wanted: (asset: AssetNode) => boolean = () => true) {
    const editor = window.activeTextEditor;
    if (editor === undefined) return undefined;
    const root = roots.of(editor.document.uri);
    const key = await root?.graph.assetAt(editor.document, editor.selection.active.line);
    const asset = key && root?.graph.asset(key);
    return root && asset && wanted(asset) ? { root, key: asset.key } : undefined;
  }
}

/** Only what TypeScript makes runs where the debugger can stop it. */
function isTypeScript({ kind }: AssetNode): boolean {
  return kind === "typescript";
}

/** The error that a row shows, or stands for. */
function errorOf(row: Row | undefined): RunError | null {
  if (row?.row === "step") return row.step.error;
  if (row?.row === "failure") return row.failure.error;
  return row?.row === "tick" || row?.row === "tickPart" ? row.tick.error : null;
}

function targetOf(row: Row | undefined): { root: Root; key: AssetKey } | undefined {
  if (row?.row === "asset" || row?.row === "freshness") return { root: row.root, key: row.key };
  const key =
    row?.row === "step" ? row.step.assets[0] : row?.row === "failure" ? row.failure.asset : undefined;
  return row && key ? { root: row.root, key } : undefined;
}

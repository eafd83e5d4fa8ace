import { l10n, ThemeIcon, window } from "vscode";
import type { AssetNode } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { wordsOfAsset } from "../../model/assetWords.ts";
import { formatAgo } from "../../model/format.ts";
import type { RunSummary } from "../../model/run.ts";
import { describeState } from "../../model/stateWords.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { assetIcon, statusIcon } from "../trees/assetIcons.ts";
import type { BackfillSubject } from "./backfill.ts";

/** Lets the user choose an asset; says so when there is none. */
export async function pickAsset(
  roots: Roots,
  title: string,
  wanted: (asset: AssetNode) => boolean,
): Promise<{ root: Root; key: AssetKey } | undefined> {
  await Promise.all(roots.all().map(root => root.graph.start()));
  const isOnly = roots.all().length < 2;
  const items = roots.all().flatMap(root =>
    root.graph
      .graph()
      .assets.filter(wanted)
      .map(asset => {
        const state = root.state.stateOf(asset.key);
        const words = state ? describeState(state, Date.now()) : asset.group;
        return {
          label: asset.key as string,
          description: isOnly ? words : `${root.name} · ${words}`,
          iconPath: assetIcon(asset.kind, state),
          root,
          key: asset.key,
        };
      }),
  );
  if (items.length === 0) return nothing(l10n.t("There are no assets in this workspace yet."));
  return window.showQuickPick(items, { title, matchOnDescription: true });
}

/** Lets the user choose what to backfill: a partitioned asset, or a selection to be written. */
export async function pickBackfillSubject(roots: Roots): Promise<BackfillSubject | undefined> {
  await Promise.all(roots.all().map(root => root.graph.start()));
  const assets = roots.all().flatMap(root =>
    root.graph
      .graph()
      .assets.filter(it => it.partitions !== null)
      .map(asset => {
        const state = root.state.stateOf(asset.key);
        return {
          label: asset.key as string,
          description: state ? wordsOfAsset(state, Date.now()) : (asset.partitions ?? ""),
          iconPath: assetIcon(asset.kind, state),
          subject: { root, asset: asset.key },
        };
      }),
  );
  if (assets.length === 0) return nothing(l10n.t("No asset of this workspace has partitions yet."));
  const title = l10n.t("Backfill");
  const selection = { label: l10n.t("A selection…"), iconPath: new ThemeIcon("filter"), subject: null };
  const chosen = await window.showQuickPick([...assets, selection], { title, matchOnDescription: true });
  if (chosen === undefined || chosen.subject !== null) return chosen?.subject ?? undefined;
  const root = await pickRoot(roots);
  if (root === undefined) return undefined;
  const text = await window.showInputBox({
    title,
    prompt: l10n.t("A selection, such as daily_readings+ or group:weather"),
    validateInput: it => (it.trim() === "" ? l10n.t("Name at least one asset.") : null),
  });
  return text === undefined ? undefined : { root, selection: text.trim() };
}

/** Lets the user choose a run; says so when there is none. */
export async function pickRun(
  roots: Roots,
  title: string,
  ifNone: string,
  wanted: (run: RunSummary) => boolean,
): Promise<{ root: Root; run: RunSummary } | undefined> {
  const items = roots.all().flatMap(root =>
    root.state
      .runs()
      .filter(wanted)
      .map(run => ({
        label: run.selection,
        description: `${run.status} · ${formatAgo(run.createdAt, Date.now())}`,
        iconPath: statusIcon(run.status),
        root,
        run,
      })),
  );
  if (items.length === 0) return nothing(ifNone);
  return window.showQuickPick(items, { title });
}

/** The only root, the one of the active editor, or the one that the user chooses. */
export async function pickRoot(roots: Roots): Promise<Root | undefined> {
  const filled = roots.all().filter(root => root.graph.hasAssets());
  const candidates = filled.length > 0 ? filled : roots.all();
  if (candidates.length === 0) return nothing(l10n.t("No folder is open."));
  if (candidates.length === 1) return candidates[0];
  const items = candidates.map(root => ({
    label: root.name,
    description: root.path,
    iconPath: ThemeIcon.Folder,
    root,
  }));
  return (await window.showQuickPick(items, { title: l10n.t("Workspace") }))?.root;
}

/** Says why there is nothing to choose from. */
export function nothing(message: string): undefined {
  void window.showInformationMessage(message);
  return undefined;
}

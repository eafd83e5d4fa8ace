import { l10n, type TextEditor, window, workspace } from "vscode";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";

/** Whether a root has what a picture shows. */
type Has = (root: Root) => boolean;

/** The root of the text that somebody looks at, when it has what is shown. */
export function rootOfEditor(
  roots: Roots,
  editor: TextEditor | undefined = window.activeTextEditor,
  has: Has = hasAssets,
): Root | undefined {
  const root = editor && roots.of(editor.document.uri);
  return root && has(root) ? root : undefined;
}

/** The first root that has what is shown, else the first with assets, else the first. */
export function firstRoot(roots: Roots, has: Has = hasAssets): Root | undefined {
  const all = roots.all();
  return all.find(has) ?? all.find(hasAssets) ?? all[0];
}

/** A reason why there is nothing to show, and the command that helps with its title. */
export type EmptyWords = readonly [cause: string, action: string | null, command: string | null];

/** Why a picture of what an engine knows has nothing to show; `restricted` says so of Restricted Mode. */
export function emptyWords(root: Root | undefined, restricted: string | null): EmptyWords {
  if (!workspace.workspaceFolders) {
    return [l10n.t("No folder is open."), l10n.t("Open folder"), "vscode.openFolder"];
  }
  if (restricted !== null && !workspace.isTrusted) {
    return [restricted, l10n.t("Manage workspace trust"), "workbench.trust.manage"];
  }
  if (root?.graph.scanned() === false) return [l10n.t("Reading the workspace…"), null, null];
  return [l10n.t("No assets here yet."), l10n.t("Write a first asset"), "millrace.newAsset"];
}

function hasAssets(root: Root): boolean {
  return root.graph.hasAssets();
}

import { commands, Range, TabInputText, TabInputWebview, ViewColumn, window } from "vscode";
import type { RunError } from "../model/run.ts";
import type { Root } from "./root.ts";

/** Opens a file of a root at a place; `line` and `column` count from 1. */
export async function openPlace(root: Root, file: string, line: number, column = 1): Promise<void> {
  // From a picture that fills the editor area, the text opens beside it and the picture stays.
  const viewColumn = columnOfText() ?? ViewColumn.Beside;
  await window.showTextDocument(root.uri(file), { selection: rangeAt(line, column), viewColumn });
}

/** Shows a place without taking the keyboard, unless it would have to make room beside a picture. */
export async function glanceAt(root: Root, file: string, line: number, column: number): Promise<void> {
  const viewColumn = columnOfText();
  if (viewColumn === null) return;
  const selection = rangeAt(line, column);
  await window.showTextDocument(root.uri(file), { selection, viewColumn, preserveFocus: true });
}

function rangeAt(line: number, column: number): Range {
  return new Range(line - 1, column - 1, line - 1, column - 1);
}

/** Opens the place of an error; answers false when it has none. */
export async function openError(root: Root, { file, line, column }: RunError): Promise<boolean> {
  if (file !== null) await openPlace(root, file, line ?? 1, column ?? 1);
  return file !== null;
}

/** Opens the place of an error that is a problem there, and tells it below its line, until it is mended. */
export async function openProblem(root: Root, error: RunError): Promise<boolean> {
  if (!(await openError(root, error))) return false;
  await commands.executeCommand("editor.action.marker.next");
  const watching = root.graph.onDidChange(() => {
    if (root.graph.problems().some(it => it.message === error.message)) return;
    watching.dispose();
    void commands.executeCommand("closeMarkersNavigation");
  });
  return true;
}

/** Where text is or can be seen; null where a picture fills the editor area. */
function columnOfText(): ViewColumn | null {
  const { activeTabGroup, all } = window.tabGroups;
  if (!(activeTabGroup.activeTab?.input instanceof TabInputWebview)) return ViewColumn.Active;
  const other = all.find(group => group !== activeTabGroup && group.activeTab?.input instanceof TabInputText);
  return other?.viewColumn ?? null;
}

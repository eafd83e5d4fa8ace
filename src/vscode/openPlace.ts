import { Range, TabInputText, TabInputWebview, ViewColumn, window } from "vscode";
import type { Root } from "./root.ts";

/** Opens a file of a root at a place; `line` and `column` count from 1. */
export async function openPlace(root: Root, file: string, line: number, column = 1): Promise<void> {
  const selection = new Range(line - 1, column - 1, line - 1, column - 1);
  await window.showTextDocument(root.uri(file), { selection, viewColumn: columnForText() });
}

/** From a picture that fills the editor area, the text opens beside it and the picture stays. */
function columnForText(): ViewColumn {
  const { activeTabGroup, all } = window.tabGroups;
  if (!(activeTabGroup.activeTab?.input instanceof TabInputWebview)) return ViewColumn.Active;
  const other = all.find(group => group !== activeTabGroup && group.activeTab?.input instanceof TabInputText);
  return other?.viewColumn ?? ViewColumn.Beside;
}

import { workspace } from "vscode";
import { dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import { linesOfAssetTests } from "../scan/dbtSchemaPlaces.ts";
import { lineOfCheck } from "./lineOfCheck.ts";
import { openPlace } from "./openPlace.ts";
import type { Root } from "./root.ts";

/** The line of each check of an asset, from 0: by dbt's id of a test, by the name of any other. */
export async function placesOfChecks(root: Root, asset: AssetNode): Promise<Map<string, number>> {
  const lines = new Map<string, number>();
  const tests = dbtTestsOf(asset);
  for (const file of new Set(tests.flatMap(it => it.file ?? []))) {
    const inFile = tests.filter(it => it.file === file);
    if (!/\.ya?ml$/.test(file)) {
      for (const { uniqueId } of inFile) lines.set(uniqueId, 0);
      continue;
    }
    const found = linesOfAssetTests(await textOf(root, file), asset, inFile);
    for (const [id, line] of found) lines.set(id, line - 1);
  }
  if (asset.kind !== "typescript" || asset.file === null) return lines;
  const text = await textOf(root, asset.file);
  for (const name of asset.checks) {
    if (!tests.some(it => it.name === name)) lines.set(name, lineOfCheck(text, (asset.line ?? 1) - 1, name));
  }
  return lines;
}

/** Opens the line where a check is written: by dbt's id of a test, by the name of any other. */
export async function openCheck(root: Root, asset: AssetNode, check: string): Promise<void> {
  const test = dbtTestsOf(asset).find(it => it.uniqueId === check);
  const file = test === undefined ? asset.file : test.file;
  const line = (await placesOfChecks(root, asset)).get(check);
  if (file !== null) await openPlace(root, file, (line ?? 0) + 1);
}

async function textOf(root: Root, file: string): Promise<string> {
  try {
    return (await workspace.openTextDocument(root.uri(file))).getText();
  } catch {
    return "";
  }
}

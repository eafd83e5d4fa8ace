import { CodeLens, l10n, Range, type TextDocument, workspace } from "vscode";
import { assetChecks, dbtTestsOf } from "../../model/assetChecks.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { DbtProjectState } from "../../model/dbtNode.ts";
import type { CommandId } from "../commands/commandIds.ts";
import { fromRoot } from "../dbtFolder.ts";
import type { Root } from "../root.ts";
import { assetLenses, gap } from "./assetLenses.ts";

/** Above a model its actions and its state, above a source in YAML what reads it; what dbt has not read says so. */
export async function dbtLenses(root: Root, document: TextDocument): Promise<CodeLens[]> {
  const places = await root.graph.placesIn(document);
  const isSchema = /\.ya?ml$/.test(document.fileName);
  const lenses = places.flatMap(({ key, line }) => {
    const range = new Range(line, 0, line, 0);
    const ofAsset = assetLenses(root, key, range);
    const tests = isSchema || ofAsset.length === 0 ? checksLens(root, key, range) : null;
    // Where tests are written they come before what is beside the asset: three at most.
    return tests === null ? ofAsset : [tests, ...ofAsset.filter(it => !isAboutNeighbours(it))];
  });
  const singular = singularTest(root, document);
  if (singular !== null) lenses.push(singular);
  const state = root.graph.dbt();
  const parse = state === null || !workspace.isTrusted ? null : parseLens(root, document, state);
  if (parse === null) return lenses;
  // Three at most: what dbt has not read comes before what is beside it.
  return [...lenses.filter(it => it.range.start.line > 0 || !isAboutNeighbours(it)), parse];
}

function checksLens(root: Root, key: AssetKey, range: Range): CodeLens | null {
  const asset = root.graph.asset(key);
  const count = asset === undefined ? 0 : assetChecks(asset).length;
  if (count === 0 || !workspace.isTrusted) return null;
  const command: CommandId = "millrace.runChecks";
  const words = count === 1 ? l10n.t("Run 1 check") : l10n.t("Run {0} checks", count);
  return new CodeLens(range, {
    title: `$(beaker)${gap}${words}`,
    command,
    tooltip: l10n.t("Run what tests {0}", key),
    arguments: [{ row: "asset", root, key }],
  });
}

/** A test in a file of its own is run with the others of what it tests. */
function singularTest(root: Root, document: TextDocument): CodeLens | null {
  const file = fromRoot(root.path, document.uri);
  if (/\.ya?ml$/.test(file)) return null;
  const asset = root.graph.graph().assets.find(it => dbtTestsOf(it).some(test => test.file === file));
  return asset ? checksLens(root, asset.key, new Range(0, 0, 0, 0)) : null;
}

function isAboutNeighbours({ command }: CodeLens): boolean {
  return /\.materializeWith/.test(command?.command ?? "");
}

/** Only where dbt would read something else than what is seen: a click lets it read again. */
function parseLens(root: Root, document: TextDocument, state: DbtProjectState): CodeLens | null {
  const words = wordsOfParse(root, document, state);
  if (words === null) return null;
  const command: CommandId = "millrace.parseDbt";
  return new CodeLens(new Range(0, 0, 0, 0), {
    title: `$(sync)${gap}${words}`,
    command,
    tooltip: l10n.t("Let dbt read its project, so that the graph is what is written now"),
    arguments: [{ row: "root", root }],
  });
}

function wordsOfParse(root: Root, document: TextDocument, state: DbtProjectState): string | null {
  if (state.graph === "provisional") return l10n.t("dbt has not parsed this project yet: parse");
  const file = fromRoot(root.path, document.uri);
  const change = state.changes.find(
    it => `${state.folder === "" ? "" : `${state.folder}/`}${it.file}` === file,
  );
  if (change === undefined) return null;
  return change.what === "new"
    ? l10n.t("New since dbt parsed: parse")
    : l10n.t("Changed since dbt parsed: parse");
}

import {
  Disposable,
  Hover,
  type LocationLink,
  languages,
  type Position,
  Range,
  type TextDocument,
  workspace,
} from "vscode";
import { type AssetNode, isExternal } from "../../model/assetGraph.ts";
import { findDbtModels } from "../../model/dbtReference.ts";
import { type DbtCall, dbtCallAt } from "../../scan/dbtCalls.ts";
import { isSourceTable } from "../dbtFolder.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { assetTooltip } from "../trees/assetTooltip.ts";
import { appendColumns, columnsOf } from "../trees/columnsTooltip.ts";

/** From what is named to where it is made, in both directions between SQL and TypeScript; on hover how it stands. */
export function registerDbtReferences(roots: Roots): Disposable {
  const typescript = ["typescript", "typescriptreact", "javascript"].map(language => ({
    language,
    scheme: "file",
  }));
  const dbt = { pattern: "**/*.{sql,py,yml,yaml}", scheme: "file" };
  return Disposable.from(
    languages.registerDefinitionProvider([...typescript, dbt], {
      async provideDefinition(document, position) {
        const named = await assetNamedAt(roots, document, position);
        return named ? linkTo(named) : undefined;
      },
    }),
    languages.registerHoverProvider([...typescript, dbt], {
      async provideHover(document, position) {
        const named = await assetNamedAt(roots, document, position);
        if (named === undefined) return undefined;
        const { root, asset, range } = named;
        const state = isExternal(asset) ? undefined : root.state.stateOf(asset.key);
        const text = assetTooltip(root, asset, state);
        appendColumns(text, await columnsOf(root, asset));
        return new Hover(text, range);
      },
    }),
  );
}

interface Named {
  readonly root: Root;
  readonly asset: AssetNode;
  readonly range: Range;
}

async function assetNamedAt(
  roots: Roots,
  document: TextDocument,
  position: Position,
): Promise<Named | undefined> {
  const text = document.lineAt(position.line).text;
  const call = dbtCallAt(text, position.character);
  if (call === null || (call.call === "dbtModel") !== isScript(document)) return undefined;
  await Promise.all(roots.all().map(it => it.graph.start()));
  const root = roots.of(document.uri);
  if (root === undefined || (call.call !== "dbtModel" && !root.graph.holdsDbt(document.uri)))
    return undefined;
  const asset = assetOf(root, call);
  const range = new Range(position.line, call.start, position.line, call.end);
  return asset && { root, asset, range };
}

function assetOf({ graph }: Root, { call, names, version }: DbtCall): AssetNode | undefined {
  const { assets } = graph.graph();
  const [first = "", second] = names;
  if (call === "source") return assets.find(it => second !== undefined && isSourceTable(it, first, second));
  const name = second === undefined ? first : `${first}.${second}`;
  const found = findDbtModels(assets, graph.dbt()?.name ?? null)({ name, version });
  return "problem" in found ? undefined : found;
}

async function linkTo({ root, asset, range }: Named): Promise<LocationLink[]> {
  if (asset.file === null) return [];
  const target = root.uri(asset.file);
  const [line, column] = [(asset.line ?? 1) - 1, (asset.column ?? 1) - 1];
  const isThere = await workspace.fs.stat(target).then(
    () => true,
    () => false,
  );
  if (!isThere) return [];
  const at = new Range(line, column, line, column);
  return [{ originSelectionRange: range, targetUri: target, targetRange: at }];
}

function isScript({ fileName }: TextDocument): boolean {
  return /\.[cm]?[jt]sx?$/.test(fileName);
}

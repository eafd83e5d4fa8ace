import {
  type CodeLens,
  type CodeLensProvider,
  Disposable,
  EventEmitter,
  languages,
  Range,
  type TextDocument,
  workspace,
} from "vscode";
import type { Roots } from "../roots.ts";
import { assetLenses, ruleLens } from "./assetLenses.ts";
import { dbtLenses } from "./dbtLenses.ts";

/** Above each asset: materialize it, with its upstream or by its partitions, and how it is. */
export function registerCodeLens(roots: Roots): Disposable {
  const provider = new AssetLenses(roots);
  const selector = [
    { language: "typescript", scheme: "file" },
    { language: "javascript", scheme: "file" },
    // What dbt's files are called depends on which other extensions there are.
    { pattern: "**/*.{sql,py,csv,yml,yaml}", scheme: "file" },
  ];
  return Disposable.from(provider, languages.registerCodeLensProvider(selector, provider));
}

class AssetLenses implements CodeLensProvider, Disposable {
  private readonly emitter = new EventEmitter<void>();
  readonly onDidChangeCodeLenses = this.emitter.event;
  private readonly roots: Roots;
  private readonly subscriptions: Disposable;

  constructor(roots: Roots) {
    this.roots = roots;
    const redraw = () => this.emitter.fire();
    this.subscriptions = Disposable.from(
      workspace.onDidGrantWorkspaceTrust(redraw),
      workspace.onDidChangeConfiguration(it => it.affectsConfiguration("millrace.codeLens") && redraw()),
      roots.watch(root =>
        Disposable.from(root.graph.onDidChange(redraw), root.state.onDidChangeStates(redraw)),
      ),
    );
  }

  async provideCodeLenses(document: TextDocument): Promise<CodeLens[]> {
    if (!workspace.getConfiguration("millrace", document).get("codeLens.enabled", true)) return [];
    if (mayBeOfDbt(document)) {
      await Promise.all(this.roots.all().map(it => it.graph.start()));
      const reader = this.roots.all().find(it => it.graph.holdsDbt(document.uri));
      return reader ? dbtLenses(reader, document) : [];
    }
    const root = this.roots.of(document.uri);
    if (root === undefined) return [];
    const placed = await root.graph.placesIn(document);
    return placed.flatMap(({ key, line, ruleLine }) => [
      ...assetLenses(root, key, rangeOf(line)),
      // Above an asset of one line there is no room for it.
      ...(ruleLine == null || ruleLine === line ? [] : ruleLens(root, key, rangeOf(ruleLine))),
    ]);
  }

  dispose() {
    this.subscriptions.dispose();
    this.emitter.dispose();
  }
}

function rangeOf(line: number): Range {
  return new Range(line, 0, line, 0);
}

function mayBeOfDbt({ fileName }: TextDocument): boolean {
  return /\.(sql|py|csv|ya?ml)$/.test(fileName);
}

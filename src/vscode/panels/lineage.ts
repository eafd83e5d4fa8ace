import {
  commands,
  Disposable,
  type Event,
  l10n,
  type TextEditor,
  type Uri,
  type Webview,
  type WebviewPanel,
  window,
  workspace,
} from "vscode";
import { isExternal } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { AssetState } from "../../model/assetState.ts";
import { connect } from "../../protocol/channel.ts";
import type { LineageHost, LineageView } from "../../protocol/lineage.ts";
import type { ChosenAsset } from "../chosenAsset.ts";
import type { CommandId } from "../commands/commandIds.ts";
import { glanceAt } from "../openPlace.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import { showPicture, tell, webviewPort } from "./panel.ts";
import { emptyWords, firstRoot, rootOfEditor } from "./shownRoot.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.lineage";

/** The lineage picture in its two places: the side bar, and a panel among the editors. */
export interface Lineage extends Disposable {
  /** Opens the panel, or brings it to the front, with an asset in the middle. */
  open(root: Root | undefined, asset: AssetKey | null): void;
}

export function registerLineage(extensionUri: Uri, roots: Roots, chosen: ChosenAsset): Lineage {
  const draw = ({ webview, onDidDispose }: Pick<WebviewPanel, "webview" | "onDidDispose">) =>
    drawLineage(webview, onDidDispose, extensionUri, roots, chosen);
  const panel = registerSinglePanel(panelType, l10n.t("Lineage"), extensionUri, draw);
  const registrations = Disposable.from(
    panel,
    window.registerWebviewViewProvider("millrace.lineage", {
      resolveWebviewView(view) {
        draw(view);
      },
    }),
  );
  return {
    open(root, asset) {
      const picture = panel.open();
      if (root) picture.show(root, asset);
    },
    dispose: () => registrations.dispose(),
  };
}

interface Picture {
  show(root: Root, asset: AssetKey | null): void;
}

/** One lineage picture that follows the active editor: its root is drawn, its asset is marked. */
function drawLineage(
  webview: Webview,
  onDidDispose: Event<void>,
  extensionUri: Uri,
  roots: Roots,
  chosen: ChosenAsset,
): Picture {
  let root = rootOfEditor(roots) ?? firstRoot(roots);
  let selected: AssetKey | null = null;
  let told: AssetKey | null = null;
  let ready = false;

  const host: LineageHost = {
    ready() {
      ready = true;
      told = null;
      for (const each of roots.all()) each.graph.start();
      showGraph();
      void follow(window.activeTextEditor, true);
    },
    choose(asset) {
      if (root?.graph.asset(asset)) chosen.choose(root, asset);
    },
    showDetails: asset => run("millrace.showDetails", asset),
    showSource(asset) {
      const { file = null, line = 1, column = 1 } = root?.graph.asset(asset) ?? {};
      if (root && file !== null) void glanceAt(root, file, line ?? 1, column ?? 1);
    },
    openSource: asset => run("millrace.openSource", asset),
    materialize(asset, withUpstream) {
      run(withUpstream === true ? "millrace.materializeWithUpstream" : "millrace.materialize", asset);
    },
    takeAction() {
      void commands.executeCommand(workspace.workspaceFolders ? "millrace.newAsset" : "vscode.openFolder");
    },
  };
  const view = connect<LineageHost, LineageView>(webviewPort(webview, onDidDispose), host);
  const subscriptions = Disposable.from(
    window.onDidChangeActiveTextEditor(editor => follow(editor, true)),
    window.onDidChangeTextEditorSelection(({ textEditor }) => follow(textEditor)),
    roots.onDidChange(showGraph),
    roots.watch(each =>
      Disposable.from(
        each.graph.onDidChange(() => (root === undefined || root === each) && showGraph()),
        each.state.onDidChangeStates(changed => {
          if (ready && root === each) tell(view.showStates([...(changed ?? statesOf(each))]));
        }),
      ),
    ),
  );
  onDidDispose(() => subscriptions.dispose());
  showPicture(webview, extensionUri, "lineage", l10n.t("Lineage"));
  return { show };

  function show(next: Root, asset: AssetKey | null) {
    root = next;
    selected = asset;
    told = null;
    showGraph();
  }

  function showGraph() {
    if (!ready) return;
    if (root === undefined || !roots.all().includes(root) || !root.graph.hasAssets()) {
      root = firstRoot(roots) ?? root;
    }
    if (root === undefined || !root.graph.hasAssets()) return showEmpty(root);
    tell(view.show(root.graph.graph()));
    tell(view.showStates(statesOf(root)));
    // Told once: a save must not move the picture back to where the editor stands.
    if (told !== selected) tell(view.select(selected));
    told = selected;
  }

  function showEmpty(of: Root | undefined) {
    const [cause, action] = emptyWords(of, null);
    tell(view.showEmpty(cause, action));
  }

  /** The asset under the cursor; of a file that was just opened at least its first. */
  async function follow(editor: TextEditor | undefined, isOpened = false) {
    const next = rootOfEditor(roots, editor);
    if (editor === undefined || next === undefined) return;
    const places = await next.graph.placesIn(editor.document);
    const line = editor.selection.active.line;
    const asset = (
      places.find(it => it.line <= line && line <= it.endLine) ?? (isOpened ? places[0] : undefined)
    )?.key;
    if (asset === undefined || (next === root && asset === selected)) return;
    const moved = next !== root;
    root = next;
    selected = asset;
    if (moved) showGraph();
    else if (ready) {
      tell(view.select(asset));
      told = asset;
    }
  }

  /** A picture may name only what its graph holds. */
  function run(command: CommandId, asset: AssetKey) {
    if (root?.graph.asset(asset) === undefined) return;
    const row: AssetRow = { row: "asset", root, key: asset };
    void commands.executeCommand(command, row);
  }
}

function statesOf(root: Root): AssetState[] {
  return root.graph
    .graph()
    .assets.flatMap(asset => (isExternal(asset) ? [] : (root.state.stateOf(asset.key) ?? [])));
}

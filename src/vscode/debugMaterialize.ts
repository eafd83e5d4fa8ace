import {
  commands,
  type DebugConfiguration,
  type Disposable,
  debug,
  type LogOutputChannel,
  l10n,
  Uri,
  window,
  workspace,
} from "vscode";
import { isExternal } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { saveUnsaved } from "./commands/materialize.ts";
import { pickAsset } from "./commands/picks.ts";
import type { Root } from "./root.ts";
import type { Roots } from "./roots.ts";
import type { AssetRow } from "./trees/assetTree.ts";

/** What starts an asset under the debugger. */
export interface DebugMaterialize extends Disposable {
  /** Attaches to the worker, then materializes: breakpoints in the user's TypeScript hold. */
  start(root: Root, asset: AssetKey): Promise<void>;
}

const debugType = "millrace";

/** F5 in an asset file, and the command *Debug materialize*. */
export function registerDebugMaterialize(roots: Roots, log: LogOutputChannel): DebugMaterialize {
  const provider = debug.registerDebugConfigurationProvider(debugType, {
    provideDebugConfigurations: () => [
      { type: debugType, request: "launch", name: l10n.t("Debug materialize"), asset: "" },
    ],
    /** Nothing is left to the editor: the session that follows is one of Node. */
    async resolveDebugConfiguration(_, { asset }) {
      const target = await targetOf(typeof asset === "string" ? asset : "");
      if (target) void start(target.root, target.key);
      return undefined;
    },
  });
  return { start, dispose: () => provider.dispose() };

  /** The asset that is named, else the one under the cursor, else the one that is chosen. */
  async function targetOf(named: string): Promise<{ root: Root; key: AssetKey } | undefined> {
    await Promise.all(roots.all().map(it => it.graph.start()));
    const root = named === "" ? undefined : roots.all().find(it => it.graph.asset(named as AssetKey));
    if (root) return { root, key: named as AssetKey };
    const editor = window.activeTextEditor;
    const own = editor && roots.of(editor.document.uri);
    const key = editor && (await own?.graph.assetAt(editor.document, editor.selection.active.line));
    if (own && key) return { root: own, key };
    return pickAsset(roots, l10n.t("Debug materialize"), it => it.kind === "typescript" && !isExternal(it));
  }

  async function start(root: Root, asset: AssetKey): Promise<void> {
    await saveUnsaved(root);
    const { port } = await root.engine.ask(host => host.openInspector());
    const started = await debug.startDebugging(
      workspace.getWorkspaceFolder(Uri.file(root.path)),
      attachTo(root, port, l10n.t("Materialize {0}", asset)),
    );
    if (!started)
      throw new Error(l10n.t("The debugger could not attach to the process that runs {0}.", asset));
    const session = debug.activeDebugSession;
    await settled();
    try {
      const row: AssetRow = { row: "asset", root, key: asset };
      await commands.executeCommand("millrace.materialize", row);
    } finally {
      if (session) await debug.stopDebugging(session);
      await root.engine.ask(host => host.closeInspector()).catch(error => log.warn((error as Error).message));
    }
  }
}

/** Breakpoints are where the user's text is: the bundles of the worker have maps that lead there. */
function attachTo(root: Root, port: number, name: string): DebugConfiguration {
  const bundles = `${root.path}/.millrace/definitions/**/*.mjs`;
  return {
    type: "node",
    request: "attach",
    name,
    address: "127.0.0.1",
    port,
    continueOnAttach: true,
    sourceMaps: true,
    outFiles: [bundles],
    resolveSourceMapLocations: [bundles],
    skipFiles: ["<node_internals>/**", "**/node_modules/**", "**/dist/**"],
  };
}

/** Until the debugger has set its breakpoints; it says so to nobody. */
function settled(): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, 1_000));
}

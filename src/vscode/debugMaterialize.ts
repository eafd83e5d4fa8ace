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
import type { AssetKey } from "../model/assetKey.ts";
import { attachDebugger } from "./attachDebugger.ts";
import { saveUnsaved } from "./commands/materialize.ts";
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
      const row = typeof asset === "string" && asset !== "" ? await rowOf(asset as AssetKey) : undefined;
      // The command tells what goes wrong; nobody waits for us.
      if (row !== null) void commands.executeCommand("millrace.debugMaterialize", row);
      return undefined;
    },
  });
  return { start, dispose: () => provider.dispose() };

  async function rowOf(key: AssetKey): Promise<AssetRow | null> {
    await Promise.all(roots.all().map(it => it.graph.start()));
    const root = roots.all().find(it => it.graph.asset(key));
    if (root) return { row: "asset", root, key };
    void window.showErrorMessage(
      l10n.t("There is no asset {0}, which launch.json names. Mend its name, or leave it empty.", key),
    );
    return null;
  }

  async function start(root: Root, asset: AssetKey): Promise<void> {
    await saveUnsaved(root);
    const { port } = await root.engine.ask(host => host.openInspector());
    try {
      const session = await attachDebugger(
        workspace.getWorkspaceFolder(Uri.file(root.path)),
        attachTo(root, port, l10n.t("Materialize {0}", asset)),
      );
      if (session === null)
        throw new Error(l10n.t("The debugger could not attach to the process that runs {0}.", asset));
      const row: AssetRow = { row: "asset", root, key: asset };
      await commands.executeCommand("millrace.materialize", row);
      await debug.stopDebugging(session);
    } finally {
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

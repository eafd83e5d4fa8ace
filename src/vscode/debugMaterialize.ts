import {
  commands,
  type Disposable,
  debug,
  type LogOutputChannel,
  l10n,
  type WorkspaceFolder,
  window,
} from "vscode";
import type { AssetKey } from "../model/assetKey.ts";
import { saveUnsaved } from "./commands/materialize.ts";
import { pickAsset } from "./commands/picks.ts";
import { debugWorker } from "./debugWorker.ts";
import type { Root } from "./root.ts";
import { rootOfLaunch } from "./rootOfLaunch.ts";
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
    async resolveDebugConfiguration(folder, { asset }) {
      const isNamed = typeof asset === "string" && asset !== "";
      const row = isNamed ? await rowOf(asset as AssetKey, folder) : undefined;
      // The command tells what goes wrong; nobody waits for us.
      if (row !== null) void commands.executeCommand("millrace.debugMaterialize", row);
      return undefined;
    },
  });
  return { start, dispose: () => provider.dispose() };

  async function rowOf(key: AssetKey, folder: WorkspaceFolder | undefined): Promise<AssetRow | null> {
    await Promise.all(roots.all().map(it => it.graph.start()));
    const candidates = roots.all().filter(it => it.graph.asset(key));
    if (candidates.length === 0) {
      void window.showErrorMessage(
        l10n.t("There is no asset {0}, which launch.json names. Mend its name, or leave it empty.", key),
      );
      return null;
    }
    const uri = window.activeTextEditor?.document.uri;
    const root = rootOfLaunch(candidates, folder?.uri.fsPath, uri && roots.of(uri));
    if (root) return { row: "asset", root, key };
    const chosen = await pickAsset(roots, l10n.t("Debug materialize"), it => it.key === key);
    return chosen ? { row: "asset", ...chosen } : null;
  }

  async function start(root: Root, asset: AssetKey): Promise<void> {
    await saveUnsaved(root);
    const row: AssetRow = { row: "asset", root, key: asset };
    await debugWorker(root, {
      name: l10n.t("Materialize {0}", asset),
      refusal: l10n.t("The debugger could not attach to the process that runs {0}.", asset),
      log,
      work: async () => void (await commands.executeCommand("millrace.materialize", row)),
    });
  }
}

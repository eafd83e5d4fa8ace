import { type ExtensionContext, window } from "vscode";
import { createChosenAsset } from "./chosenAsset.ts";
import { registerCommands } from "./commands/commands.ts";
import { registerContextKeys } from "./contextKeys.ts";
import { openDaemons } from "./daemons.ts";
import { registerDebugMaterialize } from "./debugMaterialize.ts";
import { openDocuments } from "./documents.ts";
import { registerAutomationHover } from "./editor/automationHover.ts";
import { registerCodeLens } from "./editor/codeLens.ts";
import { registerDbtReferences } from "./editor/dbtReferences.ts";
import { registerDiagnostics } from "./editor/diagnostics.ts";
import { engineLaunch } from "./engineLaunch.ts";
import { registerConditions } from "./panels/conditions.ts";
import { registerDetails } from "./panels/details.ts";
import { registerLineage } from "./panels/lineage.ts";
import { registerPartitions } from "./panels/partitions.ts";
import { registerRows } from "./panels/rows.ts";
import { registerRuns } from "./panels/runs.ts";
import { openRoot } from "./root.ts";
import { openRoots, type Roots } from "./roots.ts";
import { registerStatusBar } from "./statusBar.ts";
import { registerTestExplorer } from "./testExplorer.ts";
import { registerAssetTree } from "./trees/assetTree.ts";
import { registerAutomationTree } from "./trees/automationTree.ts";
import { registerRunTree } from "./trees/runTree.ts";

let roots: Roots | undefined;

/** Builds and joins everything; reads no file and starts no process. */
export function activate(extension: ExtensionContext): void {
  const log = window.createOutputChannel("Millrace", { log: true });
  roots = openRoots(path => openRoot(path, extension, log));
  const documents = openDocuments(roots);
  const chosen = createChosenAsset();
  const lineage = registerLineage(extension.extensionUri, roots, chosen);
  const runs = registerRuns(extension.extensionUri, roots, documents);
  const partitions = registerPartitions(extension.extensionUri, roots, runs);
  const conditions = registerConditions(extension.extensionUri, roots, (root, runId) =>
    runs.open(root, runId),
  );
  const rows = registerRows(extension.extensionUri, roots, documents);
  const debugMaterialize = registerDebugMaterialize(roots, log);
  const testExplorer = registerTestExplorer(roots, log, rows);
  const details = registerDetails(extension.extensionUri, roots, {
    ...{ chosen, documents, testExplorer },
    showRun: (root, runId) => runs.open(root, runId),
  });
  const daemons = openDaemons(root => engineLaunch(root.path, extension, line => log.info(line), "daemon"));

  extension.subscriptions.push(
    log,
    roots,
    documents,
    chosen,
    lineage,
    details,
    partitions,
    runs,
    conditions,
    daemons,
    registerAutomationHover(roots),
    rows,
    testExplorer,
    debugMaterialize,
    registerCodeLens(roots),
    registerDiagnostics(roots),
    registerDbtReferences(roots),
    registerAssetTree(roots, chosen),
    registerRunTree(roots),
    registerAutomationTree(roots, daemons),
    registerStatusBar(roots),
    registerContextKeys(roots, daemons),
    registerCommands({
      ...{ extension, roots, documents, daemons, log },
      ...{ lineage, details, partitions, runs, conditions, rows, testExplorer, debugMaterialize },
    }),
  );
}

/** The engines end with the window; their database and what others run do not. */
export async function deactivate(): Promise<void> {
  await Promise.all(roots?.all().map(root => root.engine.stop()) ?? []);
}

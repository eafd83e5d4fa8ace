import { basename, sep } from "node:path";
import { Disposable, type ExtensionContext, type LogOutputChannel, Uri, workspace } from "vscode";
import type { AssetState } from "../model/assetState.ts";
import { dbtErrorOf } from "../protocol/dbt.ts";
import { engineLaunch } from "./engineLaunch.ts";
import { createEngineProcess, type EngineProcess } from "./engineProcess.ts";
import { LiveAutomations } from "./liveAutomations.ts";
import { LiveGraph } from "./liveGraph.ts";
import { LiveState } from "./liveState.ts";

/** One workspace root: its graph as it is typed, its engine, and what the engine has said. */
export interface Root extends Disposable {
  readonly path: string;
  readonly name: string;
  readonly graph: LiveGraph;
  readonly state: LiveState;
  readonly engine: EngineProcess;
  readonly automations: LiveAutomations;
  /** The place of a file that the model names relative to the root. */
  uri(file: string): Uri;
  holds(uri: Uri): boolean;
  /** Starts the engine if it is not running, so that its states and runs can be seen. */
  wake(): Promise<void>;
  /** Asks the engine for everything again. */
  refresh(): Promise<void>;
  restart(): Promise<void>;
}

export function openRoot(path: string, context: ExtensionContext, log: LogOutputChannel): Root {
  const name = basename(path);
  const memory = `states:${path}`;
  const state = new LiveState(context.workspaceState.get<AssetState[]>(memory, []));
  const graph = new LiveGraph(path, state, log);
  const engine = createEngineProcess({
    launch: () => engineLaunch(path, context, line => log.info(line)),
    client: state,
    log: line => log.info(`${name}: ${line}`),
    onStatus(status) {
      state.engineChanged(status);
      if (status !== "running") return;
      void refresh();
    },
    onRefusal(refusal) {
      const unreadable = dbtErrorOf(refusal);
      if (unreadable) graph.dbtFailed(unreadable);
    },
  });
  const automations = new LiveAutomations(state, engine);
  const wake = () => engine.ask(async () => undefined).catch(tellTrouble);
  const refresh = () => engine.ask(host => state.reload(host)).catch(tellTrouble);
  const tellTrouble = ({ message }: Error) => {
    log.warn(`${name}: ${message}`);
    state.engineChanged(engine.status(), message);
  };
  const remembering = state.onDidChangeStates(() => {
    clearTimeout(timer);
    timer = setTimeout(() => void context.workspaceState.update(memory, state.all().filter(isSettled)), 500);
  });
  let timer: NodeJS.Timeout | undefined;
  const holds = (uri: Uri) => uri.scheme === "file" && uri.fsPath.startsWith(`${path}${sep}`);
  // The click that follows a save finds the definitions loaded and a worker warm.
  const saving = workspace.onDidSaveTextDocument(({ uri }) => {
    if (engine.status() !== "running" || !holds(uri) || !/\.[cm]?[jt]sx?$/.test(uri.path)) return;
    engine.ask(host => host.definitions()).catch(tellTrouble);
  });

  return {
    path,
    name,
    graph,
    state,
    engine,
    automations,
    uri: file => Uri.joinPath(Uri.file(path), file),
    holds,
    wake,
    refresh: async () => {
      if (workspace.isTrusted) await refresh();
    },
    async restart() {
      await engine.stop();
      await wake();
    },
    dispose() {
      clearTimeout(timer);
      Disposable.from(remembering, saving, automations, graph, state).dispose();
      void engine.stop();
    },
  };
}

/** What is still going on says nothing after the window was closed. */
function isSettled({ state }: AssetState): boolean {
  return state !== "queued" && state !== "running";
}

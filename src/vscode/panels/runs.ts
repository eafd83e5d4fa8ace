import { commands, Disposable, type Event, env, l10n, type Uri, type Webview, workspace } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import { connect } from "../../protocol/channel.ts";
import type { RetryScope, RunsHost, RunsView } from "../../protocol/runs.ts";
import { saveUnsaved } from "../commands/materialize.ts";
import type { Documents } from "../documents.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import type { RunRow } from "../trees/runTree.ts";
import { showPicture, tell, webviewPort } from "./panel.ts";
import { createRunFeed, type RunFeed } from "./runFeed.ts";
import { createRunWatch } from "./runWatch.ts";
import { emptyWords, firstRoot, rootOfEditor } from "./shownRoot.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.runs";

/** The runs picture: one panel among the editors. */
export interface Runs extends Disposable {
  /** Opens the panel, or brings it to the front, with a run selected, and its step of an asset. */
  open(root: Root | undefined, runId: string | null, asset?: AssetKey | null): void;
}

export function registerRuns(extensionUri: Uri, roots: Roots, documents: Documents): Runs {
  const panel = registerSinglePanel(panelType, l10n.t("Runs"), extensionUri, view =>
    drawRuns(view.webview, view.onDidDispose, extensionUri, roots, documents),
  );
  return {
    open(root, runId, asset = null) {
      const picture = panel.open();
      if (root) picture.show(root, runId, asset);
    },
    dispose: () => panel.dispose(),
  };
}

interface Picture {
  show(root: Root, runId: string | null, asset: AssetKey | null): void;
}

/** The runs of one root, as its engine knows them. */
function drawRuns(
  webview: Webview,
  onDidDispose: Event<void>,
  extensionUri: Uri,
  roots: Roots,
  documents: Documents,
): Picture {
  let root = rootOfEditor(roots) ?? firstRoot(roots);
  let wanted: { runId: string; asset: AssetKey | null } | null = null;
  let ready = false;
  let asked = 0;
  let act = () => {};
  let feed: RunFeed | null = null;

  const host: RunsHost = {
    ready() {
      ready = true;
      for (const each of roots.all()) each.graph.start();
      void showRuns();
    },
    look: runId => watch.look(runId !== null && feed?.run(runId) ? (root ?? null) : null, runId),
    async cancel(runId) {
      if (feed?.run(runId)) await shownRoot().engine.ask(it => it.cancelRun(runId));
    },
    async retry(runId, scope) {
      if (!feed?.run(runId)) throw new Error(l10n.t("This run is not known any more."));
      await saveUnsaved(shownRoot());
      return shownRoot().engine.ask(it => it.retryRun(runId, expectScope(scope), "click"));
    },
    materialize: asset => runOnAsset("millrace.materialize", asset),
    openSource: asset => runOnAsset("millrace.openSource", asset),
    async copy(runId) {
      if (feed?.run(runId)) await env.clipboard.writeText(runId);
    },
    openError(runId, stepId) {
      const run = feed?.run(runId);
      const step = run?.steps.find(it => it.id === stepId);
      if (!root || !run || !step) return;
      const row: RunRow = { row: "step", root, run, step };
      void commands.executeCommand("millrace.openSource", row);
    },
    openLog(runId) {
      if (feed?.run(runId)) void documents.openRunLog(shownRoot(), runId);
    },
    takeAction: () => act(),
  };
  const view = connect<RunsHost, RunsView>(webviewPort(webview, onDidDispose), host);
  const watch = createRunWatch({
    showDetails: (runId, steps, log) => tell(view.showDetails(runId, steps, log)),
    appendLog: (runId, lines) => tell(view.appendLog(runId, lines)),
  });
  const subscriptions = Disposable.from(
    workspace.onDidGrantWorkspaceTrust(() => void showRuns()),
    roots.onDidChange(() => feed === null && void showRuns()),
    roots.watch(each => each.graph.onDidChange(() => feed === null && void showRuns())),
  );
  onDidDispose(() => {
    feed?.dispose();
    watch.dispose();
    subscriptions.dispose();
  });
  showPicture(webview, extensionUri, "runs", l10n.t("Runs"));
  return { show };

  function show(next: Root, runId: string | null, asset: AssetKey | null) {
    wanted = runId === null ? null : { runId, asset };
    if (next !== root || feed === null) {
      root = next;
      void showRuns();
    } else void showWanted();
  }

  /** The newest answer is the one that counts. */
  async function showRuns() {
    if (!ready) return;
    feed?.dispose();
    feed = null;
    root = root !== undefined && roots.all().includes(root) ? root : firstRoot(roots);
    if (root === undefined || !workspace.isTrusted || !root.graph.hasAssets()) return showEmpty(root);
    asked += 1;
    const own = asked;
    try {
      const next = await createRunFeed(root, {
        show: (runs, backfills) => tell(view.show(runs, backfills)),
        update(runs, backfills) {
          tell(view.update(runs, backfills));
          watch.changed(runs);
        },
      });
      if (own !== asked) return next.dispose();
      feed = next;
      next.begin();
      await showWanted();
    } catch (error) {
      if (own !== asked) return;
      act = () => void showRuns();
      tell(view.showEmpty((error as Error).message, l10n.t("Try again")));
    }
  }

  async function showWanted() {
    if (!wanted || !feed) return;
    const { runId, asset } = wanted;
    wanted = null;
    await feed.fetch(runId);
    tell(view.select(runId, asset));
  }

  function showEmpty(of: Root | undefined) {
    const restricted = l10n.t(
      "In Restricted Mode no engine is started, and only an engine knows what has run.",
    );
    const [cause, action, command] = emptyWords(of, restricted);
    act = () => command !== null && void commands.executeCommand(command);
    tell(view.showEmpty(cause, action));
  }

  function runOnAsset(command: "millrace.materialize" | "millrace.openSource", asset: AssetKey) {
    if (root?.graph.asset(asset) === undefined) return;
    const row: AssetRow = { row: "asset", root, key: asset };
    void commands.executeCommand(command, row);
  }

  function shownRoot(): Root {
    if (root && workspace.isTrusted) return root;
    throw new Error(l10n.t("No engine is asked in Restricted Mode."));
  }
}

function expectScope(scope: RetryScope): RetryScope {
  return scope === "all" ? "all" : "left";
}

import { commands, Disposable, type Event, l10n, type Uri, type Webview, workspace } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import { connect } from "../../protocol/channel.ts";
import type {
  BackfillAction,
  BackfillRequest,
  PartitionsHost,
  PartitionsView,
} from "../../protocol/partitions.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import { showPicture, tell, webviewPort } from "./panel.ts";
import type { Runs } from "./runs.ts";
import { emptyWords, firstRoot, rootOfEditor } from "./shownRoot.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.partitions";

/** The partitions picture: one panel among the editors. */
export interface Partitions extends Disposable {
  /** Opens the panel, or brings it to the front, with partitions of an asset marked. */
  open(root: Root | undefined, asset: AssetKey | null, partitions?: string | null): void;
}

export function registerPartitions(extensionUri: Uri, roots: Roots, runs: Runs): Partitions {
  const panel = registerSinglePanel(panelType, l10n.t("Partitions"), extensionUri, view =>
    drawPartitions(view.webview, view.onDidDispose, extensionUri, roots, runs),
  );
  return {
    open(root, asset, partitions = null) {
      const picture = panel.open();
      if (root) picture.show(root, asset, partitions);
    },
    dispose: () => panel.dispose(),
  };
}

interface Picture {
  show(root: Root, asset: AssetKey | null, partitions: string | null): void;
}

/** How long definitions may go on changing before the partitions are asked for again. */
const settleMs = 200;

/** The partitions of one root, as its engine knows them. */
function drawPartitions(
  webview: Webview,
  onDidDispose: Event<void>,
  extensionUri: Uri,
  roots: Roots,
  runs: Runs,
): Picture {
  let root = rootOfEditor(roots, undefined, hasPartitions) ?? firstRoot(roots, hasPartitions);
  let wanted: { asset: AssetKey; partitions: string | null } | null = null;
  let ready = false;
  let isShown = false;
  let asked = 0;
  let timer: NodeJS.Timeout | undefined;
  let act = () => {};

  const host: PartitionsHost = {
    ready() {
      ready = true;
      for (const each of roots.all()) each.graph.start();
      void showMatrix();
    },
    details: (asset, partition) => shownRoot().engine.ask(it => it.partitionDetails(asset, partition)),
    plan: request => shownRoot().engine.ask(it => it.planBackfill(expectRequest(request))),
    launch: request => shownRoot().engine.ask(it => it.launchBackfill(expectRequest(request))),
    async act(backfillId, action) {
      const isKnown = root?.state.backfills().some(it => it.id === backfillId);
      if (isKnown && actions.includes(action)) {
        await shownRoot().engine.ask(it => it.actOnBackfill(backfillId, action));
      }
    },
    openRun(runId) {
      runs.open(shownRoot(), runId);
    },
    openSource(asset) {
      if (root?.graph.asset(asset) === undefined) return;
      const row: AssetRow = { row: "asset", root, key: asset };
      void commands.executeCommand("millrace.openSource", row);
    },
    takeAction: () => act(),
  };
  const view = connect<PartitionsHost, PartitionsView>(webviewPort(webview, onDidDispose), host);
  const subscriptions = Disposable.from(
    workspace.onDidGrantWorkspaceTrust(askAgain),
    roots.onDidChange(askAgain),
    roots.watch(each =>
      Disposable.from(
        each.graph.onDidChange(() => !isShown && askAgain()),
        each.state.onDidChangeDefinitions(() => each === root && askAgain()),
        each.state.onDidChangePartitions(rows => each === root && isShown && tell(view.update(rows))),
        each.state.onDidChangeBackfills(() => each === root && isShown && showBackfills()),
      ),
    ),
  );
  onDidDispose(() => {
    clearTimeout(timer);
    subscriptions.dispose();
  });
  showPicture(webview, extensionUri, "partitions", l10n.t("Partitions"));
  return { show };

  function show(next: Root, asset: AssetKey | null, partitions: string | null) {
    wanted = asset === null ? null : { asset, partitions };
    if (next !== root || !isShown) {
      root = next;
      isShown = false;
      void showMatrix();
    } else showWanted();
  }

  function askAgain() {
    clearTimeout(timer);
    timer = setTimeout(() => void showMatrix(), settleMs);
  }

  /** The newest answer is the one that counts. */
  async function showMatrix() {
    if (!ready) return;
    root = root !== undefined && roots.all().includes(root) ? root : firstRoot(roots, hasPartitions);
    if (root === undefined || !workspace.isTrusted || !root.graph.hasAssets()) return showEmpty(root);
    asked += 1;
    const own = asked;
    try {
      const matrix = await root.engine.ask(it => it.partitionMatrix(null));
      if (own !== asked) return;
      isShown = true;
      tell(view.show(matrix));
      showBackfills();
      showWanted();
    } catch (error) {
      if (own !== asked) return;
      isShown = false;
      act = () => void showMatrix();
      tell(view.showEmpty((error as Error).message, l10n.t("Try again")));
    }
  }

  function showBackfills() {
    if (root) tell(view.showBackfills([...root.state.backfills()]));
  }

  function showWanted() {
    if (wanted && isShown) tell(view.select(wanted.asset, wanted.partitions));
    wanted = null;
  }

  function showEmpty(of: Root | undefined) {
    isShown = false;
    const restricted = l10n.t(
      "In Restricted Mode no engine is started, and only an engine knows how partitions stand.",
    );
    const [cause, action, command] = emptyWords(of, restricted);
    act = () => command !== null && void commands.executeCommand(command);
    tell(view.showEmpty(cause, action));
  }

  function shownRoot(): Root {
    if (root && workspace.isTrusted) return root;
    throw new Error(l10n.t("No engine is asked in Restricted Mode."));
  }
}

const actions: readonly BackfillAction[] = ["pause", "resume", "cancel", "retry"];

/** The picture is asked by what it was sent; what crosses the border is still looked at. */
function expectRequest({ selection, partitions, only, maxParallel }: BackfillRequest): BackfillRequest {
  if (typeof selection !== "string" || !(partitions === null || typeof partitions === "string")) {
    throw new TypeError("A backfill needs a selection and partitions.");
  }
  const wanted = (["missing", "failed", "stale"] as const).filter(it => only.includes(it));
  const runs = typeof maxParallel === "number" && maxParallel >= 1 ? Math.floor(maxParallel) : null;
  return { selection, partitions, only: wanted, maxParallel: runs, requestedBy: "click" };
}

function hasPartitions(root: Root): boolean {
  return root.graph.graph().assets.some(it => it.partitions !== null);
}

import { commands, Disposable, type Event, l10n, type Uri, type Webview, workspace } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import { connect } from "../../protocol/channel.ts";
import type { ConditionsHost, ConditionsView } from "../../protocol/conditions.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import { showPicture, webviewPort } from "./panel.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.conditions";

/** Why an asset is made by itself or not: one panel among the editors. */
export interface Conditions extends Disposable {
  open(root: Root, asset: AssetKey): void;
}

export function registerConditions(extensionUri: Uri, roots: Roots, showRun: ShowRun): Conditions {
  const panel = registerSinglePanel(panelType, l10n.t("Why"), extensionUri, view =>
    drawConditions(view.webview, view.onDidDispose, extensionUri, roots, showRun),
  );
  return {
    open: (root, asset) => panel.open().show(root, asset),
    dispose: () => panel.dispose(),
  };
}

type ShowRun = (root: Root, runId: string) => void;

interface Picture {
  show(root: Root, asset: AssetKey): void;
}

/** Runs begin and end by the hundred: what follows from them is asked once for several of them. */
const gatherMs = 300;
const shownTicks = 200;
const longestSpan = 366;

function drawConditions(
  webview: Webview,
  onDidDispose: Event<void>,
  extensionUri: Uri,
  roots: Roots,
  showRun: ShowRun,
): Picture {
  let subject: { root: Root; asset: AssetKey } | null = null;
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  let days: number | null = null;
  let asked = 0;
  let act = () => void commands.executeCommand("millrace.showCondition");

  const host: ConditionsHost = {
    ready() {
      ready = true;
      void showNow();
    },
    async simulate(wanted) {
      days = Math.min(longestSpan, Math.max(1, Math.round(Number(wanted)) || 1));
      await showSimulation();
    },
    openSource() {
      if (!subject) return;
      const row: AssetRow = { row: "asset", root: subject.root, key: subject.asset };
      void commands.executeCommand("millrace.openSource", row);
    },
    openRun(runId) {
      if (subject && /^\d+$/.test(runId)) showRun(subject.root, runId);
    },
    takeAction: () => act(),
  };
  const view = connect<ConditionsHost, ConditionsView>(webviewPort(webview, onDidDispose), host);
  const subscriptions = Disposable.from(
    workspace.onDidGrantWorkspaceTrust(() => void showNow()),
    roots.watch(root =>
      Disposable.from(
        root.state.onDidChangeRuns(() => root === subject?.root && showSoon()),
        // A rule that was edited is played anew as soon as it is loaded.
        root.state.onDidChangeDefinitions(() => {
          if (root === subject?.root) void showNow().then(showSimulation);
        }),
      ),
    ),
  );
  onDidDispose(() => {
    clearTimeout(timer);
    subscriptions.dispose();
  });
  showPicture(webview, extensionUri, "conditions", l10n.t("Why"));
  return {
    show(root, asset) {
      subject = { root, asset };
      days = null;
      void showNow();
    },
  };

  function showSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => void showNow(), gatherMs);
  }

  /** The newest answer is the one that counts. */
  async function showNow() {
    if (!ready) return;
    if (!workspace.isTrusted) {
      const cause = l10n.t(
        "In Restricted Mode no engine is started, and only an engine evaluates conditions.",
      );
      act = () => void commands.executeCommand("workbench.trust.manage");
      return tell(view.showEmpty(cause, l10n.t("Manage workspace trust")));
    }
    if (subject === null) {
      act = () => void commands.executeCommand("millrace.showCondition");
      return tell(view.showEmpty(l10n.t("No asset is chosen."), l10n.t("Choose an asset")));
    }
    const { root, asset } = subject;
    asked += 1;
    const own = asked;
    try {
      const [answer, history] = await root.engine.ask(it =>
        Promise.all([it.why(asset), it.conditionHistory(asset, shownTicks)]),
      );
      if (own === asked) tell(view.show(answer, history));
    } catch (error) {
      if (own !== asked) return;
      act = () => void showNow();
      tell(view.showEmpty((error as Error).message, l10n.t("Try again")));
    }
  }

  async function showSimulation() {
    if (subject === null || days === null) return;
    const { root, asset } = subject;
    const wanted = days;
    try {
      const simulation = await root.engine.ask(it => it.simulateCondition(asset, { days: wanted }));
      if (asset === subject?.asset) tell(view.showSimulation(wanted, simulation, null));
    } catch (error) {
      tell(view.showSimulation(wanted, null, (error as Error).message));
    }
  }
}

/** The picture may be gone by the time it is told; that is no error. */
function tell(told: Promise<void>) {
  told.catch(() => {});
}

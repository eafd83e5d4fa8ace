import { commands, Disposable, l10n, type Uri, type WebviewPanel, workspace } from "vscode";
import type { AssetKey } from "../../model/assetKey.ts";
import type { ConditionSimulation } from "../../model/conditionState.ts";
import { connect } from "../../protocol/channel.ts";
import type { ConditionsHost, ConditionsView } from "../../protocol/conditions.ts";
import { unsavedFiles } from "../commands/materialize.ts";
import { fromRoot } from "../dbtFolder.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import { showPicture, tell, webviewPort } from "./panel.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.conditions";

/** Why an asset is made by itself or not: one panel among the editors. */
export interface Conditions extends Disposable {
  /** `beside`: whoever asks goes on to look at the text. */
  open(root: Root, asset: AssetKey, beside?: boolean): void;
}

export function registerConditions(extensionUri: Uri, roots: Roots, showRun: ShowRun): Conditions {
  const panel = registerSinglePanel(panelType, l10n.t("Why"), extensionUri, view =>
    drawConditions(view, extensionUri, roots, showRun),
  );
  return {
    open: (root, asset, beside) => panel.open(beside).show(root, asset),
    dispose: () => panel.dispose(),
  };
}

type ShowRun = (root: Root, runId: string) => void;

interface Picture {
  show(root: Root, asset: AssetKey): void;
}

/** Runs begin and end by the hundred: what follows from them is asked once for several of them. */
const gatherMs = 300;
/** Who pauses so long while typing has said something. */
const typedMs = 400;
const shownTicks = 200;
const longestSpan = 366;

function drawConditions(panel: WebviewPanel, extensionUri: Uri, roots: Roots, showRun: ShowRun): Picture {
  const { webview, onDidDispose } = panel;
  let subject: { root: Root; asset: AssetKey } | null = null;
  let ready = false;
  let timer: NodeJS.Timeout | undefined;
  let typing: NodeJS.Timeout | undefined;
  let days: number | null = null;
  let playing = false;
  let again = false;
  /** The last that could be played. */
  let played: ConditionSimulation | null = null;
  let asked = 0;
  let act = () => void commands.executeCommand("millrace.showCondition");

  const host: ConditionsHost = {
    ready() {
      ready = true;
      void showNow();
    },
    async simulate(wanted) {
      days = Math.min(longestSpan, Math.max(1, Math.round(Number(wanted)) || 1));
      played = null;
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
    // While somebody types, what the rule says now is played as soon as the keys rest.
    workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
      if (contentChanges.length === 0 || !panel.visible || !subject?.root.holds(document.uri)) return;
      clearTimeout(typing);
      typing = setTimeout(() => void showSimulation(), typedMs);
    }),
    roots.watch(root =>
      Disposable.from(
        root.state.onDidChangeRuns(() => root === subject?.root && showSoon()),
        // A rule that was saved is played anew as soon as it is loaded.
        root.state.onDidChangeDefinitions(() => {
          if (root === subject?.root) void showNow().then(showSimulation);
        }),
      ),
    ),
  );
  onDidDispose(() => {
    clearTimeout(timer);
    clearTimeout(typing);
    subscriptions.dispose();
  });
  showPicture(webview, extensionUri, "conditions", l10n.t("Why"));
  return {
    show(root, asset) {
      subject = { root, asset };
      days = null;
      played = null;
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

  /** One at a time: what is asked for meanwhile is played once, when this one is over. */
  async function showSimulation() {
    if (playing) {
      again = true;
      return;
    }
    playing = true;
    do {
      again = false;
      await playOnce();
    } while (again);
    playing = false;
  }

  async function playOnce() {
    if (subject === null || days === null) return;
    const { root, asset } = subject;
    const wanted = days;
    const unsaved = textsOf(root);
    const isPresent = () => asset === subject?.asset && wanted === days;
    try {
      const simulation = await root.engine.ask(it => it.simulateCondition(asset, { days: wanted, unsaved }));
      if (!isPresent()) return;
      played = simulation;
      tell(view.showSimulation(wanted, simulation, null));
    } catch (error) {
      // Half a word is no rule: what was played last stays beside what is wrong with it.
      const last = Object.keys(unsaved).length > 0 ? played : null;
      if (isPresent()) tell(view.showSimulation(wanted, last, (error as Error).message));
    }
  }
}

/** What is typed in files that may declare assets, and not saved. */
function textsOf(root: Root): Record<string, string> {
  const files = unsavedFiles(root).filter(it => /\.[cm]?[jt]sx?$/.test(it.uri.path));
  return Object.fromEntries(files.map(it => [fromRoot(root.path, it.uri), it.getText()]));
}

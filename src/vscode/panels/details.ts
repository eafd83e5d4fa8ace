import {
  commands,
  Disposable,
  l10n,
  type TextEditor,
  type Uri,
  type WebviewPanel,
  window,
  workspace,
} from "vscode";
import { assetDetails } from "../../model/assetDetails.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { connect } from "../../protocol/channel.ts";
import {
  type DetailsAction,
  type DetailsHost,
  type DetailsView,
  detailsActions,
  type RememberedDetails,
} from "../../protocol/details.ts";
import { openCheck } from "../checkPlaces.ts";
import type { ChosenAsset } from "../chosenAsset.ts";
import type { CommandId } from "../commands/commandIds.ts";
import type { Documents } from "../documents.ts";
import { openError } from "../openPlace.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { TestExplorer } from "../testExplorer.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import { type AssetKnowledge, gatherKnowledge, type Subject } from "./assetKnowledge.ts";
import { showPicture, tell, webviewPort } from "./panel.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.details";

/** All there is to know of one asset on one page: a panel beside the text, which follows what is selected. */
export interface Details extends Disposable {
  open(root: Root, asset: AssetKey): void;
}

/** What the page leads to. */
export interface DetailsEdge {
  readonly chosen: ChosenAsset;
  readonly documents: Documents;
  readonly testExplorer: TestExplorer;
  showRun(root: Root, runId: string): void;
}

export function registerDetails(extensionUri: Uri, roots: Roots, edge: DetailsEdge): Details {
  const draw = (panel: WebviewPanel) => drawDetails(panel, extensionUri, roots, edge);
  const panel = registerSinglePanel(panelType, l10n.t("Details"), extensionUri, draw);
  return {
    open(root, asset) {
      panel.open(true).show({ root, asset });
      // Who asks for it wants to know how it is.
      if (workspace.isTrusted && root.engine.status() === "stopped") void root.wake();
    },
    dispose: () => panel.dispose(),
  };
}

interface Picture {
  show(subject: Subject): void;
}

/** News come by the hundred, and a cursor that passes by an asset does not stay there. */
const gatherMs = 60;
const followMs = 150;
/** Who goes back further than this has lost the way. */
const longestTrail = 50;

function drawDetails(panel: WebviewPanel, extensionUri: Uri, roots: Roots, edge: DetailsEdge): Picture {
  const { webview, onDidDispose } = panel;
  let subject: Subject | null = null;
  let knowledge: AssetKnowledge | null = null;
  let trail: Subject[] = [];
  let isKept = false;
  let isReady = false;
  /** Where the cursor was last: moving on within an asset does not bring it back. */
  let under: Subject | null = null;
  let told = "";
  let showing: NodeJS.Timeout | undefined;
  let following: NodeJS.Timeout | undefined;

  const host: DetailsHost = {
    async ready(remembered) {
      isReady = true;
      told = "";
      await Promise.all(roots.all().map(it => it.graph.start()));
      if (subject === null) {
        subject = recalled(remembered);
        isKept = subject !== null && remembered?.isKept === true;
        if (subject) take(subject);
        else await follow(window.activeTextEditor);
      }
      if (knowledge) knowledge.tellSql();
      showNow();
    },
    look(asset) {
      if (subject?.root.graph.asset(asset)) go({ root: subject.root, asset });
    },
    back() {
      const before = trail.pop();
      if (before) take(before);
    },
    keep(next) {
      isKept = next === true;
      showSoon();
    },
    act(action) {
      if (subject && detailsActions.includes(action)) void act(subject, action);
    },
    openRun(runId) {
      if (subject && /^\d+$/.test(runId)) edge.showRun(subject.root, runId);
    },
    async runCheck(check) {
      const known = subject && checkIds(subject).includes(check);
      if (subject && known && workspace.isTrusted)
        await edge.testExplorer.run(subject.root, subject.asset, { check, isShown: true });
    },
    async openCheck(check) {
      const node = subject?.root.graph.asset(subject.asset);
      if (subject && node) await openCheck(subject.root, node, check);
    },
    takeAction: () => void commands.executeCommand("millrace.showDetails"),
  };
  const view = connect<DetailsHost, DetailsView>(webviewPort(webview, onDidDispose), host);
  const subscriptions = Disposable.from(
    edge.chosen.onDidChoose(it => followSoon(() => followTo(it))),
    window.onDidChangeActiveTextEditor(editor => followSoon(() => follow(editor))),
    window.onDidChangeTextEditorSelection(({ textEditor }) => followSoon(() => follow(textEditor))),
    workspace.onDidGrantWorkspaceTrust(() => knowledge?.ask()),
    roots.onDidChange(showSoon),
    roots.watch(root =>
      Disposable.from(
        root.graph.onDidChange(() => root === subject?.root && showSoon()),
        root.state.onDidChangeStates(() => root === subject?.root && showSoon()),
      ),
    ),
    new Disposable(() => knowledge?.dispose()),
  );
  onDidDispose(() => {
    clearTimeout(showing);
    clearTimeout(following);
    subscriptions.dispose();
  });
  showPicture(webview, extensionUri, "details", l10n.t("Details"));
  return { show: go };

  function go(next: Subject) {
    if (subject && !isSame(subject, next)) trail = [...trail, subject].slice(-longestTrail);
    take(next);
  }

  function take(next: Subject) {
    if (subject === null || knowledge === null || !isSame(subject, next)) {
      knowledge?.dispose();
      subject = next;
      knowledge = gatherKnowledge(next, edge.testExplorer, {
        changed: showSoon,
        sql: sql => tell(view.showSql(next.asset, sql)),
        running: checks => tell(view.showRunning([...checks])),
      });
    }
    showNow();
  }

  function followSoon(follow: () => unknown) {
    clearTimeout(following);
    following = setTimeout(follow, followMs);
  }

  function followTo(next: Subject) {
    if (!isKept && next.root.graph.asset(next.asset)) go(next);
  }

  /** The asset under the cursor, when it is another one than before. */
  async function follow(editor: TextEditor | undefined) {
    const root = editor && roots.of(editor.document.uri);
    const asset = root && (await root.graph.assetAt(editor.document, editor.selection.active.line));
    if (!root || !asset) return;
    const next = { root, asset };
    if (under && isSame(under, next)) return;
    under = next;
    followTo(next);
  }

  function showSoon() {
    showing ??= setTimeout(showNow, gatherMs);
  }

  function showNow() {
    clearTimeout(showing);
    showing = undefined;
    if (!isReady) return;
    if (subject === null || knowledge === null) {
      const cause = l10n.t(
        "No asset is selected. Select one in the tree, in the lineage, or with the cursor in a file.",
      );
      return tell(view.showEmpty(cause, l10n.t("Choose an asset")));
    }
    const { root, asset } = subject;
    const details = assetDetails(root.graph.indexed(), asset, knowledge.known());
    if (details === null) {
      told = "";
      if (!root.graph.scanned()) return;
      return tell(view.showEmpty(l10n.t("{0} is no longer defined.", asset), l10n.t("Choose an asset")));
    }
    const { isAsking, notice } = knowledge.standing();
    const canRun = workspace.isTrusted;
    const surroundings = { root: root.path, canRun, isAsking, notice, isKept, canGoBack: trail.length > 0 };
    // Time goes by in the picture itself: what says the same again is not sent.
    const next = JSON.stringify([details, surroundings]);
    if (next === told) return;
    told = next;
    tell(view.show(details, surroundings));
  }

  function recalled(remembered: RememberedDetails | null): Subject | null {
    const root = roots.all().find(it => it.path === remembered?.root);
    const asset = remembered && root?.graph.asset(remembered.asset)?.key;
    return root && asset ? { root, asset } : null;
  }

  async function act({ root, asset }: Subject, action: DetailsAction): Promise<void> {
    const row: AssetRow = { row: "asset", root, key: asset };
    switch (action) {
      case "openError": {
        const error = root.state.stateOf(asset)?.error;
        if (error) await openError(root, error);
        return;
      }
      case "runChecks":
        return workspace.isTrusted ? edge.testExplorer.run(root, asset, { isShown: true }) : undefined;
      case "compile":
        return knowledge?.compile();
      case "openSql": {
        const name = root.graph.asset(asset)?.dbt?.name ?? asset;
        const text = knowledge?.sqlText() ?? null;
        if (text !== null) await edge.documents.openCompiledSql(root, name, text);
        return;
      }
      default:
        await commands.executeCommand(commandOf[action], row);
    }
  }
}

const commandOf: Readonly<
  Record<Exclude<DetailsAction, "openError" | "runChecks" | "compile" | "openSql">, CommandId>
> = {
  materialize: "millrace.materialize",
  materializeWithUpstream: "millrace.materializeWithUpstream",
  openSource: "millrace.openSource",
  showRows: "millrace.previewRows",
  showLineage: "millrace.showLineage",
  showPartitions: "millrace.showPartitions",
  showWhy: "millrace.showCondition",
  showRun: "millrace.showRun",
};

function checkIds({ root, asset }: Subject): string[] {
  const details = assetDetails(root.graph.indexed(), asset, nothingKnown);
  return details?.checks.map(it => it.id) ?? [];
}

const nothingKnown = {
  loaded: null,
  stateOf: () => undefined,
  facts: null,
  columns: [],
  results: new Map(),
};

function isSame(one: Subject, other: Subject): boolean {
  return one.root === other.root && one.asset === other.asset;
}

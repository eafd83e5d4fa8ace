import {
  Disposable,
  EventEmitter,
  l10n,
  MarkdownString,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  window,
  workspace,
} from "vscode";
import { keyName } from "../../model/assetKey.ts";
import type { BackfillSummary } from "../../model/backfillState.ts";
import { isEnded, type RunSummary, type StepSummary } from "../../model/run.ts";
import type { LiveState } from "../liveState.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { statusIcon } from "./assetIcons.ts";
import { absoluteTime } from "./assetTooltip.ts";
import { backfillItem, failureItem } from "./backfillItems.ts";
import { spoken, wordsOfRun, wordsOfStep } from "./runWords.ts";

/** A row of the Runs view. */
export type RunRow =
  | { readonly row: "backfill"; readonly root: Root; readonly backfill: BackfillSummary }
  | {
      readonly row: "failure";
      readonly root: Root;
      readonly backfill: BackfillSummary;
      readonly failure: Failure;
    }
  | { readonly row: "run"; readonly root: Root; readonly run: RunSummary }
  | { readonly row: "step"; readonly root: Root; readonly run: RunSummary; readonly step: StepSummary };

type Failure = BackfillSummary["failures"][number];
type StepRow = Extract<RunRow, { row: "step" }>;

/** The Runs view: runs with their steps, backfills with theirs below them. Looking at it starts the engine, which knows them. */
export function registerRunTree(roots: Roots): Disposable {
  const tree = new RunTree(roots);
  const view = window.createTreeView("millrace.runs", { treeDataProvider: tree });
  const askEngines = () => {
    if (!view.visible || !workspace.isTrusted) return;
    for (const root of roots.all()) {
      if (root.graph.hasAssets() && root.engine.status() === "stopped") void root.wake();
    }
  };
  return Disposable.from(
    tree,
    view,
    view.onDidChangeVisibility(askEngines),
    workspace.onDidGrantWorkspaceTrust(askEngines),
    roots.watch(root => root.graph.onDidChange(askEngines)),
    roots.watch(root =>
      root.state.onDidChangeEngine(() => {
        view.message = roots.all().flatMap(it => it.state.engineTrouble() ?? [])[0] ?? startingMessage(roots);
      }),
    ),
    roots.watch(root =>
      Disposable.from(root.state.onDidChangeRuns(showBadge), root.state.onDidChangeBackfills(showBadge)),
    ),
  );

  /** A backfill counts once, however many runs it has under way. */
  function showBadge() {
    const active = roots.all().reduce((count, { state }) => {
      const runs = state.activeRuns().filter(it => !isOfKnownBackfill(state, it));
      return count + runs.length + state.backfills().filter(it => it.endedAt === null).length;
    }, 0);
    view.badge = active === 0 ? undefined : { value: active, tooltip: l10n.t("{0} running", active) };
  }
}

/** A run of a backfill stands below it; the run of one that is no longer known stands for itself. */
function isOfKnownBackfill(state: LiveState, { backfillId }: RunSummary): boolean {
  return backfillId !== null && state.backfills().some(it => it.id === backfillId);
}

/** A backfill changes hundreds of times a second; so often it is drawn. */
const redrawMs = 150;

function startingMessage(roots: Roots): string | undefined {
  return roots.all().some(it => it.state.engine() === "starting")
    ? l10n.t("The engine is starting…")
    : undefined;
}

class RunTree implements TreeDataProvider<RunRow>, Disposable {
  private readonly emitter = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.emitter.event;
  private readonly roots: Roots;
  private readonly subscriptions: Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(roots: Roots) {
    this.roots = roots;
    const redraw = () => this.redrawSoon();
    this.subscriptions = Disposable.from(
      roots.onDidChange(redraw),
      roots.watch(root =>
        Disposable.from(
          root.state.onDidChangeRuns(redraw),
          root.state.onDidChangeBackfills(redraw),
          // While something runs, its seconds pass.
          root.state.onDidChangeStates(() => {
            if (root.state.activeRuns().length > 0) redraw();
          }),
        ),
      ),
    );
  }

  getChildren(row?: RunRow): RunRow[] {
    if (row?.row === "step" || row?.row === "failure") return [];
    if (row?.row === "backfill") return childrenOf(row.root, row.backfill);
    if (row?.row === "run") {
      return row.run.steps.map(step => ({ row: "step", root: row.root, run: row.run, step }));
    }
    return this.roots
      .all()
      .flatMap((root): (RunRow & { readonly row: "run" | "backfill" })[] => [
        ...root.state
          .runs()
          .filter(run => !isOfKnownBackfill(root.state, run))
          .map(run => ({ row: "run" as const, root, run })),
        ...root.state.backfills().map(backfill => ({ row: "backfill" as const, root, backfill })),
      ])
      .sort((a, b) => createdAt(b).localeCompare(createdAt(a)));
  }

  getTreeItem(row: RunRow): TreeItem {
    if (row.row === "step") return stepItem(row);
    if (row.row === "backfill") return backfillItem(row.root, row.backfill);
    if (row.row === "failure") return failureItem(row);
    const ofSeveral = this.roots.all().filter(it => it.state.runs().length > 0).length > 1;
    return runItem(row.root, row.run, ofSeveral);
  }

  dispose() {
    clearTimeout(this.timer);
    this.subscriptions.dispose();
    this.emitter.dispose();
  }

  private redrawSoon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.emitter.fire(undefined);
    }, redrawMs);
  }
}

function createdAt(row: RunRow & { readonly row: "run" | "backfill" }): string {
  return row.row === "run" ? row.run.createdAt : row.backfill.createdAt;
}

/** What failed comes first, then the runs that are known, newest first. */
function childrenOf(root: Root, backfill: BackfillSummary): RunRow[] {
  return [
    ...backfill.failures.map(failure => ({ row: "failure" as const, root, backfill, failure })),
    ...root.state
      .runs()
      .filter(it => it.backfillId === backfill.id)
      .map(run => ({ row: "run" as const, root, run })),
  ];
}

function runItem(root: Root, run: RunSummary, namesRoot: boolean): TreeItem {
  const open = !isEnded(run.status) || run.status === "failed";
  const item = new TreeItem(
    run.selection,
    open ? TreeItemCollapsibleState.Expanded : TreeItemCollapsibleState.Collapsed,
  );
  // The state belongs to the identity: a run that ends folds up, unless it failed.
  item.id = `${root.path}\n${run.id}\n${open}`;
  item.iconPath = statusIcon(run.status);
  const words = wordsOfRun(run, Date.now());
  item.description = namesRoot ? `${words} · ${root.name}` : words;
  item.contextValue = isEnded(run.status)
    ? run.status === "succeeded"
      ? "run"
      : "run.left"
    : run.status === "canceling"
      ? "run.ending"
      : "run.active";
  item.tooltip = new MarkdownString()
    .appendMarkdown("**")
    .appendText(run.selection)
    .appendMarkdown("**\n\n")
    .appendText(run.error?.message ?? words)
    .appendMarkdown("\n\n")
    .appendText(l10n.t("Requested by {0}, {1}", run.requestedBy, absoluteTime(run.createdAt)))
    .appendMarkdown("\n\n")
    .appendText(l10n.t("Environment {0}, run {1}", run.environment, run.id));
  item.accessibilityInformation = { label: l10n.t("Run {0}, {1}", run.selection, spoken(run.status, words)) };
  const row: RunRow = { row: "run", root, run };
  item.command = { command: "millrace.showRun", title: l10n.t("Show run"), arguments: [row] };
  return item;
}

function stepItem(row: StepRow): TreeItem {
  const { root, run, step } = row;
  const item = new TreeItem(step.assets.map(keyName).join(", "));
  item.id = `${root.path}\n${run.id}\n${step.id}`;
  item.iconPath = statusIcon(step.status);
  const words = wordsOfStep(step, Date.now());
  item.description = words;
  item.contextValue = `step.${step.status}`;
  item.tooltip = new MarkdownString().appendText(`${step.assets.join(", ")}: ${words}`);
  const label = l10n.t("Step {0}, {1}", step.assets.join(", "), spoken(step.status, words));
  item.accessibilityInformation = { label };
  item.command = { command: "millrace.openSource", title: l10n.t("Open source"), arguments: [row] };
  return item;
}

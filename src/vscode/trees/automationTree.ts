import {
  Disposable,
  EventEmitter,
  l10n,
  type TreeDataProvider,
  type TreeItem,
  window,
  workspace,
} from "vscode";
import type { AutomationKind, AutomationName } from "../../model/automationNode.ts";
import { automationsInText } from "../automationsInText.ts";
import type { Daemons } from "../daemons.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import {
  automationItem,
  daemonItem,
  daemonWords,
  freshnessItem,
  kindItem,
  rootItem,
} from "./automationItems.ts";
import type { AutomationRow } from "./automationRow.ts";
import { olderItem, tickItem, tickPartItem, tickParts } from "./tickItems.ts";

/**
 * The Automation view: the daemon, sensors, schedules, conditions and freshness, each with its ticks. Looking at it
 * starts the engine, which knows them; before that, and in Restricted Mode, it shows what the text says.
 */
export function registerAutomationTree(roots: Roots, daemons: Daemons): Disposable {
  const tree = new AutomationTree(roots, daemons);
  const view = window.createTreeView("millrace.automation", {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  const tell = () => {
    const [first] = roots.all().filter(hasAutomations);
    view.description = first && workspace.isTrusted ? daemonWords({ root: first }, daemons) : "";
    view.message = messageOf(roots);
  };
  const look = () => {
    tell();
    if (!view.visible || !workspace.isTrusted) return;
    for (const root of roots.all()) {
      // What the engine cannot tell, it says itself; the text stays.
      if (root.graph.hasAssets() || hasAutomations(root)) root.automations.look().catch(tell);
    }
  };
  return Disposable.from(
    tree,
    view,
    view.onDidChangeVisibility(look),
    workspace.onDidGrantWorkspaceTrust(look),
    daemons.onDidChange(tell),
    roots.watch(root =>
      Disposable.from(
        root.graph.onDidChange(look),
        root.state.onDidChangeEngine(tell),
        root.automations.onDidChange(tell),
        // "2 min ago" is said anew.
        root.state.onDidChangeStates(tell),
      ),
    ),
  );
}

const kinds: readonly AutomationKind[] = ["sensor", "schedule", "condition", "freshness"];

/** Ticks end by the hundred; so often they are drawn. */
const redrawMs = 150;

class AutomationTree implements TreeDataProvider<AutomationRow>, Disposable {
  private readonly emitter = new EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.emitter.event;
  private readonly roots: Roots;
  private readonly daemons: Daemons;
  private readonly subscriptions: Disposable;
  private timer: NodeJS.Timeout | undefined;

  constructor(roots: Roots, daemons: Daemons) {
    this.roots = roots;
    this.daemons = daemons;
    const redraw = () => this.redrawSoon();
    this.subscriptions = Disposable.from(
      roots.onDidChange(redraw),
      daemons.onDidChange(redraw),
      workspace.onDidGrantWorkspaceTrust(redraw),
      roots.watch(root =>
        Disposable.from(
          root.graph.onDidChange(redraw),
          root.automations.onDidChange(redraw),
          // An asset is no longer fresh, a run that a tick requested ends, and "2 min ago" is said anew.
          root.state.onDidChangeStates(redraw),
        ),
      ),
    );
  }

  async getChildren(row?: AutomationRow): Promise<AutomationRow[]> {
    switch (row?.row) {
      case undefined: {
        await Promise.all(this.roots.all().map(root => root.graph.start()));
        const filled = this.roots.all().filter(hasAutomations);
        const [only] = filled;
        if (filled.length === 1 && only) return rowsOf(only);
        return filled.map(root => ({ row: "automations", root }));
      }
      case "automations":
        return rowsOf(row.root);
      case "kind":
        return rowsOfKind(row.root, row.kind);
      case "automation":
        return ticksOf(row.root, row.automation);
      case "freshness":
        return ticksOf(row.root, { kind: "freshness", name: row.key });
      case "tick":
        return tickParts(row.tick).map(part => ({ ...row, row: "tickPart", part }));
      default:
        return [];
    }
  }

  getTreeItem(row: AutomationRow): TreeItem {
    switch (row.row) {
      case "automations":
        return rootItem(row);
      case "daemon":
        return daemonItem(row, this.daemons);
      case "kind":
        return kindItem(row, rowsOfKind(row.root, row.kind).length);
      case "automation":
        return automationItem(row);
      case "freshness":
        return freshnessItem(row);
      case "tick":
        return tickItem(row);
      case "tickPart":
        return tickPartItem(row);
      case "olderTicks":
        return olderItem(row);
    }
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

function hasAutomations(root: Root): boolean {
  return kinds.some(kind => rowsOfKind(root, kind).length > 0);
}

/** Nothing, where nothing evaluates by itself. */
function rowsOf(root: Root): AutomationRow[] {
  const filled = kinds.filter(kind => rowsOfKind(root, kind).length > 0);
  const daemon: AutomationRow[] = workspace.isTrusted && filled.length > 0 ? [{ row: "daemon", root }] : [];
  return [...daemon, ...filled.map((kind): AutomationRow => ({ row: "kind", root, kind }))];
}

function rowsOfKind(root: Root, kind: AutomationKind): AutomationRow[] {
  if (kind === "freshness") {
    const bound = root.graph.graph().assets.filter(it => it.freshness);
    const keys = bound.map(it => it.key).sort();
    return keys.map(key => ({ row: "freshness", root, key }));
  }
  const all = root.automations.all() ?? automationsInText(root.graph);
  return all.filter(it => it.kind === kind).map(automation => ({ row: "automation", root, automation }));
}

async function ticksOf(root: Root, { kind, name }: AutomationName): Promise<AutomationRow[]> {
  const automation = { kind, name };
  // Why an engine cannot be asked stands above the tree.
  const { ticks, isWhole } = await root.automations.history(automation).catch(() => noTicks);
  const rows = ticks.map((tick): AutomationRow => ({ row: "tick", root, automation, tick }));
  return isWhole ? rows : [...rows, { row: "olderTicks", root, automation }];
}

const noTicks = { ticks: [], isWhole: true };

function messageOf(roots: Roots): string | undefined {
  if (!workspace.isTrusted) {
    return roots.all().some(hasAutomations)
      ? l10n.t("In Restricted Mode this is read from the text of files, and nothing is evaluated.")
      : undefined;
  }
  const [trouble] = roots.all().flatMap(it => it.state.engineTrouble() ?? []);
  if (trouble) return trouble;
  const isStarting = roots.all().some(it => it.state.engine() === "starting");
  return isStarting ? l10n.t("The engine is starting…") : undefined;
}

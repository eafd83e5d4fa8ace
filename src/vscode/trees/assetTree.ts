import {
  Disposable,
  EventEmitter,
  l10n,
  ThemeIcon,
  type TreeDataProvider,
  TreeItem,
  TreeItemCollapsibleState,
  window,
} from "vscode";
import { assetChecks } from "../../model/assetChecks.ts";
import { type AssetNode, isExternal, isRefreshable } from "../../model/assetGraph.ts";
import { type AssetKey, keyName, keyPrefix } from "../../model/assetKey.ts";
import type { AssetState, AssetStateName } from "../../model/assetState.ts";
import { wordsOfAsset, wordsOfLateness } from "../../model/assetWords.ts";
import { remarksInWords } from "../../model/checkWords.ts";
import { shownState, stateMarks, worstState } from "../../model/stateWords.ts";
import type { ChosenAsset } from "../chosenAsset.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import { assetIcon, stateIcon } from "./assetIcons.ts";
import { assetTooltip } from "./assetTooltip.ts";
import { appendColumns, columnsOf } from "./columnsTooltip.ts";
import { wordsOfUnread } from "./dbtWords.ts";

/** A row of the Assets view. */
export type AssetRow =
  | { readonly row: "root"; readonly root: Root }
  /** What dbt has not read yet. */
  | { readonly row: "dbt"; readonly root: Root }
  | { readonly row: "group"; readonly root: Root; readonly group: string }
  | { readonly row: "asset"; readonly root: Root; readonly key: AssetKey };

/** The Assets view: roots (when there are several), groups, assets. */
export function registerAssetTree(roots: Roots, chosen: ChosenAsset): Disposable {
  const tree = new AssetTree(roots);
  const view = window.createTreeView("millrace.assets", {
    treeDataProvider: tree,
    showCollapseAll: true,
  });
  const choosing = view.onDidChangeSelection(({ selection: [row] }) => {
    if (row?.row === "asset") chosen.choose(row.root, row.key);
  });
  return Disposable.from(tree, view, choosing);
}

class AssetTree implements TreeDataProvider<AssetRow>, Disposable {
  private readonly emitter = new EventEmitter<AssetRow[] | undefined>();
  readonly onDidChangeTreeData = this.emitter.event;
  private readonly roots: Roots;
  private readonly subscriptions: Disposable;
  /** The same row object for the same thing, so that one row can be drawn anew without its neighbours. */
  private readonly rows = new Map<string, AssetRow>();

  constructor(roots: Roots) {
    this.roots = roots;
    this.subscriptions = Disposable.from(
      roots.onDidChange(() => this.emitter.fire(undefined)),
      roots.watch(root =>
        Disposable.from(
          root.graph.onDidChange(() => this.emitter.fire(undefined)),
          root.state.onDidChangeStates(states => {
            if (states) this.redraw(root, states);
            else this.emitter.fire(undefined);
          }),
        ),
      ),
    );
  }

  async getChildren(row?: AssetRow): Promise<AssetRow[]> {
    if (row?.row === "asset" || row?.row === "dbt") return [];
    if (row?.row === "group") {
      return assetsOf(row.root)
        .filter(it => it.group === row.group)
        .map(({ key }) => this.remember({ row: "asset", root: row.root, key }));
    }
    if (row?.row === "root") return this.groupRows(row.root);
    await Promise.all(this.roots.all().map(root => root.graph.start()));
    const filled = this.roots.all().filter(root => root.graph.graph().assets.length > 0);
    const [only] = filled;
    if (filled.length === 1 && only) return this.groupRows(only);
    return filled.sort((a, b) => byName(a.path, b.path)).map(root => this.remember({ row: "root", root }));
  }

  getParent(row: AssetRow): AssetRow | undefined {
    if (row.row === "asset") {
      const group = row.root.graph.asset(row.key)?.group;
      return group === undefined ? undefined : this.remember({ row: "group", root: row.root, group });
    }
    return undefined;
  }

  getTreeItem(row: AssetRow): TreeItem {
    if (row.row === "root") return rootItem(row.root);
    if (row.row === "dbt") return dbtItem(row.root);
    if (row.row === "group") return groupItem(row.root, row.group);
    const asset = row.root.graph.asset(row.key);
    return asset ? assetItem(row.root, asset) : new TreeItem(row.key);
  }

  /** Called when a row is looked at: only then are columns asked for. */
  async resolveTreeItem(item: TreeItem, row: AssetRow): Promise<TreeItem> {
    if (row.row !== "asset") return item;
    const asset = row.root.graph.asset(row.key);
    if (asset === undefined) return item;
    const text = assetTooltip(row.root, asset, row.root.state.stateOf(row.key));
    appendColumns(text, await columnsOf(row.root, asset));
    item.tooltip = text;
    return item;
  }

  dispose() {
    this.subscriptions.dispose();
    this.emitter.dispose();
  }

  /** A single group that nobody named says nothing, so its assets stand at the top. */
  private groupRows(root: Root): AssetRow[] {
    const state = root.graph.dbt();
    const unread: AssetRow[] =
      state !== null && wordsOfUnread(state) !== null ? [this.remember({ row: "dbt", root })] : [];
    const groups = [...new Set(assetsOf(root).map(it => it.group))];
    if (groups.length === 1 && groups[0] === "default") {
      return [...unread, ...assetsOf(root).map(({ key }) => this.remember({ row: "asset", root, key }))];
    }
    return [...unread, ...groups.sort(byName).map(group => this.remember({ row: "group", root, group }))];
  }

  private redraw(root: Root, states: readonly AssetState[]) {
    const touched = states.flatMap(({ asset: key }) => {
      const group = root.graph.asset(key)?.group;
      return [rowId({ row: "asset", root, key }), ...(group ? [rowId({ row: "group", root, group })] : [])];
    });
    const rows = [...new Set(touched)].flatMap(id => this.rows.get(id) ?? []);
    if (rows.length > 0) this.emitter.fire(rows);
  }

  private remember(row: AssetRow): AssetRow {
    const id = rowId(row);
    const known = this.rows.get(id);
    if (known?.root === row.root) return known;
    this.rows.set(id, row);
    return row;
  }
}

function rowId(row: AssetRow): string {
  const what = row.row === "asset" ? row.key : row.row === "group" ? row.group : "";
  return `${row.root.path}\n${row.row}\n${what}`;
}

function rootItem(root: Root): TreeItem {
  const item = new TreeItem(root.name, TreeItemCollapsibleState.Expanded);
  item.id = rowId({ row: "root", root });
  item.contextValue = "root";
  item.iconPath = new ThemeIcon("root-folder");
  item.tooltip = root.path;
  return item;
}

/** A click lets dbt read its project. */
function dbtItem(root: Root): TreeItem {
  const state = root.graph.dbt();
  const item = new TreeItem((state && wordsOfUnread(state)) ?? "dbt");
  item.id = rowId({ row: "dbt", root });
  item.contextValue = "dbt";
  item.iconPath = new ThemeIcon("sync");
  item.description = l10n.t("parse");
  // Else a screen reader reads the tooltip.
  item.accessibilityInformation = { label: `${item.label}, ${item.description}` };
  item.tooltip = state?.changes.map(it => `${it.file} (${it.what})`).join("\n") || state?.folder;
  item.command = {
    command: "millrace.parseDbt",
    title: l10n.t("Parse dbt project"),
    arguments: [{ row: "dbt", root }],
  };
  return item;
}

function groupItem(root: Root, group: string): TreeItem {
  const states = assetsOf(root)
    .filter(it => it.group === group && !isExternal(it))
    .map(({ key }) => root.state.stateOf(key));
  const known = states.flatMap(state => (state ? [shownState(state)] : []));
  const item = new TreeItem(group, TreeItemCollapsibleState.Expanded);
  item.id = rowId({ row: "group", root, group });
  item.contextValue = "group";
  // What lies outside is not counted, for nobody makes it here.
  if (states.length > 0) item.description = wordsOfGroup(known, states.length);
  item.accessibilityInformation = {
    label: item.description ? l10n.t("Group {0}, {1}", group, item.description) : l10n.t("Group {0}", group),
  };
  const worst = worstState(known);
  const isRunning = known.includes("running");
  item.iconPath =
    worst === "failed" || worst === "unknown"
      ? stateIcon(worst)
      : isRunning
        ? stateIcon("running")
        : new ThemeIcon("folder");
  return item;
}

/** "5 assets · 1 failed · 2 stale": what wants attention, not what is well. */
function wordsOfGroup(states: readonly AssetStateName[], total: number): string {
  const counted = (["failed", "unknown", "running", "queued", "stale"] as const).flatMap(name => {
    const count = states.filter(it => it === name).length;
    return count === 0 ? [] : [`${count} ${stateMarks[name].words}`];
  });
  return [total === 1 ? l10n.t("1 asset") : l10n.t("{0} assets", total), ...counted].join(" · ");
}

function assetItem(root: Root, asset: AssetNode): TreeItem {
  const state = isExternal(asset) ? undefined : root.state.stateOf(asset.key);
  const now = Date.now();
  const known = root.state.stateOf(asset.key);
  const words = [
    state ? wordsOfAsset(state, now) : isExternal(asset) ? asset.kind : null,
    known && wordsOfLateness(known, now),
    known && remarksInWords(known),
  ]
    .filter(Boolean)
    .join(" · ");
  const prefix = keyPrefix(asset.key);
  const item = new TreeItem(keyName(asset.key));
  item.id = rowId({ row: "asset", root, key: asset.key });
  item.description = words;
  item.iconPath = assetIcon(asset.kind, state);
  item.contextValue = [
    "asset",
    ...(isExternal(asset) ? [] : ["runnable"]),
    ...(asset.partitions !== null && !isExternal(asset) ? ["partitioned"] : []),
    ...(asset.automation ? ["automated"] : []),
    ...(asset.dbt?.resource === "model" || asset.dbt?.resource === "snapshot" ? ["sql"] : []),
    ...(isRefreshable(asset) ? ["refreshable"] : []),
    ...(asset.measuredSources ? ["measured"] : []),
    ...(asset.kind === "exposure" || asset.kind === "typescript" ? [asset.kind] : []),
    ...(assetChecks(asset).length > 0 ? ["checked"] : []),
    ...(state?.runId ? ["ran"] : []),
  ].join(".");
  item.command = {
    command: "millrace.openSource",
    title: l10n.t("Open source"),
    arguments: [{ row: "asset", root, key: asset.key } satisfies AssetRow],
  };
  item.accessibilityInformation = {
    label: [keyName(asset.key), prefix && l10n.t("in {0}", prefix), asset.kind, words]
      .filter(Boolean)
      .join(", "),
  };
  return item;
}

function assetsOf(root: Root): AssetNode[] {
  return [...root.graph.graph().assets].sort((a, b) => byName(a.key, b.key));
}

function byName(a: string, b: string): number {
  return a.localeCompare(b, undefined, { numeric: true });
}

import { commands, Disposable, type Event, l10n, type Uri, type Webview, window, workspace } from "vscode";
import type { AssetNode } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import { connect } from "../../protocol/channel.ts";
import type { FailingTest, RowsHost, RowsSubject, RowsView } from "../../protocol/rows.ts";
import type { CommandId } from "../commands/commandIds.ts";
import type { Documents } from "../documents.ts";
import type { Root } from "../root.ts";
import type { Roots } from "../roots.ts";
import type { AssetRow } from "../trees/assetTree.ts";
import { showPicture, tell, webviewPort } from "./panel.ts";
import { registerSinglePanel } from "./singlePanel.ts";

const panelType = "millrace.rows";
const shownRows = 100;

/** The first rows of an asset as they are stored: one panel among the editors. */
export interface Rows extends Disposable {
  open(root: Root, asset: AssetKey): void;
  /** The rows for which a test of dbt does not hold, and its SQL as a document beside them. */
  openFailing(root: Root, asset: AssetKey, test: FailingTest): void;
}

export function registerRows(extensionUri: Uri, roots: Roots, documents: Documents): Rows {
  const panel = registerSinglePanel(panelType, l10n.t("Rows"), extensionUri, view =>
    drawRows(view.webview, view.onDidDispose, extensionUri, roots, documents),
  );
  return {
    open: (root, asset) => panel.open().show(root, asset),
    openFailing: (root, asset, test) => panel.open(true).show(root, asset, test),
    dispose: () => panel.dispose(),
  };
}

interface Picture {
  show(root: Root, asset: AssetKey, test?: FailingTest): void;
}

interface Target {
  readonly root: Root;
  readonly asset: AssetKey;
  /** Null: the rows of the asset itself. */
  readonly test: FailingTest | null;
}

function drawRows(
  webview: Webview,
  onDidDispose: Event<void>,
  extensionUri: Uri,
  roots: Roots,
  documents: Documents,
): Picture {
  let target: Target | null = null;
  /** The SQL of a test is opened when it is first known, and not again by reading again. */
  let isSqlWanted = false;
  let partition: string | null = null;
  let ready = false;
  let asked = 0;
  /** What is remembered of a root that has not been found yet. */
  let missed: RowsSubject | null = null;
  const host: RowsHost = {
    async ready(remembered) {
      ready = true;
      if (target === null && remembered !== null) await recall(remembered);
      void read();
    },
    refresh: () => void read(),
    openSource: () => run("millrace.openSource"),
    choosePartition: () => void choosePartition(),
    takeAction: () => run("millrace.materialize"),
  };
  const view = connect<RowsHost, RowsView>(webviewPort(webview, onDidDispose), host);
  const subscriptions = Disposable.from(
    workspace.onDidGrantWorkspaceTrust(() => void read()),
    roots.onDidChange(() => missed && void recall(missed).then(read)),
    // What is made anew is shown anew.
    roots.watch(root =>
      root.state.onDidChangeStates(states => {
        const state = target?.root === root ? states?.find(it => it.asset === target?.asset) : undefined;
        if (state?.state === "materialized") void read();
      }),
    ),
  );
  onDidDispose(() => subscriptions.dispose());
  showPicture(webview, extensionUri, "rows", l10n.t("Rows"));
  return {
    show(root, asset, test = undefined) {
      if (target?.root !== root || target.asset !== asset || test) partition = null;
      target = { root, asset, test: test ?? null };
      missed = null;
      isSqlWanted = test !== undefined;
      void read();
    },
  };

  async function read() {
    if (!ready) return;
    const number = ++asked;
    if (target === null) {
      return tell(view.showEmpty(l10n.t("Choose an asset: its context menu has Preview rows."), null));
    }
    if (!workspace.isTrusted) {
      return tell(view.showEmpty(l10n.t("No engine is asked in Restricted Mode."), null));
    }
    const { root, asset, test } = target;
    tell(
      view.wait(l10n.t("Reading {0} …", test?.name ?? asset), { root: root.path, asset, partition, test }),
    );
    try {
      if (test !== null) return await readFailing(root, asset, test, number);
      const found = await root.engine.ask(it => it.previewRows({ asset, partition, limit: shownRows }));
      const node = root.graph.asset(asset);
      if (number !== asked) return;
      tell(
        view.show({ ...found, subtitle: node ? wordsOf(node) : "", hasPartitions: node?.partitions != null }),
      );
    } catch (error) {
      if (number !== asked) return;
      const { message } = error as Error;
      const isMissing = /does not exist/.test(message);
      const node = root.graph.asset(asset);
      const runs = node?.kind === "typescript" || node?.kind === "dbt";
      tell(view.showEmpty(message, isMissing && runs ? l10n.t("Materialize") : null));
    }
  }

  /** Only what still exists, and what was asked for meanwhile comes first. */
  async function recall(remembered: RowsSubject) {
    const root = roots.all().find(it => it.path === remembered.root);
    missed = root ? null : remembered;
    await root?.graph.start();
    const asset = root?.graph.asset(remembered.asset)?.key;
    if (!root || !asset || target !== null) return;
    target = { root, asset, test: remembered.test };
    partition = remembered.partition;
  }

  async function readFailing(root: Root, asset: AssetKey, { name, uniqueId }: FailingTest, number: number) {
    const { sql, ...found } = await root.engine.ask(it => it.failingRows(uniqueId, shownRows));
    if (number !== asked) return;
    if (isSqlWanted && sql !== "") await documents.openCompiledSql(root, name, sql);
    isSqlWanted = false;
    if (found.rows.length === 0)
      return tell(view.showEmpty(l10n.t("{0} holds: it finds no row.", name), null));
    const subtitle = l10n.t("what {0} finds", name);
    tell(view.show({ ...found, asset, partition: null, subtitle, hasPartitions: false }));
  }

  async function choosePartition() {
    const written = await window.showInputBox({
      title: l10n.t("Preview rows"),
      prompt: l10n.t("A partition key; nothing for all of them"),
      value: partition ?? "",
    });
    if (written === undefined) return;
    partition = written.trim() === "" ? null : written.trim();
    await read();
  }

  function run(command: CommandId) {
    if (target === null) return;
    const row: AssetRow = { row: "asset", root: target.root, key: target.asset };
    void commands.executeCommand(command, row);
  }
}

/** "dbt model, table, analytics.orders", "typescript, in the group weather". */
function wordsOf({ kind, dbt, group, description }: AssetNode): string {
  const place = dbt?.relation ? `${dbt.relation.schema}.${dbt.relation.table}` : null;
  const what = dbt
    ? [`dbt ${dbt.resource}`, dbt.materialized, place]
    : [kind, group === "default" ? null : group];
  return [what.filter(Boolean).join(", "), description?.split("\n")[0]].filter(Boolean).join(" · ");
}

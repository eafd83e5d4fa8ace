import { Disposable, l10n, workspace } from "vscode";
import { assetChecks } from "../../model/assetChecks.ts";
import type { CheckResult, KnownOfAsset } from "../../model/assetDetails.ts";
import type { AssetColumn, AssetFacts } from "../../model/assetFacts.ts";
import type { AssetNode } from "../../model/assetGraph.ts";
import type { AssetKey } from "../../model/assetKey.ts";
import type { AssetState } from "../../model/assetState.ts";
import type { CompiledSql } from "../../protocol/details.ts";
import type { Root } from "../root.ts";
import type { ChecksRun, TestExplorer } from "../testExplorer.ts";

/** The asset that a page is about. */
export interface Subject {
  readonly root: Root;
  readonly asset: AssetKey;
}

/** What can be found out about one asset while it is looked at: by the engine when one runs, else from files. */
export interface AssetKnowledge extends Disposable {
  known(): KnownOfAsset;
  standing(): { readonly isAsking: boolean; readonly notice: string | null };
  /** Asks the engine again. */
  ask(): Promise<void>;
  tellSql(): void;
  sqlText(): string | null;
  /** Lets dbt compile the model. */
  compile(): Promise<void>;
}

/** Who wants to hear of it. */
export interface KnowledgeListener {
  changed(): void;
  sql(sql: CompiledSql | null): void;
  running(checks: ReadonlySet<string>): void;
}

/** What runs is asked about when it has ended, and once for several that end together. */
const gatherMs = 250;

export function gatherKnowledge(
  { root, asset }: Subject,
  testExplorer: TestExplorer,
  listener: KnowledgeListener,
): AssetKnowledge {
  let facts: AssetFacts | null = null;
  let columns: readonly AssetColumn[] = [];
  let sql: CompiledSql | null = null;
  let asked = 0;
  let isAsking = false;
  let trouble: string | null = null;
  let isOver = false;
  let timer: NodeJS.Timeout | undefined;
  let stood = standOf(root.state.stateOf(asset));
  const results = new Map<string, CheckResult>();
  const running = new Set<string>();
  const subscriptions = Disposable.from(
    root.graph.onDidChange(() => void readFiles()),
    root.state.onDidChangeStates(() => {
      const stands = standOf(root.state.stateOf(asset));
      if (stands === stood) return;
      stood = stands;
      askSoon();
    }),
    root.state.onDidChangeDefinitions(askSoon),
    root.state.onDidChangeEngine(() => {
      if (facts === null) askSoon();
      listener.changed();
    }),
    testExplorer.onDidRun(checksRan),
    workspace.onDidSaveTextDocument(({ uri }) => {
      const file = nodeOf()?.file;
      if (sql?.text == null || !file || uri.toString() !== root.uri(file).toString()) return;
      sql = { ...sql, isOutdated: true };
      listener.sql(sql);
    }),
  );
  const nodeOf = (): AssetNode | undefined => root.graph.asset(asset);
  void readFiles();
  void ask();

  return {
    known: () => ({
      loaded: root.state.definitions()?.assets.find(it => it.key === asset) ?? null,
      stateOf: key => root.state.stateOf(key),
      ...{ facts, columns, results },
    }),
    standing: () => ({ isAsking, notice: noticeOf() }),
    ask,
    tellSql() {
      listener.sql(sql);
      listener.running(running);
    },
    sqlText: () => sql?.text ?? null,
    compile,
    dispose() {
      isOver = true;
      clearTimeout(timer);
      subscriptions.dispose();
    },
  };

  function askSoon() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      void ask();
      // What ran has compiled SQL beside it.
      void readFiles();
    }, gatherMs);
  }

  /** The newest answer is the one that counts; the one before it stays until then. */
  async function ask() {
    const node = nodeOf();
    const isRunning = root.engine.status() === "running";
    if (isOver || !workspace.isTrusted || !isRunning || node === undefined || node.kind === "exposure")
      return;
    asked += 1;
    const own = asked;
    isAsking = true;
    listener.changed();
    try {
      const found = await root.engine.ask(host => host.assetFacts(asset));
      if (own !== asked) return;
      facts = found;
      trouble = null;
    } catch (error) {
      if (own !== asked) return;
      trouble = (error as Error).message;
    }
    isAsking = false;
    if (!isOver) listener.changed();
  }

  /** What dbt has left in its files is there without an engine. */
  async function readFiles() {
    const node = nodeOf();
    if (node === undefined) return;
    const id = node.dbt ? node.uniqueId : node.feeds?.[0];
    const isModel = node.dbt?.resource === "model" || node.dbt?.resource === "snapshot";
    const [described, compiled] = await Promise.all([
      id === undefined ? [] : root.graph.dbtColumns(id),
      isModel ? root.graph.compiledSql(node) : null,
    ]);
    if (isOver) return;
    columns = described;
    listener.changed();
    if (!isModel) return;
    const isNewer = compiled !== null && compiled.compiledAt > (sql?.compiledAt ?? "");
    if (sql === null || isNewer) sql = { ...notCompiled, ...compiled };
    listener.sql(sql);
  }

  async function compile() {
    const uniqueId = nodeOf()?.uniqueId;
    if (sql === null || sql.isCompiling || uniqueId === undefined || !workspace.isTrusted) return;
    sql = { ...sql, isCompiling: true, error: null };
    listener.sql(sql);
    try {
      const text = (await root.engine.ask(host => host.compiledSql(uniqueId))).trim();
      sql = { ...notCompiled, text, compiledAt: new Date().toISOString() };
    } catch (error) {
      sql = { ...sql, isCompiling: false, error: (error as Error).message };
    }
    if (!isOver) listener.sql(sql);
  }

  function checksRan({ root: where, checks, reports }: ChecksRun) {
    const node = nodeOf();
    if (where !== root || node === undefined) return;
    const own = new Set(assetChecks(node).map(it => it.uniqueId ?? it.name));
    for (const check of checks) {
      const id = check.uniqueId ?? check.name;
      if (check.asset !== asset || !own.has(id)) continue;
      if (reports === null) running.add(id);
      else running.delete(id);
    }
    const at = new Date().toISOString();
    for (const report of reports ?? []) {
      if (report.asset !== asset) continue;
      const { status, failedRows, message } = report;
      const result = { status, failedRows, message, at, failedPartitions: 0, runId: null };
      results.set(report.uniqueId ?? report.name, result);
    }
    listener.running(running);
    listener.changed();
  }

  function noticeOf(): string | null {
    if (!workspace.isTrusted)
      return l10n.t("In Restricted Mode no process is started: this is what the files say.");
    if (trouble !== null) return trouble;
    const engine = root.state.engineTrouble();
    return engine === null ? null : l10n.t("The engine cannot be asked: {0}", engine);
  }
}

const notCompiled: CompiledSql = {
  ...{ text: null, compiledAt: null, isOutdated: false, isCompiling: false, error: null },
};

/** What changes when something was made of it, or is no longer. */
function standOf(state: AssetState | undefined): string {
  const isGoingOn = state?.state === "running" || state?.state === "queued";
  return isGoingOn ? "going on" : JSON.stringify({ ...state, since: null, freshness: null });
}

import {
  commands,
  Disposable,
  type Event,
  EventEmitter,
  Location,
  type LogOutputChannel,
  l10n,
  Range,
  type TestController,
  type TestItem,
  type TestItemCollection,
  TestMessage,
  type TestRun,
  TestRunProfileKind,
  TestRunRequest,
  tests,
  Uri,
  window,
  workspace,
} from "vscode";
import { assetChecks, type CheckRequest, dbtTestsOf } from "../model/assetChecks.ts";
import type { AssetNode } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import { formatCount } from "../model/format.ts";
import type { CheckReport } from "../protocol/stored.ts";
import { placesOfChecks } from "./checkPlaces.ts";
import { saveUnsaved } from "./commands/materialize.ts";
import { debugWorker } from "./debugWorker.ts";
import type { Rows } from "./panels/rows.ts";
import type { Root } from "./root.ts";
import type { Roots } from "./roots.ts";

/** Checks and dbt's tests in the editor's Testing view. */
export interface TestExplorer extends Disposable {
  /** Runs what tests an asset, or one check of it, on what is stored; the Testing view tells how it ended. */
  run(root: Root, asset: AssetKey, options?: RunChecksOptions): Promise<void>;
  /** Checks were begun, or came to an end, whoever asked for them. */
  readonly onDidRun: Event<ChecksRun>;
}

export interface RunChecksOptions {
  /** dbt's id of a test, or the name of any other check; else all of them. */
  readonly check?: string;
  /** Failures are shown where it was asked, so that no message need tell of them. */
  readonly isShown?: boolean;
}

/** Some checks of one root that are run by themselves. */
export interface ChecksRun {
  readonly root: Root;
  readonly checks: readonly CheckRequest[];
  /** Null: they have just begun. Empty: nobody could run them. */
  readonly reports: readonly CheckReport[] | null;
}

interface Place {
  readonly root: Root;
  readonly asset: AssetKey;
  /** Null for the asset, which holds its checks. */
  readonly check: CheckRequest | null;
}

export function registerTestExplorer(
  roots: Roots,
  log: LogOutputChannel,
  rows: Pick<Rows, "openFailing">,
): TestExplorer {
  const controller = tests.createTestController("millrace", "Millrace");
  const places = new WeakMap<TestItem, Place>();
  const ran = new EventEmitter<ChecksRun>();
  controller.resolveHandler = async item => {
    if (item !== undefined) return locate(item);
    await Promise.all(roots.all().map(root => root.graph.start()));
    draw();
  };
  controller.refreshHandler = () => Promise.all(roots.all().map(root => root.graph.rescan())).then(draw);
  const profile = controller.createRunProfile(
    l10n.t("Run"),
    TestRunProfileKind.Run,
    async request => void (await runAll(request)),
    true,
  );
  // What runs in the database has no breakpoint: of dbt's tests there is their SQL, and what it finds, to be looked at.
  const debugProfile = controller.createRunProfile(
    l10n.t("Debug (a test of dbt opens its SQL with the failing rows)"),
    TestRunProfileKind.Debug,
    debugAll,
  );
  const registrations = Disposable.from(
    controller,
    ran,
    profile,
    debugProfile,
    roots.onDidChange(draw),
    roots.watch(root => root.graph.onDidChange(draw)),
    // Marks in the margin of a file are there as soon as it is looked at.
    window.onDidChangeActiveTextEditor(editor => void locateIn(editor?.document.uri)),
  );
  return {
    onDidRun: ran.event,
    async run(root, asset, { check, isShown = false } = {}) {
      await root.graph.start();
      draw();
      const ofAsset = itemOf(root, asset);
      const item = check === undefined ? ofAsset : ofAsset?.children.get(`${ofAsset.id}\n${check}`);
      if (item === undefined) {
        void window.showInformationMessage(l10n.t("{0} has no checks.", asset));
        return;
      }
      const failed = await runAll(new TestRunRequest([item], undefined, profile));
      if (failed.length > 0 && !isShown) await tellFailures(asset, failed);
    },
    dispose: () => registrations.dispose(),
  };

  function draw() {
    const filled = roots
      .all()
      .filter(root => root.graph.graph().assets.some(it => assetChecks(it).length > 0));
    controller.items.replace(
      filled.length === 1 && filled[0]
        ? assetItems(filled[0])
        : filled.map(root => {
            const item = controller.createTestItem(root.path, root.name, Uri.file(root.path));
            item.children.replace(assetItems(root));
            return item;
          }),
    );
    void locateIn(window.activeTextEditor?.document.uri);
  }

  function assetItems(root: Root): TestItem[] {
    return root.graph
      .graph()
      .assets.filter(it => assetChecks(it).length > 0)
      .sort((a, b) => a.key.localeCompare(b.key))
      .map(asset => assetItem(root, asset));
  }

  function assetItem(root: Root, asset: AssetNode): TestItem {
    const uri = asset.file === null ? undefined : root.uri(asset.file);
    const item = controller.createTestItem(`${root.path}\n${asset.key}`, asset.key, uri);
    places.set(item, { root, asset: asset.key, check: null });
    const files = new Map(dbtTestsOf(asset).map(it => [it.uniqueId, it.file]));
    for (const check of assetChecks(asset)) {
      const file = check.uniqueId === null ? asset.file : (files.get(check.uniqueId) ?? null);
      const id = `${item.id}\n${check.uniqueId ?? check.name}`;
      const child = controller.createTestItem(id, check.name, file === null ? undefined : root.uri(file));
      places.set(child, { root, asset: asset.key, check });
      item.children.add(child);
    }
    return item;
  }

  /** Lines are looked up where somebody looks. */
  async function locate(item: TestItem) {
    const place = places.get(item);
    const asset = place?.root.graph.asset(place.asset);
    if (place === undefined || asset === undefined || place.check !== null) return;
    const lines = await placesOfChecks(place.root, asset);
    const own = (asset.line ?? 1) - 1;
    if (asset.file !== null) item.range = new Range(own, 0, own, 0);
    for (const child of itemsOf(item.children)) {
      const check = places.get(child)?.check;
      const line = check && lines.get(check.uniqueId ?? check.name);
      if (line != null) child.range = new Range(line, 0, line, 0);
    }
  }

  async function locateIn(uri: Uri | undefined) {
    if (uri === undefined) return;
    const wanted = uri.toString();
    await Promise.all(
      everyAsset(controller).map(async item => {
        const isIn = [item, ...itemsOf(item.children)].some(it => it.uri?.toString() === wanted);
        if (isIn) await locate(item);
      }),
    );
  }

  function itemOf(root: Root, asset: AssetKey): TestItem | undefined {
    return everyAsset(controller).find(it => it.id === `${root.path}\n${asset}`);
  }

  async function runAll(request: TestRunRequest): Promise<CheckReport[]> {
    const run = controller.createTestRun(request);
    const leaves = leavesOf(request.include ?? everyAsset(controller), new Set(request.exclude ?? []));
    const byRoot = new Map<Root, TestItem[]>();
    for (const item of leaves) {
      const place = places.get(item);
      if (place?.check) byRoot.set(place.root, [...(byRoot.get(place.root) ?? []), item]);
    }
    try {
      const failed = await Promise.all([...byRoot].map(([root, items]) => runIn(run, root, items)));
      return failed.flat();
    } finally {
      run.end();
    }
  }

  /** Checks in TypeScript run under the debugger; the one test of dbt, or the first that fails, is looked at. */
  async function debugAll(request: TestRunRequest): Promise<void> {
    const leaves = leavesOf(request.include ?? everyAsset(controller), new Set(request.exclude ?? []));
    const chosen = leaves.flatMap(it => places.get(it) ?? []);
    const root = chosen.find(it => it.check?.uniqueId === null)?.root;
    const run = () => runAll(request);
    try {
      const failed =
        root === undefined || !workspace.isTrusted
          ? await run()
          : await debugWorker(root, {
              name: l10n.t("Debug checks"),
              refusal: l10n.t("The debugger could not attach to the process that runs the checks."),
              log,
              work: run,
            });
      const ofData = chosen.filter(it => it.check?.uniqueId?.startsWith("test."));
      const ids = new Set(failed.map(it => it.uniqueId));
      const [looked] =
        ofData.length === 1 ? ofData : ofData.filter(it => ids.has(it.check?.uniqueId ?? null));
      const { uniqueId = null, name = "" } = looked?.check ?? {};
      if (looked && uniqueId !== null) rows.openFailing(looked.root, looked.asset, { name, uniqueId });
    } catch (error) {
      void window.showErrorMessage((error as Error).message);
    }
  }

  async function runIn(run: TestRun, root: Root, items: readonly TestItem[]): Promise<CheckReport[]> {
    if (!workspace.isTrusted) {
      const message = l10n.t(
        "In Restricted Mode Millrace starts no process. Trust this workspace to run its assets.",
      );
      for (const item of items) run.errored(item, new TestMessage(message));
      return [];
    }
    for (const item of items) run.started(item);
    await Promise.all([saveUnsaved(root), ...parentsOf(items).map(locate)]);
    const checks = items.flatMap(it => places.get(it)?.check ?? []);
    ran.fire({ root, checks, reports: null });
    try {
      const reports = await root.engine.ask(host => host.runChecks(checks));
      ran.fire({ root, checks, reports });
      items.forEach((item, at) => {
        const report = reports[at];
        if (report) tell(run, root, item, report);
      });
      return reports.filter(it => it.status === "failed" || it.status === "error");
    } catch (error) {
      ran.fire({ root, checks, reports: [] });
      for (const item of items) run.errored(item, new TestMessage((error as Error).message));
      return [];
    }
  }
}

function tell(run: TestRun, root: Root, item: TestItem, report: CheckReport) {
  const { status, durationMs, error } = report;
  const duration = durationMs ?? undefined;
  const isWell = status === "passed" || status === "skipped";
  const words = isWell ? (report.message ?? "") : wordsOf(report);
  const line = [`${report.asset}: ${report.name}: ${status}`, words].filter(Boolean).join(", ");
  run.appendOutput(`${line.replace(/\r?\n/g, "\r\n")}\r\n`, undefined, item);
  if (status === "passed" || status === "warned") return run.passed(item, duration);
  if (status === "skipped") return run.skipped(item);
  const message = new TestMessage(words);
  if (error?.file) {
    const [line, column] = [(error.line ?? 1) - 1, (error.column ?? 1) - 1];
    message.location = new Location(root.uri(error.file), new Range(line, column, line, column));
  } else if (item.uri && item.range) message.location = new Location(item.uri, item.range);
  return status === "error" ? run.errored(item, message, duration) : run.failed(item, message, duration);
}

/** What is wrong, and in how many rows unless that is said already. */
function wordsOf({ message, failedRows, name }: CheckReport): string {
  const words = message ?? l10n.t("{0} does not hold.", name);
  if (failedRows === null || new RegExp(`\\b${failedRows}\\b`).test(words)) return words;
  const rows = failedRows === 1 ? l10n.t("1 row") : l10n.t("{0} rows", formatCount(failedRows));
  return `${words} (${rows})`;
}

async function tellFailures(asset: AssetKey, failed: readonly CheckReport[]) {
  const [first] = failed;
  const words =
    failed.length === 1 && first
      ? `${asset}: ${first.name}: ${wordsOf(first)}`
      : l10n.t("{0}: {1} checks failed.", asset, failed.length);
  const show = l10n.t("Show results");
  if ((await window.showErrorMessage(words, show)) === show) {
    await commands.executeCommand("workbench.panel.testResults.view.focus");
  }
}

function itemsOf(items: TestItemCollection): TestItem[] {
  return [...items].map(([, item]) => item);
}

function everyAsset({ items }: TestController): TestItem[] {
  return itemsOf(items).flatMap(it => (it.id.includes("\n") ? [it] : itemsOf(it.children)));
}

function leavesOf(items: readonly TestItem[], excluded: ReadonlySet<TestItem>): TestItem[] {
  return items.flatMap(item => {
    if (excluded.has(item)) return [];
    const children = itemsOf(item.children);
    return children.length === 0 ? [item] : leavesOf(children, excluded);
  });
}

function parentsOf(items: readonly TestItem[]): TestItem[] {
  return [...new Set(items.flatMap(it => it.parent ?? []))];
}

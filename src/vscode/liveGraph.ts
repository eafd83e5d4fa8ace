import { readFile } from "node:fs/promises";
import { basename, join, sep } from "node:path";
import {
  Disposable,
  type Event,
  EventEmitter,
  type LogOutputChannel,
  RelativePattern,
  type TextDocument,
  Uri,
  workspace,
} from "vscode";
import {
  type AssetGraph,
  type AssetNode,
  type GraphIndex,
  indexGraph,
  type ScannedGraph,
} from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { AutomationNode } from "../model/automationNode.ts";
import type { DbtColumn } from "../model/dbtColumn.ts";
import type { DbtProjectState } from "../model/dbtNode.ts";
import { joinProblems, type Problem } from "../model/problem.ts";
import type { RunError } from "../model/run.ts";
import type { CompiledFile } from "../scan/compiledSql.ts";
import { projectFile } from "../scan/dbtProject.ts";
import { settingsFile } from "../scan/sourceFiles.ts";
import type { WorkspaceScan } from "../scan/workspace.ts";
import { type DbtFolder, dbtPlaces, fromRoot, isDbtFile, watchDbt } from "./dbtFolder.ts";
import type { LiveState } from "./liveState.ts";
import { mergedGraph } from "./mergedGraph.ts";

/** Where an asset stands in the text of a file; lines count from 0. */
export interface AssetPlace {
  readonly key: AssetKey;
  readonly line: number;
  readonly endLine: number;
  /** The line of its option `automation`, when it is written there. */
  readonly ruleLine?: number | null;
}

/** The graph of one root as its files are now, saved or not. */
export class LiveGraph implements Disposable {
  private readonly root: string;
  private readonly state: LiveState;
  private readonly log: LogOutputChannel;
  private readonly emitter = new EventEmitter<void>();
  private readonly subscriptions: Disposable;
  private readonly readVersions = new WeakMap<TextDocument, number>();
  private dbtFolder: DbtFolder | undefined;
  /** What dbt could not read when it was last asked, and of which parse that is younger. */
  private dbtFailure: { readonly error: RunError; readonly parsedAt: string | null } | null = null;
  private scanning: Promise<WorkspaceScan> | undefined;
  private loading: Promise<void> | undefined;
  private scan: WorkspaceScan | undefined;
  private isLoaded = false;
  private pending: NodeJS.Timeout | undefined;
  private index: GraphIndex = indexGraph({ assets: [], edges: [] });
  private shown: AssetGraph = { assets: [], edges: [] };
  private drawn = "";

  /** The graph, its positions or its problems changed. */
  readonly onDidChange: Event<void> = this.emitter.event;

  constructor(root: string, state: LiveState, log: LogOutputChannel) {
    this.root = root;
    this.state = state;
    this.log = log;
    const watcher = workspace.createFileSystemWatcher(new RelativePattern(Uri.file(root), "**/*"));
    this.subscriptions = Disposable.from(
      watcher,
      watcher.onDidCreate(uri => this.readFromDisk(uri)),
      watcher.onDidChange(uri => this.readFromDisk(uri)),
      watcher.onDidDelete(uri => this.forget(uri)),
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0) this.forgetDbtFailure(document);
        this.readSoon(document);
      }),
      workspace.onDidCloseTextDocument(({ uri }) => this.readFromDisk(uri)),
      state.onDidChangeDefinitions(() => this.publish()),
    );
  }

  /** Reads the whole root, once. Nothing is read before someone looks. */
  start(): Promise<void> {
    this.loading ??= this.load();
    return this.loading;
  }

  /** Reads the whole root again. */
  async rescan(): Promise<void> {
    await this.loading;
    this.scanning = undefined;
    this.loading = this.load();
    await this.loading;
  }

  graph(): AssetGraph {
    return this.shown;
  }

  asset(key: AssetKey): AssetNode | undefined {
    return this.index.nodes.get(key);
  }

  neighbours(key: AssetKey): { parents: readonly AssetKey[]; children: readonly AssetKey[] } {
    return { parents: this.index.parents.get(key) ?? [], children: this.index.children.get(key) ?? [] };
  }

  /** The graph with who is above and below whom. */
  indexed(): GraphIndex {
    return this.index;
  }

  /** The columns of a node of dbt as its artifacts have them; nobody is started to look. */
  async dbtColumns(uniqueId: string): Promise<readonly DbtColumn[]> {
    return (await this.workspaceScan()).dbtColumns(uniqueId);
  }

  /** What dbt last compiled of a model; null when it did not. */
  async compiledSql(asset: AssetNode): Promise<CompiledFile | null> {
    return (await this.workspaceScan()).compiledSql(asset);
  }

  hasAssets(): boolean {
    return this.shown.assets.length > 0;
  }

  /** Whether the whole root was read at least once. */
  scanned(): boolean {
    return this.isLoaded;
  }

  /** What is wrong, as the text, the loaded definitions and dbt tell it. */
  problems(): readonly Problem[] {
    const scanned = this.scan?.graph().problems ?? [];
    const dirty = new Set(workspace.textDocuments.filter(it => it.isDirty).map(it => it.uri.fsPath));
    const loaded = (this.state.definitions()?.problems ?? []).filter(
      it => !dirty.has(join(this.root, it.file)),
    );
    return [...joinProblems(scanned, loaded), ...this.dbtProblems()];
  }

  /** Sensors and schedules, as far as the text tells of them. */
  automations(): readonly AutomationNode[] {
    return this.scan?.graph().automations ?? [];
  }

  /** How the dbt project of the root stands; null when it has none. */
  dbt(): DbtProjectState | null {
    return this.scan?.graph().dbt ?? null;
  }

  /** What dbt could not read, or nothing; it stands among the problems until dbt reads its project again. */
  dbtFailed(error: RunError | null): void {
    this.dbtFailure = error && { error, parsedAt: this.dbt()?.parsedAt ?? null };
    this.publish();
  }

  /** Whether a file is one that the root's dbt project is made of. */
  holdsDbt(uri: Uri): boolean {
    return this.dbtFolder !== undefined && isDbtFile(this.dbtFolder, uri);
  }

  /** The assets of a document as it is this moment; while it has a syntax error, where they were last. */
  async placesIn(document: TextDocument): Promise<AssetPlace[]> {
    if (this.holdsDbt(document.uri)) return dbtPlaces(document, this.root, this.shown);
    if (!this.mayDeclare(document)) return [];
    const scan = await this.workspaceScan();
    this.read(document, scan);
    const found = scan.file(document.uri.fsPath);
    if (found?.declares) void this.start();
    const placed = (found?.definitions ?? []).map(({ key, statement: { start, end }, automationAt }) => {
      const isWithin =
        automationAt !== null && automationAt.line >= start.line && automationAt.line <= end.line;
      const ruleLine = isWithin ? automationAt.line - 1 : null;
      return { key, line: start.line - 1, endLine: end.line - 1, ruleLine };
    });
    return [...placed, ...this.computedIn(document, placed)];
  }

  /** The asset whose definition holds a line. */
  async assetAt(document: TextDocument, line: number): Promise<AssetKey | undefined> {
    const places = await this.placesIn(document);
    return places.find(it => it.line <= line && line <= it.endLine)?.key;
  }

  dispose(): void {
    clearTimeout(this.pending);
    this.dbtFolder?.watching.dispose();
    this.subscriptions.dispose();
    this.emitter.dispose();
  }

  private async load() {
    const started = performance.now();
    const scan = await this.workspaceScan();
    await scan.load();
    this.isLoaded = true;
    this.watchDbt(scan);
    for (const document of workspace.textDocuments) if (document.isDirty) this.read(document, scan);
    this.log.info(
      `Read ${this.root}: ${scan.graph().assets.length} assets in ${scan.definitionFiles().length} files, ${Math.round(performance.now() - started)} ms.`,
    );
    this.publish();
  }

  /** Who edits the file has read what was wrong with it. */
  private forgetDbtFailure({ uri }: TextDocument) {
    const file = this.dbtFailure?.error.file;
    if (file && fromRoot(this.root, uri) === file) this.dbtFailed(null);
  }

  private dbtProblems(): Problem[] {
    const state = this.dbt();
    if (this.dbtFailure === null || state === null || this.dbtFailure.parsedAt !== state.parsedAt) return [];
    const { message, file, line, column } = this.dbtFailure.error;
    const place = file ?? (state.folder === "" ? projectFile : `${state.folder}/${projectFile}`);
    return [{ file: place, line: line ?? 1, column: column ?? 1, severity: "error", message }];
  }

  /** dbt's files may lie outside of the root, and its manifest is written by dbt. */
  private watchDbt(scan: WorkspaceScan) {
    const project = scan.dbtProject();
    if (project?.folder === this.dbtFolder?.path && project?.manifest === this.dbtFolder?.manifest) return;
    this.dbtFolder?.watching.dispose();
    this.dbtFolder =
      project === null
        ? undefined
        : watchDbt(project, async () => {
            await scan.reloadDbt();
            this.watchDbt(scan);
            this.publish();
          });
  }

  /** The parser is most of our code, so it is not there before the first file. */
  private workspaceScan(): Promise<WorkspaceScan> {
    this.scanning ??= this.createScan();
    return this.scanning;
  }

  private async createScan(): Promise<WorkspaceScan> {
    const { createWorkspaceScan } = await import("../scan/workspace.ts");
    this.scan = createWorkspaceScan(this.root, { include: await assetPatterns(this.root) });
    return this.scan;
  }

  private mayDeclare(document: TextDocument): boolean {
    return (
      document.uri.scheme === "file" &&
      (document.getText().includes("millrace") || this.scan?.file(document.uri.fsPath) != null)
    );
  }

  /** Assets that a factory made stand where the loaded definitions say, as long as the file is unchanged. */
  private computedIn(document: TextDocument, placed: readonly AssetPlace[]): AssetPlace[] {
    if (document.isDirty) return [];
    const keys = new Set(placed.map(it => it.key));
    const path = Uri.file(this.root).path;
    return this.shown.assets.flatMap(({ key, file, line }) =>
      file !== null && line !== null && !keys.has(key) && document.uri.path === `${path}/${file}`
        ? [{ key, line: line - 1, endLine: line - 1 }]
        : [],
    );
  }

  private read(document: TextDocument, scan: WorkspaceScan) {
    if (this.readVersions.get(document) === document.version) return;
    this.readVersions.set(document, document.version);
    if (scan.update(document.uri.fsPath, document.getText())) this.publishSoon();
  }

  private readSoon(document: TextDocument) {
    if (document.uri.scheme !== "file" || this.scan === undefined || !this.holds(document.uri)) return;
    clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      if (this.scan) this.read(document, this.scan);
      this.publish();
    }, 150);
  }

  private publishSoon() {
    clearTimeout(this.pending);
    this.pending = setTimeout(() => this.publish(), 50);
  }

  private async readFromDisk(uri: Uri) {
    if (this.scan === undefined || !this.holds(uri)) return;
    const isNewProject = basename(uri.fsPath) === projectFile && this.dbtFolder === undefined;
    if (uri.fsPath === join(this.root, settingsFile) || isNewProject) return this.rescan();
    const open = workspace.textDocuments.find(it => it.uri.toString() === uri.toString());
    if (open?.isDirty) return;
    const text = await readFile(uri.fsPath, "utf8").catch(() => null);
    if (this.scan.update(uri.fsPath, text)) this.publishSoon();
  }

  /** The watcher names a folder that is gone, not each file in it. */
  private forget(uri: Uri) {
    if (this.scan === undefined) return;
    const below = `${uri.fsPath}${sep}`;
    const paths = this.scan.definitionFiles().map(file => Uri.joinPath(Uri.file(this.root), file).fsPath);
    for (const path of [uri.fsPath, ...paths.filter(it => it.startsWith(below))]) {
      if (this.scan.update(path, null)) this.publishSoon();
    }
  }

  private holds(uri: Uri): boolean {
    return uri.fsPath.startsWith(`${this.root}${sep}`);
  }

  private publish() {
    const scanned: ScannedGraph = this.scan?.graph() ?? { assets: [], edges: [], problems: [] };
    const graph = mergedGraph(scanned, this.state.definitions());
    const drawn = JSON.stringify([graph, scanned.dbt, this.problems(), this.isLoaded]);
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    this.shown = graph;
    this.index = indexGraph(graph);
    this.emitter.fire();
  }
}

/** Where `millrace.json` says that assets are; everywhere when it says nothing, or nothing that can be read. */
async function assetPatterns(root: string): Promise<string[] | undefined> {
  try {
    const { assets } = JSON.parse(await readFile(join(root, settingsFile), "utf8"));
    return Array.isArray(assets) && assets.every(it => typeof it === "string") ? assets : undefined;
  } catch {
    return undefined;
  }
}

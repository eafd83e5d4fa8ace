import { stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import type { AssetNode, ScannedGraph } from "../model/assetGraph.ts";
import type { DbtColumn } from "../model/dbtColumn.ts";
import type { Problem } from "../model/problem.ts";
import { type CompiledFile, readCompiledSql } from "./compiledSql.ts";
import { readNodeColumns } from "./dbtColumnsThread.ts";
import type { DbtProject } from "./dbtProject.ts";
import { type DbtScan, readDbt } from "./dbtScan.ts";
import type { FileScan } from "./fileScan.ts";
import { type LinkedScans, linkInSteps, linkScans } from "./linkScans.ts";
import { readImported } from "./readScan.ts";
import { type ReadOptions, readScans } from "./readScans.ts";
import { mentionsSdk, scanFile } from "./scanFile.ts";
import { relativePath, sourceFilter } from "./sourceFiles.ts";

/** The scan of a workspace that stays, and follows what changes. Files are named absolute or relative. */
export interface WorkspaceScan {
  /** Reads every asset file anew; rejects only when aborted. */
  load(signal?: AbortSignal): Promise<ScannedGraph>;
  /** Takes one file's text as it is now, saved or not; null when it is gone. True when the graph may change. */
  update(file: string, text: string | null): boolean;
  /** Looks at the dbt project again, after dbt or somebody wrote into it; rejects only when aborted. */
  reloadDbt(signal?: AbortSignal): Promise<void>;
  /** The dbt project that belongs to the root, and where its manifest is; null when there is none. */
  dbtProject(): DbtProject | null;
  /** The columns of a node of dbt as its artifacts have them. */
  dbtColumns(uniqueId: string): Promise<readonly DbtColumn[]>;
  /** What dbt last compiled of a model; null when it did not. */
  compiledSql(asset: AssetNode): Promise<CompiledFile | null>;
  /** The graph of what was loaded and updated. */
  graph(): ScannedGraph;
  /** What one file declares and where; null when it is no asset file. */
  file(file: string): FileScan | null;
  /** The asset files, relative to the root. */
  definitionFiles(): string[];
}

/** The graph of a workspace from its text alone. */
export function scanWorkspace(root: string, { include, signal }: ReadOptions = {}): Promise<ScannedGraph> {
  return createWorkspaceScan(root, { include }).load(signal);
}

/** The files that declare assets, relative to the root: what the engine loads. */
export async function definitionFiles(root: string, options: ReadOptions = {}): Promise<string[]> {
  return declaring(await readScans(root, options));
}

export function createWorkspaceScan(
  root: string,
  { include }: Pick<ReadOptions, "include"> = {},
): WorkspaceScan {
  const isSource = sourceFilter(include);
  let scans = new Map<string, FileScan>();
  let rootProblems: Problem[] = [];
  let linked: ScannedGraph | null = null;
  let updates = 0;
  let dbt: DbtScan | null = null;
  /** Looked for on disk and not found: not looked for again until an update names them. */
  const absent = new Set<string>();
  /** Files that are updated while the disk is being read are newer than what is read. */
  let updated = new Set<string>();

  return {
    async load(signal) {
      updated = new Set();
      rootProblems = await problemsOf(root);
      const [read, dbtRead] = await Promise.all([
        readScans(root, { include, signal }),
        readDbt(root, dbt, signal),
      ]);
      dbt = dbtRead;
      const before = scans;
      scans = new Map();
      for (const scan of read) if (!updated.has(scan.file)) scans.set(scan.file, lastGood(scan, before));
      for (const file of updated) {
        const scan = before.get(file);
        if (scan) scans.set(file, scan);
      }
      absent.clear();
      linked = null;
      for (;;) {
        const before = updates;
        const { graph, unread } = await inSlices(linkInSteps(scans, dbt), signal);
        if (readMore(unread) || updates !== before) continue;
        linked = withRootProblems(graph);
        return linked;
      }
    },
    update(path, text) {
      const file = relativePath(root, path);
      if (file === null) return false;
      if (text === null) {
        updated.add(file);
        if (!scans.delete(file)) return false;
      } else {
        const isAsked = scans.has(file) || absent.delete(file);
        if (!isAsked && !(isSource(file) && mentionsSdk(text))) return false;
        updated.add(file);
        scans.set(file, lastGood(scanFile(text, file), scans));
      }
      linked = null;
      updates++;
      return true;
    },
    async reloadDbt(signal) {
      dbt = await readDbt(root, dbt, signal);
      linked = null;
      updates++;
    },
    dbtProject: () => dbt?.project ?? null,
    dbtColumns: async uniqueId => (dbt?.project ? readNodeColumns(dbt.project.manifest, uniqueId) : []),
    compiledSql: async asset =>
      dbt?.project ? readCompiledSql(root, dbt.project, asset, dbt.state?.isOfOtherTarget) : null,
    graph() {
      while (linked === null) {
        const { graph, unread } = linkScans(scans, dbt);
        if (!readMore(unread)) linked = withRootProblems(graph);
      }
      return linked;
    },
    file: path => scans.get(relativePath(root, path) ?? "") ?? null,
    definitionFiles: () => declaring([...scans.values()]).filter(isSource),
  };

  /** Reads what imports lead to beside the asset files: modules that only hand on. True when any was found. */
  function readMore(unread: LinkedScans["unread"]): boolean {
    let found = false;
    for (const paths of unread) {
      for (const path of paths) {
        if (scans.has(path)) break;
        if (absent.has(path)) continue;
        const scan = readImported(root, path);
        if (scan === null) absent.add(path);
        else {
          scans.set(path, scan);
          found = true;
          break;
        }
      }
    }
    return found;
  }

  function withRootProblems(graph: ScannedGraph): ScannedGraph {
    return rootProblems.length === 0 ? graph : { ...graph, problems: [...rootProblems, ...graph.problems] };
  }
}

function declaring(scans: readonly FileScan[]): string[] {
  return scans.flatMap(it => (it.declares ? it.file : [])).sort();
}

/** While a file has an error that hides some of its assets, it counts as it was when they were last seen. */
function lastGood(scan: FileScan, scans: ReadonlyMap<string, FileScan>): FileScan {
  const before = scan.broken ? scans.get(scan.file) : undefined;
  if (before === undefined) return scan;
  const keys = new Set(scan.definitions.map(it => it.key));
  const names = new Set(scan.automations.map(it => it.name));
  if (
    before.definitions.every(it => keys.has(it.key)) &&
    before.automations.every(it => names.has(it.name))
  ) {
    return scan;
  }
  return { ...before, problems: scan.problems.map(asLastGood), broken: true };
}

function asLastGood(problem: Problem, at: number): Problem {
  if (at > 0) return problem;
  return { ...problem, message: `${problem.message} What is shown of it is its last good state.` };
}

async function problemsOf(root: string): Promise<Problem[]> {
  const isFolder = await stat(root).then(
    it => it.isDirectory(),
    () => false,
  );
  if (isFolder) return [];
  const message = `The folder ${root} does not exist. Name the folder that holds your assets.`;
  return [{ file: ".", line: 1, column: 1, severity: "error", message }];
}

/** Runs small steps one after the other, and lets the calling thread do something else in between. */
async function inSlices(
  steps: Generator<undefined, LinkedScans>,
  signal?: AbortSignal,
): Promise<LinkedScans> {
  let since = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    if (performance.now() - since > longestSlice) {
      await setImmediate();
      signal?.throwIfAborted();
      since = performance.now();
    }
  }
}

/** Milliseconds. */
const longestSlice = 8;

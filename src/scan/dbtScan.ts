import { stat } from "node:fs/promises";
import { relative, sep } from "node:path";
import type { AssetNode } from "../model/assetGraph.ts";
import type { DbtProjectState } from "../model/dbtNode.ts";
import { type FindDbtModel, findDbtModels } from "../model/dbtReference.ts";
import type { Problem } from "../model/problem.ts";
import { changesSince, dbtFiles, dbtTexts } from "./dbtFiles.ts";
import {
  type DbtProject,
  findDbtProject,
  inProject,
  projectFile,
  type RootSettings,
  readRootSettings,
} from "./dbtProject.ts";
import { provisionalGraph } from "./dbtProvisional.ts";
import { schemaFile } from "./dbtSchemaFile.ts";
import { compareManifests, keptManifest } from "./keptManifest.ts";
import type { ManifestGraph } from "./manifest.ts";
import type { ManifestPlace } from "./manifestNodes.ts";
import { otherPlace, type Placement } from "./manifestPlacement.ts";
import { readManifestAside } from "./manifestThread.ts";
import { yamlOutline } from "./yamlOutline.ts";

/** The dbt project of a workspace as it was last read; files are named from the workspace root. */
export interface DbtScan {
  readonly project: DbtProject | null;
  readonly settings: RootSettings;
  /** Without its problems, which stand below with the others. */
  readonly graph: ManifestGraph;
  /** Null where there is no project. */
  readonly state: DbtProjectState | null;
  readonly find: FindDbtModel;
  readonly problems: readonly Problem[];
}

/**
 * Reads the dbt project that a root names or contains: from the manifest, else as it was before, else from its
 * SQL files. Runs nothing; rejects only when aborted. Another manifest is one of another target or other variables.
 * `expected`: where the usual target puts what it makes, for as long as no manifest of it is known.
 */
export async function readDbt(
  root: string,
  before: DbtScan | null = null,
  signal?: AbortSignal,
  otherManifest: string | null = null,
  expected: Placement | null = null,
): Promise<DbtScan> {
  const settings = await readRootSettings(root, otherManifest);
  const { project, problems } = await findDbtProject(root, settings);
  if (project === null) return { ...scanOf(nothing, null), project, settings, state: null, problems };

  const manifest = relative(root, project.manifest).split(sep).join("/");
  const files = await dbtFiles(project, signal);
  const writtenAt = await stat(project.manifest).then(
    it => it.mtimeMs,
    () => null,
  );
  const place = { folder: project.path, packages: project.packagesPath };
  const read = writtenAt === null ? null : await readManifestAside(project.manifest, manifest, place, signal);
  const last =
    before?.project?.folder === project.folder && before.state?.graph !== "provisional" ? before : null;
  const elsewhere =
    read?.isReadable && otherManifest === null
      ? await ofOtherTarget(root, project, read, place, expected, signal)
      : null;
  const own = elsewhere?.kept ?? null;
  const source = own
    ? "lastGood"
    : read?.isReadable
      ? "manifest"
      : writtenAt !== null && last
        ? "lastGood"
        : "provisional";
  const graph = own
    ? await withLines(own, project, signal)
    : source === "manifest" && read !== null
      ? await withLines(read, project, signal)
      : source === "lastGood" && last
        ? last.graph
        : await provisional(
            project,
            files.map(it => it.file),
            signal,
          );
  const changes = source === "provisional" ? [] : await changesSince(project, graph, files, writtenAt ?? 0);
  const { name, path: folder } = project;
  return {
    ...scanOf(graph, name),
    project,
    settings,
    state: {
      ...{ name, folder, manifest, graph: source, parsedAt: graph.parsedAt, changes },
      ...(elsewhere ? { isOfOtherTarget: true } : {}),
    },
    problems: [
      ...problems,
      ...(elsewhere ? [elsewhere.problem] : []),
      ...((own ?? read)?.problems ?? [notParsed(project)]),
    ],
  };
}

/** Somebody has had dbt read the project for another target: the graph stays that of ours where it is kept. */
async function ofOtherTarget(
  root: string,
  project: DbtProject,
  { placement }: ManifestGraph,
  place: ManifestPlace,
  expected: Placement | null,
  signal?: AbortSignal,
): Promise<{ kept: ManifestGraph | null; problem: Problem } | null> {
  const file = keptManifest(root);
  const kept = await compareManifests(file, project.manifest);
  if (kept === "same") return null;
  const own = kept === "other" ? await readManifestAside(file, file, place, signal) : null;
  const ours = own?.isReadable ? own.placement : expected;
  const difference = ours && otherPlace(placement, ours);
  if (!difference) return null;
  const message = `dbt has read this project for another target than the one that Millrace uses: into ${difference.its}, not into ${difference.ours}. Run "millrace dbt parse"; else dbt reads it anew when a run needs it.`;
  const problem: Problem = { ...start, file: inProject(project, projectFile), severity: "info", message };
  return { kept: own?.isReadable ? own : null, problem };
}

const start = { line: 1, column: 1 } as const;

const nothing: ManifestGraph = {
  assets: [],
  edges: [],
  problems: [],
  project: null,
  isReadable: false,
  parsedAt: null,
  files: [],
  placement: {},
};

function scanOf(graph: ManifestGraph, project: string | null): Pick<DbtScan, "graph" | "find"> {
  return { graph, find: findDbtModels(graph.assets, graph.project ?? project) };
}

async function provisional(project: DbtProject, files: readonly string[], signal?: AbortSignal) {
  const texts = await dbtTexts(project, files, signal);
  return withLines(provisionalGraph(project, texts), project, signal, texts);
}

function notParsed(project: DbtProject): Problem {
  const message = `dbt has not parsed this project yet, so its graph is what the SQL files tell. Run "dbt parse" in ${project.path || "."}.`;
  return { file: inProject(project, projectFile), line: 1, column: 1, severity: "info", message };
}

/** Manifests know the file of a source or an exposure, not the line. */
async function withLines(
  graph: ManifestGraph,
  project: DbtProject,
  signal?: AbortSignal,
  known: ReadonlyMap<string, string> = new Map(),
): Promise<ManifestGraph> {
  const prefix = inProject(project, "");
  const own = (file: string | null) => (file?.startsWith(prefix) ? file.slice(prefix.length) : null);
  const wanted = new Set(graph.assets.filter(isInYaml).flatMap(it => own(it.file) ?? []));
  if (wanted.size === 0) return graph;
  const texts = known.size > 0 ? known : await dbtTexts(project, [...wanted], signal);
  const lines = new Map<string, number>();
  for (const file of wanted) {
    const { sources, exposures } = schemaFile(yamlOutline(texts.get(file) ?? ""));
    for (const { source, table, line } of sources) lines.set(JSON.stringify([file, source, table]), line);
    for (const { name, line } of exposures) lines.set(JSON.stringify([file, null, name]), line);
  }
  const assets = graph.assets.map(asset => {
    const line = isInYaml(asset)
      ? lines.get(JSON.stringify([own(asset.file), asset.dbt?.source ?? null, asset.dbt?.name]))
      : undefined;
    return line === undefined ? asset : { ...asset, line };
  });
  return { ...graph, assets };
}

function isInYaml({ kind, file }: AssetNode): boolean {
  return (kind === "source" || kind === "exposure") && /\.ya?ml$/.test(file ?? "");
}

import { readFile } from "node:fs/promises";
import type { AssetEdge, AssetNode, ScannedGraph } from "../model/assetGraph.ts";
import type { Problem } from "../model/problem.ts";
import { findCycles } from "./findCycles.ts";
import { manifestAsset } from "./manifestAsset.ts";
import { manifestCode } from "./manifestCode.ts";
import { ancestry, manifestEdges } from "./manifestEdges.ts";
import { manifestKeys } from "./manifestKeys.ts";
import { type ManifestNode, type ManifestPlace, manifestFilePath, manifestNodes } from "./manifestNodes.ts";
import { type Placement, placementOf } from "./manifestPlacement.ts";
import { manifestTests } from "./manifestTests.ts";
import { parseManifestText } from "./manifestText.ts";
import { isJsonRecord, type JsonRecord, recordOf, textOf } from "./manifestValues.ts";

/** The graph of one manifest. */
export interface ManifestGraph extends ScannedGraph {
  /** The project that the manifest is of; null when there is no manifest to speak of. */
  readonly project: string | null;
  /** False when nothing could be read: a graph from before is better. */
  readonly isReadable: boolean;
  /** When dbt began to read the project, as it writes it; null when it does not say. */
  readonly parsedAt: string | null;
  /** The project's own files that became nodes, as they were then. */
  readonly files: readonly ManifestFile[];
  /** What tells its target from others. */
  readonly placement: Placement;
}

/** A file of a dbt project as it was when dbt read it. */
export interface ManifestFile {
  /** Relative to the project. */
  readonly file: string;
  /** SHA-256 of its text; null for what dbt keeps none of. */
  readonly checksum: string | null;
  /** One of the nodes in it. */
  readonly uniqueId: string;
}

/** Reads a `manifest.json` of dbt from the disk. Executes nothing, never throws. */
export async function readManifest(
  path: string,
  file: string = path.replaceAll("\\", "/"),
  place: ManifestPlace | null = null,
): Promise<ManifestGraph> {
  try {
    return scanManifest(await readFile(path, "utf8"), file, place);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const reason =
      code === "ENOENT" ? "it does not exist" : code === "EACCES" ? "permission denied" : message;
    return unreadableManifest(file, `${file} could not be read: ${reason}. Run "dbt parse" to write it.`);
  }
}

/** The graph that the text of a manifest holds; `file` is how problems call it. Pure, never throws. */
export function scanManifest(text: string, file: string, place: ManifestPlace | null = null): ManifestGraph {
  const { value, problem } = parseManifestText(text, file);
  if (value === undefined && problem !== null) return { ...nothing, problems: [problem] };
  try {
    const graph = manifestGraph(value, file, place);
    return problem === null ? graph : { ...graph, problems: [problem, ...graph.problems] };
  } catch (error) {
    return unreadableManifest(file, `${file} cannot be read (${(error as Error).message}). Run "dbt parse".`);
  }
}

const nothing = {
  assets: [],
  edges: [],
  project: null,
  isReadable: false,
  parsedAt: null,
  files: [],
  placement: {},
} as const;

/** Stands for a manifest that cannot be read, with the reason as its one problem. */
export function unreadableManifest(file: string, message: string): ManifestGraph {
  return { ...nothing, problems: [{ file, line: 1, column: 1, severity: "error", message }] };
}

/** The graph of a parsed manifest, or of what is like one. */
export function manifestGraph(
  manifest: unknown,
  file: string,
  place: ManifestPlace | null = null,
): ManifestGraph {
  if (!isJsonRecord(manifest) || !(isJsonRecord(manifest.nodes) || isJsonRecord(manifest.sources))) {
    return unreadableManifest(file, `${file} ${whatItIs(manifest)}. Name dbt's target/manifest.json.`);
  }
  const metadata = recordOf(manifest.metadata);
  const problems: Problem[] = versionProblems(metadata, file);
  const project = textOf(metadata.project_name);
  const nodes = manifestNodes(manifest, file, place, problems);
  const keys = manifestKeys(nodes.nodes.values(), project, file, problems);
  const above = ancestry(nodes);
  const edges = manifestEdges(nodes, above, keys, file, problems);
  const tests = manifestTests(nodes, above, file, problems);
  const surroundings = {
    adapter: textOf(metadata.adapter_type),
    codeOf: manifestCode(manifest, nodes),
    groups: recordOf(manifest.groups),
    file,
    problems,
  };
  const assets: AssetNode[] = [];
  for (const node of nodes.nodes.values()) {
    const key = keys.get(node.id);
    if (key !== undefined) assets.push(manifestAsset(node, key, tests.get(node.id) ?? [], surroundings));
  }
  problems.push(...cyclesAmong(assets, edges, file));
  // A manifest that dbt made by parsing a part keeps when the whole was parsed as the start of its run.
  const parsedAt = textOf(metadata.generated_at) ?? textOf(metadata.run_started_at);
  const files = manifestFiles(nodes.nodes.values(), project);
  const placement = placementOf(nodes.nodes.values());
  return { assets, edges, problems, project, isReadable: true, parsedAt, files, placement };
}

/** dbt refuses them itself; a manifest that was made or merged by something else may have them. */
function cyclesAmong(assets: readonly AssetNode[], edges: readonly AssetEdge[], manifest: string): Problem[] {
  const files = new Map(assets.map(it => [it.key, it.file]));
  const steps = findCycles(edges, ({ to }) => ({
    file: files.get(to) ?? manifest,
    at: { line: 1, column: 1 },
  }));
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}

function manifestFiles(nodes: Iterable<ManifestNode>, project: string | null): ManifestFile[] {
  const files = new Map<string, ManifestFile>();
  for (const { id, package: packageName, raw } of nodes) {
    const file = manifestFilePath(raw);
    if (file === null || packageName !== project || files.has(file)) continue;
    const { name, checksum } = recordOf(raw.checksum);
    files.set(file, { file, uniqueId: id, checksum: name === "sha256" ? textOf(checksum) : null });
  }
  return [...files.values()];
}

/** dbt writes other artifacts beside the manifest, and they are easily taken for it. */
function whatItIs(manifest: unknown): string {
  const metadata = recordOf(recordOf(manifest).metadata);
  const artifact = /dbt\/([a-z-]+)\/v\d+/.exec(textOf(metadata.dbt_schema_version) ?? "")?.[1];
  if (artifact !== undefined && artifact !== "manifest") return `holds dbt's ${artifact}, not its manifest`;
  return "is no manifest of dbt";
}

function versionProblems(metadata: JsonRecord, file: string): Problem[] {
  const version = /\/v(\d+)\.json/.exec(textOf(metadata.dbt_schema_version) ?? "")?.[1];
  if (version === undefined || knownVersions(Number(version))) return [];
  const age = Number(version) < oldestVersion ? "older" : "newer";
  const message = `${file} has schema version ${version}, ${age} than what Millrace knows. What it understands is shown; run "dbt parse" with dbt 1.7 to 1.11 if something is missing.`;
  return [{ file, line: 1, column: 1, severity: "info", message }];
}

const oldestVersion = 4;

/** 20 is what dbt Fusion began with. */
function knownVersions(version: number): boolean {
  return (version >= oldestVersion && version <= 12) || version === 20;
}

import { basename } from "node:path/posix";
import { type DbtProject, inProject, projectFile } from "./dbtProject.ts";
import { projectConfig } from "./dbtProjectConfig.ts";
import { schemaFile } from "./dbtSchemaFile.ts";
import { type ManifestGraph, manifestGraph } from "./manifest.ts";
import { yamlOutline } from "./yamlOutline.ts";

/**
 * The graph that the SQL files' own `ref` and `source` tell, for a project that dbt has not parsed yet.
 * `texts` are the project's files by their path in it. What Jinja computes stays unknown; never throws.
 */
export function provisionalGraph(project: DbtProject, texts: ReadonlyMap<string, string>): ManifestGraph {
  const nodes: Record<string, unknown> = {};
  const sources: Record<string, unknown> = {};
  const exposures: Record<string, unknown> = {};
  const reading: { id: string; calls: Calls }[] = [];
  for (const [file, text] of texts) {
    if (/\.ya?ml$/.test(file)) addSchemaFile(file, text);
    else if (/\.(sql|py|csv)$/.test(file)) addNodes(file, text);
  }
  const byName = new Map(Object.values(nodes as Record<string, Draft>).map(it => [it.name, it.unique_id]));
  for (const { id, calls } of reading) {
    const node = (nodes[id] ?? exposures[id]) as Draft;
    const parents = calls.refs.flatMap(it => refersTo(it, byName) ?? []);
    for (const [source, table] of calls.sources) parents.push(sourceId(source, table));
    node.depends_on = { nodes: parents };
  }
  const metadata = { project_name: project.name };
  const graph = manifestGraph({ metadata, nodes, sources, exposures }, inProject(project, projectFile), {
    folder: project.path,
    packages: project.packagesPath,
  });
  // What is written twice, or leads nowhere, dbt will tell when it parses.
  return { ...graph, problems: [], files: [] };

  function addNodes(file: string, text: string) {
    const isIn = (folders: readonly string[]) => folders.some(it => file.startsWith(`${it}/`));
    const bare = text.replace(/\{#[\s\S]*?#\}/g, "");
    if (file.endsWith(".csv")) {
      if (isIn(project.seedPaths)) add("seed", file, basename(file, ".csv"), "");
    } else if (isIn(project.snapshotPaths)) {
      for (const [, name = "", body = ""] of bare.matchAll(snapshotBlock)) add("snapshot", file, name, body);
    } else if (isIn(project.modelPaths)) {
      add("model", file, basename(file).replace(/\.(sql|py)$/, ""), bare);
    }
  }

  function add(type: string, file: string, name: string, text: string) {
    const id = `${type}.${project.name}.${name}`;
    const config = { ...projectConfig(project, type, file), ...configIn(text) };
    nodes[id] = {
      unique_id: id,
      resource_type: type,
      name,
      original_file_path: file,
      config,
      ...place(config),
    };
    reading.push({ id, calls: callsIn(text) });
  }

  function addSchemaFile(file: string, text: string) {
    const declared = schemaFile(yamlOutline(text));
    for (const { source, table, schema, identifier } of declared.sources) {
      const raw = { source_name: source, name: table, schema, identifier, resource_type: "source" };
      sources[sourceId(source, table)] = { ...raw, original_file_path: file };
    }
    for (const { name, type, dependsOn } of declared.exposures) {
      const id = `exposure.${project.name}.${name}`;
      exposures[id] = { unique_id: id, name, type, resource_type: "exposure", original_file_path: file };
      reading.push({ id, calls: callsIn(dependsOn.join("\n")) });
    }
    for (const { name, relation } of declared.snapshots) add("snapshot", file, name, relation);
  }

  /** Sources that no YAML declares are told by who reads them. */
  function sourceId(source: string, table: string): string {
    const id = `source.${project.name}.${source}.${table}`;
    sources[id] ??= { source_name: source, name: table, resource_type: "source" };
    return id;
  }
}

interface Draft {
  unique_id: string;
  name: string;
  depends_on: { nodes: string[] };
}

interface Calls {
  /** Name, and the version that is asked for. */
  readonly refs: { name: string; version: string | null }[];
  readonly sources: [source: string, table: string][];
}

const text = `\\s*["']([^"']+)["']\\s*`;
const refCall = new RegExp(
  `\\bref\\s*\\(${text}(?:,${text})?(?:,\\s*(?:v|version)\\s*=\\s*["']?([\\w.]+)["']?\\s*)?\\)`,
  "g",
);
const sourceCall = new RegExp(`\\bsource\\s*\\(${text},${text}\\)`, "g");
const snapshotBlock = /\{%-?\s*snapshot\s+(\w+)\s*-?%\}([\s\S]*?)\{%-?\s*endsnapshot\s*-?%\}/g;

function callsIn(text: string): Calls {
  const refs = [...text.matchAll(refCall)].map(([, first = "", second, version]) => ({
    name: second ?? first,
    version: version ?? null,
  }));
  const sources = [...text.matchAll(sourceCall)].map(([, source = "", table = ""]): [string, string] => [
    source,
    table,
  ]);
  return { refs, sources };
}

/** A versioned model is in a file of its own, `customers_v2.sql`; without a version the newest is meant. */
function refersTo(
  { name, version }: { name: string; version: string | null },
  byName: ReadonlyMap<string, string>,
): string | null {
  const exact = byName.get(version === null ? name : `${name}_v${version}`) ?? byName.get(name);
  if (exact !== undefined) return exact;
  for (let newest = mostVersions; newest > 0; newest--) {
    const found = byName.get(`${name}_v${newest}`);
    if (found !== undefined) return found;
  }
  return null;
}

const mostVersions = 20;

/** What `config(…)` says in literals. */
function configIn(text: string): Record<string, unknown> {
  const config: Record<string, unknown> = {};
  for (const [, inside = ""] of text.matchAll(/\bconfig\s*\(([^()]*(?:\([^()]*\)[^()]*)*)\)/g)) {
    for (const name of ["materialized", "schema", "alias", "group", "target_schema"]) {
      const found = new RegExp(`\\b${name}\\s*=\\s*["']([^"']*)["']`).exec(inside)?.[1];
      if (found !== undefined) config[name] = found;
    }
    const enabled = /\benabled\s*=\s*(true|false)\b/i.exec(inside)?.[1];
    if (enabled !== undefined) config.enabled = enabled.toLowerCase() === "true";
  }
  return config;
}

function place({ alias, group }: Record<string, unknown>) {
  return { ...(alias === undefined ? {} : { alias }), ...(group === undefined ? {} : { group }) };
}

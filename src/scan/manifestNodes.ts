import type { DbtResource } from "../model/dbtNode.ts";
import type { Problem } from "../model/problem.ts";
import { isJsonRecord, type JsonRecord, recordOf, textOf, textsOf } from "./manifestValues.ts";

/** One node of a manifest: what becomes an asset, and what only stands between assets. */
export interface ManifestNode {
  readonly id: string;
  /** "model", "test", "metric", or what a newer dbt calls it. */
  readonly type: string;
  readonly name: string;
  readonly package: string;
  /** Null for what is spliced: its parents stand in for it. */
  readonly asset: DbtResource | null;
  /** As `depends_on` names them, each once. */
  readonly parents: readonly string[];
  /** With forward slashes; from the workspace root when that is known, else from the root of its package. */
  readonly file: string | null;
  readonly raw: JsonRecord;
  readonly config: JsonRecord;
}

/** Where a project lies: from the workspace root to its folder, and from there to its installed packages. */
export interface ManifestPlace {
  readonly folder: string;
  readonly packages: string;
}

export interface ManifestNodes {
  /** In the order of the manifest. */
  readonly nodes: ReadonlyMap<string, ManifestNode>;
  /** The ids of what exists and is switched off. */
  readonly disabled: ReadonlySet<string>;
}

/** Gathers the nodes of all maps of a manifest, whichever its version has; those switched off are left out. */
export function manifestNodes(
  manifest: JsonRecord,
  file: string,
  place: ManifestPlace | null,
  problems: Problem[],
): ManifestNodes {
  const project = textOf(recordOf(manifest.metadata).project_name);
  const nodes = new Map<string, ManifestNode>();
  const disabled = disabledIds(manifest.disabled);
  for (const map of nodeMaps(manifest)) {
    for (const [key, raw] of Object.entries(recordOf(manifest[map]))) {
      if (!isJsonRecord(raw)) {
        const message = `The entry "${key}" of "${map}" is empty, so it is left out. Run "dbt parse" to write it anew.`;
        problems.push({ file, line: 1, column: 1, severity: "warning", message });
        continue;
      }
      const node = manifestNode(key, raw, map, (it, of) => placed(it, of === project, of, place));
      if (node.config.enabled === false) disabled.add(node.id);
      else if (!nodes.has(node.id)) nodes.set(node.id, node);
    }
  }
  return { nodes, disabled };
}

/** A newer dbt may bring maps of other things that depend on models: they are spliced like metrics. */
function nodeMaps(manifest: JsonRecord): string[] {
  const others = Object.keys(manifest).filter(it => !first.includes(it) && !withoutNodes.has(it));
  return [...first, ...others];
}

const first = ["nodes", "sources", "exposures"];
const withoutNodes: ReadonlySet<string> = new Set([
  "metadata",
  "macros",
  "docs",
  "groups",
  "selectors",
  "disabled",
  "parent_map",
  "child_map",
  "group_map",
]);

function manifestNode(
  key: string,
  raw: JsonRecord,
  map: string,
  placed: (file: string | null, packageName: string) => string | null,
): ManifestNode {
  const id = textOf(raw.unique_id) ?? key;
  const [prefix = "", packageName = "", ...rest] = id.split(".");
  const type = textOf(raw.resource_type) ?? typesByMap[map] ?? prefix;
  const config = recordOf(raw.config);
  const inPackage = textOf(raw.package_name) ?? packageName;
  return {
    id,
    type,
    name: textOf(raw.name) ?? (rest.join(".") || id),
    package: inPackage,
    asset: assetResource(type, config),
    parents: eachOnce(textsOf(recordOf(raw.depends_on).nodes)),
    file: placed(manifestFilePath(raw), inPackage),
    raw,
    config,
  };
}

function eachOnce(ids: string[]): string[] {
  return ids.length < 2 ? ids : [...new Set(ids)];
}

const typesByMap: Readonly<Record<string, string>> = { sources: "source", exposures: "exposure" };

function assetResource(type: string, config: JsonRecord): DbtResource | null {
  switch (type) {
    case "model":
      return config.materialized === "ephemeral" ? null : "model";
    case "seed":
    case "snapshot":
    case "source":
    case "exposure":
      return type;
    default:
      return null;
  }
}

function placed(file: string | null, isOwn: boolean, packageName: string, place: ManifestPlace | null) {
  if (file === null || place === null) return file;
  const { folder, packages } = place;
  return [folder, ...(isOwn ? [] : [packages, packageName]), file].filter(Boolean).join("/");
}

/** The file of a node, from the root of its package; manifests written on Windows have backslashes. */
export function manifestFilePath({ original_file_path, path }: JsonRecord): string | null {
  return (textOf(original_file_path) ?? textOf(path))?.replaceAll("\\", "/") ?? null;
}

/** A map of lists, in older versions one list. */
function disabledIds(disabled: unknown): Set<string> {
  if (isJsonRecord(disabled)) return new Set(Object.keys(disabled));
  return new Set(
    (Array.isArray(disabled) ? disabled : []).flatMap(it => textOf(recordOf(it).unique_id) ?? []),
  );
}

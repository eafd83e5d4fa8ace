import { type AssetKey, parseAssetKey } from "../model/assetKey.ts";
import type { Problem } from "../model/problem.ts";
import type { ManifestNode } from "./manifestNodes.ts";
import { type JsonRecord, recordOf, textOf, textsOf, versionOf } from "./manifestValues.ts";

/**
 * The key of each asset by its id (semantics X1). Two that want one key are both there: the project's own
 * before those of its packages, models before sources; the other is known by dbt's id.
 */
export function manifestKeys(
  nodes: Iterable<ManifestNode>,
  project: string | null,
  file: string,
  problems: Problem[],
): Map<string, AssetKey> {
  const keys = new Map<string, AssetKey>();
  const owners = new Map<AssetKey, ManifestNode>();
  const assets = [...nodes].filter(it => it.asset !== null);
  const rank = (node: ManifestNode) =>
    (node.package === project ? 0 : 10) + ranks.indexOf(node.asset ?? "exposure");
  for (const node of assets.sort((a, b) => rank(a) - rank(b))) {
    const key = wantedKey(node);
    const owner = owners.get(key);
    if (owner === undefined) {
      owners.set(key, node);
      keys.set(node.id, key);
    } else {
      keys.set(node.id, node.id as AssetKey);
      problems.push(sameKey(key, owner, node, file));
    }
  }
  return keys;
}

const ranks = ["model", "seed", "snapshot", "source", "exposure"];

/** What `meta` says to us, else to Dagster: a project that comes from there keeps its keys. */
export function metaOf({ raw, config }: ManifestNode): { millrace: JsonRecord; dagster: JsonRecord } {
  const [configured, own] = [recordOf(config.meta), recordOf(raw.meta)];
  return {
    millrace: recordOf(configured.millrace ?? own.millrace),
    dagster: recordOf(configured.dagster ?? own.dagster),
  };
}

function wantedKey(node: ManifestNode): AssetKey {
  const { millrace, dagster } = metaOf(node);
  const said = [millrace.asset_key, dagster.asset_key].map(it => textsOf(it)).find(it => it.length > 0);
  return joined(said ?? components(node)) ?? joined([node.name]) ?? (node.id as AssetKey);
}

function components({ asset, name, raw, config }: ManifestNode): string[] {
  if (asset === "source") return [textOf(raw.source_name) ?? textOf(raw.source) ?? "", name].filter(Boolean);
  const version = versionOf(raw.version);
  if (version !== null) return [textOf(raw.alias) ?? `${name}_v${version}`];
  const schema = textOf(config.schema);
  return schema === null || asset === "exposure" ? [name] : [schema, name];
}

function joined(parts: readonly string[]): AssetKey | null {
  const parsed = parseAssetKey(parts.join("/"));
  return "key" in parsed ? parsed.key : null;
}

function sameKey(key: AssetKey, first: ManifestNode, second: ManifestNode, manifest: string): Problem {
  // Nothing materializes an exposure, so nothing can be mistaken for it.
  const severity = second.asset === "exposure" ? "warning" : "error";
  const message =
    `${first.id} and ${second.id} have the same key "${key}", so the second is called "${second.id}". ` +
    'Give one of them a key of its own: meta: { millrace: { asset_key: ["…"] } }.';
  return { file: second.file ?? manifest, line: 1, column: 1, severity, message };
}

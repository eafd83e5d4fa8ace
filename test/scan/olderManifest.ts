type Json = Record<string, unknown>;

/**
 * A manifest of schema v12 as an older dbt would have written it, for what the reader looks at: fields that came
 * later are gone, those that were called otherwise have their old names.
 */
export function olderManifest(newest: Json, version: number): Json {
  const manifest = structuredClone(newest) as Record<string, Record<string, Json>>;
  const all = ["nodes", "sources", "exposures"].flatMap(it => Object.values(manifest[it] ?? {}));
  manifest.metadata = {
    ...manifest.metadata,
    dbt_schema_version: `https://schemas.getdbt.com/dbt/manifest/v${version}.json`,
  } as unknown as Record<string, Json>;
  delete manifest.functions;
  if (version < 12) {
    delete manifest.unit_tests;
    for (const node of all) dropFields(node, ["doc_blocks", "functions", "unrendered_database"]);
  }
  if (version < 11) delete manifest.saved_queries;
  if (version < 10) {
    delete manifest.semantic_models;
    for (const node of all) dropFields(node, ["version", "latest_version", "access"]);
  }
  if (version < 9) {
    delete manifest.groups;
    delete manifest.group_map;
    for (const node of all) {
      dropFields(node, ["group", "attached_node", "contract"]);
      const refs = Array.isArray(node.refs) ? (node.refs as { name: string }[]) : [];
      node.refs = refs.map(it => [it.name]);
    }
    delete (manifest.metadata as Json).project_name;
  } else {
    for (const node of all) if (node.resource_type === "seed") node.depends_on = {};
  }
  if (version < 7) {
    for (const node of all) {
      if ("raw_code" in node) node.raw_sql = node.raw_code;
      dropFields(node, ["raw_code", "language"]);
    }
  }
  if (version < 6) {
    (manifest as Json).disabled = Object.values(manifest.disabled ?? {}).flat();
    for (const node of all) node.root_path = "C:\\Users\\ada\\weather";
  }
  return manifest;
}

function dropFields(node: Json, fields: readonly string[]) {
  for (const field of fields) delete node[field];
}

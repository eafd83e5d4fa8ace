import type { DbtProject } from "./dbtProject.ts";
import { type YamlNode, yamlBelow } from "./yamlOutline.ts";

/** What `dbt_project.yml` says of one file: the nearest folder's word counts. */
export function projectConfig(project: DbtProject, type: string, file: string): Record<string, unknown> {
  const roots = { model: project.modelPaths, seed: project.seedPaths, snapshot: project.snapshotPaths }[type];
  const root = roots?.find(it => file.startsWith(`${it}/`));
  const inside = root === undefined ? file : file.slice(root.length + 1);
  const config: Record<string, unknown> = {};
  let level: readonly YamlNode[] = yamlBelow(project.outline, `${type}s`);
  for (const folder of [null, project.name, ...inside.replace(/\.\w+$/, "").split("/")]) {
    if (folder !== null) level = yamlBelow(level, folder);
    for (const { key, value } of level) {
      const name = key?.replace(/^\+/, "");
      if (value === null || value.includes("{{") || name === undefined || !meant.has(name)) continue;
      config[name] = name === "enabled" ? value !== "false" : value;
    }
  }
  return config;
}

const meant: ReadonlySet<string> = new Set(["materialized", "schema", "enabled", "group"]);

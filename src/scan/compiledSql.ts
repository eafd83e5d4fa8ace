import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AssetNode } from "../model/assetGraph.ts";
import type { DbtProject } from "./dbtProject.ts";

/** The SQL that dbt made of a model when it last did. */
export interface CompiledFile {
  readonly text: string;
  /** ISO 8601. */
  readonly compiledAt: string;
  /** The model was written since. */
  readonly isOutdated: boolean;
}

/** What lies in dbt's own target folder; null when dbt has not compiled the model there. Runs nothing. */
export async function readCompiledSql(
  root: string,
  project: DbtProject,
  asset: AssetNode,
): Promise<CompiledFile | null> {
  const file = compiledFile(project, asset);
  if (file === null || asset.file === null) return null;
  try {
    const [text, compiled, written] = await Promise.all([
      readFile(file, "utf8"),
      stat(file),
      stat(join(root, asset.file)).catch(() => null),
    ]);
    return {
      text: text.trim(),
      compiledAt: compiled.mtime.toISOString(),
      isOutdated: written !== null && written.mtimeMs > compiled.mtimeMs,
    };
  } catch {
    return null;
  }
}

/** Where dbt writes what it compiles: "target/compiled/<package>/models/orders.sql". */
export function compiledFile(
  { path, packagesPath, manifest }: DbtProject,
  { dbt, file }: AssetNode,
): string | null {
  if (!dbt || file === null || !/\.sql$/.test(file)) return null;
  const prefix = path === "" ? "" : `${path}/`;
  if (!file.startsWith(prefix)) return null;
  const inProject = file.slice(prefix.length);
  const inPackage = `${packagesPath}/${dbt.package}/`;
  const own = inProject.startsWith(inPackage) ? inProject.slice(inPackage.length) : inProject;
  return join(dirname(manifest), "compiled", dbt.package, ...own.split("/"));
}

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

/**
 * What lies in dbt's own target folder, or what dbt has compiled for Millrace when that is newer; null when dbt has not
 * compiled the model. Runs nothing. A target folder of another target is left aside.
 */
export async function readCompiledSql(
  root: string,
  project: DbtProject,
  asset: AssetNode,
  isOfOtherTarget = false,
): Promise<CompiledFile | null> {
  const file = compiledFile(project, asset);
  if (file === null) return null;
  const folders = [
    keptCompiled(root),
    ...(isOfOtherTarget ? [] : [join(dirname(project.manifest), "compiled")]),
  ];
  const found = await Promise.all(folders.map(it => readFrom(join(it, file), root, asset)));
  return found.reduce((newest, it) => (it && it.compiledAt > (newest?.compiledAt ?? "") ? it : newest), null);
}

/** Where the SQL stays that dbt has compiled for Millrace, of each model the last. */
export function keptCompiled(root: string): string {
  return join(root, ".millrace", "dbt", "compiled");
}

async function readFrom(file: string, root: string, asset: AssetNode): Promise<CompiledFile | null> {
  if (asset.file === null) return null;
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

/** Where dbt writes what it compiles, within its folder "compiled": "<package>/models/orders.sql". */
export function compiledFile(
  { path, packagesPath }: Pick<DbtProject, "path" | "packagesPath">,
  { dbt, file }: Pick<AssetNode, "dbt" | "file">,
): string | null {
  if (!dbt || file === null || !/\.sql$/.test(file)) return null;
  const prefix = path === "" ? "" : `${path}/`;
  if (!file.startsWith(prefix)) return null;
  const inProject = file.slice(prefix.length);
  const inPackage = `${packagesPath}/${dbt.package}/`;
  const own = inProject.startsWith(inPackage) ? inProject.slice(inPackage.length) : inProject;
  return join(dbt.package, ...own.split("/"));
}

import { copyFile, mkdir, utimes } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { AssetNode } from "../model/assetGraph.ts";
import { compiledFile, keptCompiled } from "../scan/compiledSql.ts";
import type { DbtProject } from "../scan/dbtProject.ts";

/** Keeps the SQL that an invocation has compiled of a model, so that whoever wants to see it need not call dbt. */
export async function keepCompiled(
  root: string,
  project: DbtProject,
  asset: AssetNode,
  invocationFolder: string,
): Promise<void> {
  const file = compiledFile(project, asset);
  if (file === null) return;
  const kept = join(keptCompiled(root), file);
  try {
    await mkdir(dirname(kept), { recursive: true });
    await copyFile(join(invocationFolder, "compiled", file), kept);
    const now = new Date();
    await utimes(kept, now, now);
  } catch {
    // What dbt could not compile has no such file.
  }
}

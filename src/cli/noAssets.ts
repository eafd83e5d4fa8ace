import { existsSync } from "node:fs";
import { join } from "node:path";
import { type Configuration, ConfigurationError } from "../engine/configuration.ts";
import { embeddedFolder } from "../engine/stateDatabase.ts";
import type { Problem } from "../model/problem.ts";
import { sourceFiles } from "../scan/sourceFiles.ts";
import { createWorkspaceScan } from "../scan/workspace.ts";

/** A folder without anything to materialize is told so, instead of being given a database. */
export async function refuseWithoutAssets(configuration: Configuration): Promise<void> {
  const { root, assets, databaseUrl } = configuration;
  if (databaseUrl.value !== null || existsSync(join(embeddedFolder(root), "postgres"))) return;
  const scan = createWorkspaceScan(root, assets.value ? { include: assets.value } : {});
  await scan.load();
  if (scan.definitionFiles().length > 0 || scan.dbtProject() !== null) return;
  throw new ConfigurationError(await noAssetsInWords(configuration));
}

/** Why there are none: nothing was written yet, or what is written is not looked at. */
export async function noAssetsInWords(
  { root, assets }: Configuration,
  problems: readonly Problem[] = [],
): Promise<string> {
  if (problems.some(it => it.severity === "error")) return "No asset could be read. Mend what is told above.";
  const write = 'Write a first one with "millrace init".';
  if (assets.value === null) return `No assets here: no file in ${root} imports "millrace". ${write}`;
  const patterns = assets.value.map(it => `"${it}"`).join(", ");
  const said = `"assets" of ${assets.source} (${patterns})`;
  for await (const [file] of sourceFiles(root, assets.value)) {
    return `No assets here: ${file}, and whatever else ${said} names, declares none. Write export const name = asset(…) there.`;
  }
  for await (const _ of sourceFiles(root)) {
    return `No assets here: ${said} matches no file in ${root}. Correct it, or leave it out: every file that imports "millrace" is then read.`;
  }
  return `No assets here: ${said} matches no file in ${root}. ${write}`;
}

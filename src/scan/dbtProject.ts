import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { Problem } from "../model/problem.ts";
import { isJsonRecord, textOf } from "./manifestValues.ts";
import { isIgnoredFolder, settingsFile } from "./sourceFiles.ts";
import { type YamlNode, yamlOutline, yamlText, yamlTexts } from "./yamlOutline.ts";

/** A dbt project as its own file describes it. */
export interface DbtProject {
  /** Absolute. */
  readonly folder: string;
  /** From the workspace root to it, with forward slashes: "../dbt_project", "" for the root itself. */
  readonly path: string;
  readonly name: string;
  /** Absolute; whether it exists is another question. */
  readonly manifest: string;
  readonly modelPaths: readonly string[];
  readonly seedPaths: readonly string[];
  readonly snapshotPaths: readonly string[];
  /** Where macros and tests are: files that become no asset, and change what assets are. */
  readonly otherPaths: readonly string[];
  /** Where installed packages are, relative to the folder. */
  readonly packagesPath: string;
  readonly outline: readonly YamlNode[];
}

/** What `millrace.json` says that the scan needs to know. */
export interface RootSettings {
  readonly dbtProject: string | null;
  readonly dbtManifest: string | null;
  readonly assetSchema: string;
}

/** The dbt project that a workspace root names or holds, and what is wrong with it; null when there is none. */
export async function findDbtProject(
  root: string,
  settings: RootSettings,
): Promise<{ project: DbtProject | null; problems: Problem[] }> {
  const { dbtProject } = settings;
  if (dbtProject !== null) {
    const project = await readProject(root, resolve(root, dbtProject), settings);
    if (project !== null) return { project, problems: [] };
    const message = `"dbt" names the project ${dbtProject}, where there is no ${projectFile}. Correct the path.`;
    return { project: null, problems: [{ file: settingsFile, ...start, severity: "error", message }] };
  }
  const [first, second] = await foldersWithProjects(root);
  if (first === undefined) return { project: null, problems: [] };
  const project = await readProject(root, first, settings);
  const message = `There are several dbt projects here, and this one is shown. Name the one you mean in ${settingsFile}: "dbt": { "project": "${relative(root, first).split(sep).join("/")}" }.`;
  const file = project === null ? "." : inProject(project, projectFile);
  return { project, problems: second ? [{ file, ...start, severity: "info", message }] : [] };
}

/** Reads the few settings that matter to a scan; what is wrong with the file is told by who reads all of it. */
export async function readRootSettings(
  root: string,
  otherManifest: string | null = null,
): Promise<RootSettings> {
  let settings: unknown = null;
  try {
    settings = JSON.parse(await readFile(join(root, settingsFile), "utf8"));
    lastReadable.set(root, settings);
  } catch (error) {
    // While somebody types in it, what it names does not come and go.
    if (error instanceof SyntaxError) settings = lastReadable.get(root);
  }
  const { dbt, assetSchema } = isJsonRecord(settings) ? settings : ({} as Record<string, unknown>);
  const { project, manifest } = isJsonRecord(dbt) ? dbt : ({} as Record<string, unknown>);
  return {
    dbtProject: textOf(project),
    dbtManifest: otherManifest ?? textOf(manifest),
    assetSchema: textOf(assetSchema) ?? "assets",
  };
}

/** What `millrace.json` held when it could be read last, by root. */
const lastReadable = new Map<string, unknown>();

/** A file of the project as results name it: from the workspace root. */
export function inProject({ path }: DbtProject, file: string): string {
  return path === "" ? file : `${path}/${file}`;
}

/** The file that makes a folder a dbt project. */
export const projectFile = "dbt_project.yml";
const start = { line: 1, column: 1 } as const;

/** The root itself, else folders in it and in those; a project's own test projects lie below it. */
async function foldersWithProjects(root: string): Promise<string[]> {
  let folders = [root];
  for (let depth = 0; depth <= deepest; depth++) {
    const found: string[] = [];
    const below: string[] = [];
    for (const folder of folders) {
      const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
      if (entries.some(it => it.name === projectFile && !it.isDirectory())) found.push(folder);
      else if (folder !== root && entries.some(it => it.name === settingsFile)) continue;
      for (const entry of entries) {
        if (entry.isDirectory() && !isIgnoredFolder(entry.name)) below.push(join(folder, entry.name));
      }
    }
    if (found.length > 0) return found.sort();
    folders = below.slice(0, mostFolders);
  }
  return [];
}

const deepest = 2;
/** Whoever has more names the project. */
const mostFolders = 500;

async function readProject(root: string, folder: string, settings: RootSettings): Promise<DbtProject | null> {
  const text = await readFile(join(folder, projectFile), "utf8").catch(() => null);
  if (text === null) return null;
  const outline = yamlOutline(text);
  const paths = (name: string, old: string, usual: string) => {
    const written = [...yamlTexts(outline, name), ...yamlTexts(outline, old)].filter(isPlain);
    return written.length > 0 ? written.map(it => it.replace(/^\.\/|\/+$/g, "")) : [usual];
  };
  const path = (name: string, usual: string) => [yamlText(outline, name)].find(isPlain) ?? usual;
  const target = textOf(process.env.DBT_TARGET_PATH) ?? path("target-path", "target");
  return {
    folder,
    path: relative(root, folder).split(sep).join("/"),
    name: yamlText(outline, "name") ?? basename(folder),
    manifest: settings.dbtManifest
      ? resolve(root, settings.dbtManifest)
      : resolve(folder, target, "manifest.json"),
    modelPaths: paths("model-paths", "source-paths", "models"),
    seedPaths: paths("seed-paths", "data-paths", "seeds"),
    snapshotPaths: paths("snapshot-paths", "snapshot-paths", "snapshots"),
    otherPaths: [
      ...paths("macro-paths", "macro-paths", "macros"),
      ...paths("test-paths", "test-paths", "tests"),
    ],
    packagesPath: path("packages-install-path", "dbt_packages"),
    outline,
  };
}

/** What Jinja makes of it only dbt knows. */
function isPlain(text: string | null): text is string {
  return text !== null && !text.includes("{{");
}

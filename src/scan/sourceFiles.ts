import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, relative, resolve, sep } from "node:path";
import { filePatterns } from "./filePatterns.ts";
import { isOutside } from "./modulePaths.ts";

/** The file that makes a folder a workspace root of its own. */
export const settingsFile = "millrace.json";

/** Answers whether a path relative to the root may be an asset file, by its name alone. */
export function sourceFilter(include: readonly string[] = []): (file: string) => boolean {
  const isIncluded = filePatterns(include);
  return file => {
    const folders = file.split("/");
    const name = folders.pop() ?? "";
    return isSource(name) && !folders.some(isIgnoredFolder) && isIncluded(file);
  };
}

/** Finds the files that may be asset files, a folder at a time; a nested workspace root is left alone. */
export async function* sourceFiles(root: string, include?: readonly string[]): AsyncGenerator<string[]> {
  const isWanted = sourceFilter(include);
  const folders = [""];
  for (let folder = folders.pop(); folder !== undefined; folder = folders.pop()) {
    const entries = await readdir(join(root, folder), { withFileTypes: true }).catch(() => []);
    if (folder !== "" && entries.some(it => it.name === settingsFile && !it.isDirectory())) continue;
    const files: string[] = [];
    for (const entry of entries) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) {
        if (!isIgnoredFolder(entry.name)) folders.push(path);
      } else if (isWanted(path) && (entry.isFile() || (await leadsToFile(join(root, path)))))
        files.push(path);
    }
    if (files.length > 0) yield files;
  }
}

/** A path as results name it: relative to the root, with forward slashes; null when it is outside. */
export function relativePath(root: string, file: string): string | null {
  const path = relative(root, resolve(root, file)).split(sep).join("/");
  return path === "" || isOutside(path) || isAbsolute(path) ? null : path;
}

function isSource(name: string): boolean {
  return /\.(?:[mc]?ts|tsx|m?js)$/.test(name) && !/\.(?:d|test|spec)\.[^.]+$/.test(name);
}

/** Folders that hold what tools make or install, and hidden ones. */
export function isIgnoredFolder(name: string): boolean {
  return name.startsWith(".") || ignoredFolders.has(name);
}

const ignoredFolders = new Set(["node_modules", "dist", "build", "out", "target", "dbt_packages", "venv"]);

/** A link to a folder is not followed: it may lead back. A link that leads nowhere is reported on reading. */
async function leadsToFile(path: string): Promise<boolean> {
  return stat(path).then(
    it => it.isFile(),
    () => true,
  );
}

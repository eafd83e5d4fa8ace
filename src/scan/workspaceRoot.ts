import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { settingsFile } from "./sourceFiles.ts";

/**
 * The workspace root that a folder or file belongs to: the nearest folder upward with `millrace.json`,
 * else the root of the package manager's workspace, else the folder itself.
 */
export function workspaceRoot(start: string): string {
  const folder = isFile(start) ? dirname(resolve(start)) : resolve(start);
  return upward(folder, it => isFile(join(it, settingsFile))) ?? upward(folder, holdsPackages) ?? folder;
}

function upward(folder: string, isMeant: (folder: string) => boolean): string | null {
  for (let at = folder; ; at = dirname(at)) {
    if (isMeant(at)) return at;
    if (dirname(at) === at) return null;
  }
}

function holdsPackages(folder: string): boolean {
  if (existsSync(join(folder, "pnpm-workspace.yaml"))) return true;
  try {
    const manifest: unknown = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "workspaces" in manifest;
  } catch {
    return false;
  }
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() ?? false;
}

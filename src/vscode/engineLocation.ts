import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The engine to start, and where it was found. */
export interface EngineLocation {
  readonly cli: string;
  readonly from: "workspace" | "checkout" | "extension";
}

/**
 * The engine of a workspace root: the `millrace` that its own files would import, found upward as Node does,
 * else the one that came with the extension.
 */
export function locateEngine(root: string, extensionFolder: string): EngineLocation {
  for (const folder of upward(root)) {
    const installed = join(folder, "node_modules/millrace/dist/cli.js");
    if (existsSync(installed)) return { cli: installed, from: "workspace" };
    const built = join(folder, "dist/cli.js");
    if (packageName(folder) === "millrace" && existsSync(built)) return { cli: built, from: "checkout" };
  }
  return { cli: join(extensionFolder, "dist/cli.js"), from: "extension" };
}

function* upward(folder: string) {
  for (let at = folder; ; at = dirname(at)) {
    yield at;
    if (dirname(at) === at) return;
  }
}

function packageName(folder: string): unknown {
  try {
    return JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).name;
  } catch {
    return undefined;
  }
}

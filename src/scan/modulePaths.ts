import { dirname, join } from "node:path/posix";

/** The files that an import may mean, likeliest first; all relative to the root. Pure, on every platform. */
export function modulePaths(specifier: string, importer: string): string[] {
  const path = join(dirname(importer), specifier.replace(/\/+$/, ""));
  const written = /\.[mc]?[jt]sx?$/.exec(path)?.[0];
  const sources = written && sourceExtensions[written];
  // TypeScript writes `./raw.js` for raw.ts.
  if (sources) return [path, ...sources.map(extension => path.slice(0, -written.length) + extension)];
  const open = [".ts", ".tsx", ".mts", ".cts", ".js", ".mjs"];
  return [...open.map(it => path + it), ...open.map(it => join(path, `index${it}`))];
}

/** True for `./raw.js` and `../raw.js`; a package's name is left to the loaded definitions. */
export function isRelative(specifier: string): boolean {
  return /^\.\.?(\/|$)/.test(specifier);
}

/** True for a path outside the root. */
export function isOutside(path: string): boolean {
  return path === ".." || path.startsWith("../") || path.startsWith("/");
}

const sourceExtensions: Readonly<Record<string, string[]>> = {
  ".js": [".ts", ".tsx"],
  ".jsx": [".tsx"],
  ".mjs": [".mts"],
  ".cjs": [".cts"],
  ".ts": [],
  ".tsx": [],
  ".mts": [],
  ".cts": [],
};

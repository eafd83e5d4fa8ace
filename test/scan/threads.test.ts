import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Project, writeProject } from "../support/project.ts";

/** Enough that threads are worth while. */
const count = 320;
/** The compiler of a thread wants a processor too. */
const threads = availableParallelism() > 2 ? 2 : 1;
let project: Project;

beforeAll(async () => {
  const texts = Array.from({ length: count }, (_, at) => [
    `assets/n${at}.ts`,
    `import { asset } from "millrace"; export const n = asset("n${at}", {});`,
  ]);
  project = await writeProject(Object.fromEntries(texts));
});
afterAll(() => project.remove());

test.each([
  ["from source", async () => ["src/scan/workspace.ts"]],
  ["from an ES module bundle", async () => [await bundled("esm/main.js", "esm", "esm/scanThread.js")]],
  ["from a CommonJS bundle", async () => [await bundled("cjs/main.cjs", "cjs", "cjs/scanThread.js")]],
  ["from a bundle in a folder", async () => [await bundled("up/in/main.cjs", "cjs", "up/scanThread.js")]],
])("the scan uses its threads %s", async (_, modules) => {
  const [module = ""] = await modules();
  expect(await scanIn(module)).toEqual({ assets: count, threads });
});

test("without the script of its threads, the scan does all by itself", async () => {
  expect(await scanIn(await bundled("alone/main.js", "esm", null))).toEqual({ assets: count, threads: 0 });
});

test("when its threads die, the scan does the rest by itself", async () => {
  const module = await bundled("dying/main.js", "esm", null);
  await project.write("dist/dying/package.json", `{ "type": "module" }`);
  await project.write("dist/dying/scanThread.js", `throw new Error("no memory left");`);
  expect(await scanIn(module)).toEqual({ assets: count, threads });
});

/** As scripts/build.mjs does it: one bundle per process or thread. Answers where the scan's own is. */
async function bundled(file: string, format: "esm" | "cjs", thread: string | null): Promise<string> {
  const outfile = join(project.root, "dist", file);
  const options = { bundle: true, platform: "node", target: "node20", logLevel: "error" } as const;
  await build({
    ...options,
    entryPoints: ["src/scan/workspace.ts"],
    format,
    outfile,
    logOverride: { "empty-import-meta": "silent" },
  });
  await project.write(join("dist", file, "../package.json"), `{ "type": "module" }`);
  if (thread !== null) {
    const outfile = join(project.root, "dist", thread);
    await project.write(join("dist", thread, "../package.json"), `{ "type": "module" }`);
    await build({ ...options, entryPoints: ["src/scan/thread.ts"], format: "esm", outfile });
  }
  return outfile;
}

/** Scans in a process of its own, and counts the threads that it starts. */
async function scanIn(module: string): Promise<{ assets: number; threads: number }> {
  const script = `
    process.on("worker", () => threads++);
    let threads = 0;
    import(${JSON.stringify(new URL(module, `file://${process.cwd()}/`).href)})
      .then(({ scanWorkspace }) => scanWorkspace(${JSON.stringify(project.root)}))
      .then(({ assets }) => console.log(JSON.stringify({ assets: assets.length, threads })));`;
  const { stdout } = await promisify(execFile)(process.execPath, ["-e", script]);
  return JSON.parse(stdout);
}

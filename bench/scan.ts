import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parse } from "@babel/parser";
import { build } from "esbuild";
import { createWorkspaceScan } from "../src/scan/workspace.ts";
import { fromSamples, type Report } from "./figures/figure.ts";
import { assetFile, assetText, writeAssetFiles } from "./scan/assetFiles.ts";

/** Cold scans, each in a new process, and one save in a workspace that is known. */
export async function bench(report: Report) {
  const blocks: number[] = [];
  const bundle = await bundleScan();
  for (const { count, figure, budget } of [
    { count: 1_000, figure: "scan 1,000 files", budget: null },
    { count: 10_000, figure: "scan 10,000 files, in threads", budget: 2_000 },
  ]) {
    const { root, remove } = await writeAssetFiles(count);
    try {
      const samples = Array.from({ length: 5 }, () => scanOnce(bundle.module, root, count));
      blocks.push(...samples.map(it => it.longestBlock));
      const peer = { name: "@babel/parser alone, one thread", value: await parseAll(root, count) };
      const times = samples.map(it => it.milliseconds);
      report(fromSamples(times, 50, { figure, unit: "ms", budget, better: "lower", peer }));
    } finally {
      await remove();
    }
  }
  await bundle.remove();
  report(
    fromSamples(blocks, 100, {
      figure: "longest block of the caller",
      unit: "ms",
      budget: 50,
      better: "lower",
      peer: null,
    }),
  );
  report(
    fromSamples(await saves(1_000), 95, {
      figure: "save → graph, 1,000 files",
      unit: "ms",
      budget: 50,
      better: "lower",
      peer: null,
    }),
  );
}

/** The scan and its thread as they are shipped: bundled, one beside the other. */
async function bundleScan(): Promise<{ module: string; remove(): Promise<void> }> {
  const outdir = await mkdtemp(join(tmpdir(), "millrace-bench-"));
  await writeFile(join(outdir, "package.json"), `{ "type": "module" }`);
  await build({
    entryPoints: { scan: "src/scan/workspace.ts", scanThread: "src/scan/thread.ts" },
    absWorkingDir: fileURLToPath(new URL("..", import.meta.url)),
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    minifyWhitespace: true,
    minifySyntax: true,
    outdir,
    logLevel: "error",
  });
  return {
    module: pathToFileURL(join(outdir, "scan.js")).href,
    remove: () => rm(outdir, { recursive: true, force: true }),
  };
}

function scanOnce(
  module: string,
  root: string,
  count: number,
): { milliseconds: number; longestBlock: number } {
  const script = fileURLToPath(new URL("scan/once.mjs", import.meta.url));
  const answer = JSON.parse(execFileSync(process.execPath, [script, module, root], { encoding: "utf8" }));
  // The shared source is one more asset; each asset has one input.
  if (answer.assets !== count + 1 || answer.edges !== count || answer.problems !== 0) {
    throw new Error(`The scan of ${count} files answered ${JSON.stringify(answer)}.`);
  }
  return answer;
}

async function parseAll(root: string, count: number) {
  const texts = await Promise.all(
    Array.from({ length: count }, (_, at) => readFile(join(root, assetFile(at)), "utf8")),
  );
  const start = performance.now();
  for (const text of texts) parse(text, { sourceType: "module", plugins: ["typescript"] });
  return Math.round(performance.now() - start);
}

/** Each save changes a file in a way that the graph shows. */
async function saves(count: number) {
  const { root, remove } = await writeAssetFiles(count);
  try {
    const scan = createWorkspaceScan(root);
    await scan.load();
    return Array.from({ length: 100 }, (_, at) => {
      const description = `Saved ${at} times.`;
      const index = (at * 37) % count;
      const start = performance.now();
      scan.update(assetFile(index), assetText(index, description));
      const { assets } = scan.graph();
      const milliseconds = performance.now() - start;
      if (!assets.some(it => it.description === description))
        throw new Error("The save is not in the graph.");
      return milliseconds;
    });
  } finally {
    await remove();
  }
}

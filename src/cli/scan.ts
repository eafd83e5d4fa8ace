import { type Configuration, readConfiguration } from "../engine/configuration.ts";
import { indexGraph, type ScannedGraph } from "../model/assetGraph.ts";
import { formatCounted } from "../model/format.ts";
import { readManifest } from "../scan/manifest.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { tellDbtChanges } from "./dbtChanges.ts";
import { noAssetsInWords } from "./noAssets.ts";
import { printProblem } from "./problems.ts";
import { rootOf } from "./rootOf.ts";
import { color, printJson, say, table } from "./terminal.ts";

/** The graph from text alone: no database, no user code. Exits 1 when there are errors, for CI. */
export async function scan(dir: string, options: { json?: boolean; manifest?: string }): Promise<void> {
  const { manifest } = options;
  const configuration = manifest === undefined ? await readConfiguration(rootOf(dir)) : null;
  const graph = await (configuration ? graphOf(configuration) : graphOfManifest(manifest as string));
  if (options.json) printJson(graph);
  else {
    print(graph);
    if (graph.assets.length === 0)
      say(
        configuration ? await noAssetsInWords(configuration, graph.problems) : "The manifest has no models.",
      );
  }
  if (graph.problems.some(problem => problem.severity === "error")) process.exitCode = 1;
}

function graphOf({ root, assets }: Configuration): Promise<ScannedGraph> {
  return scanWorkspace(root, assets.value ? { include: assets.value } : {});
}

/** A manifest alone: files are named as it names them, whether they are there or not. */
async function graphOfManifest(file: string): Promise<ScannedGraph> {
  const { assets, edges, problems } = await readManifest(file);
  return { assets, edges, problems };
}

function print({ assets, edges, problems, dbt }: ScannedGraph): void {
  for (const problem of problems) printProblem(problem);
  tellDbtChanges(dbt);
  if (assets.length === 0) return;
  const { parents } = indexGraph({ assets, edges });
  const rows = assets.map(asset => [
    asset.key,
    color.dim(asset.kind),
    color.dim(asset.file === null ? "" : `${asset.file}:${asset.line}`),
    (parents.get(asset.key) ?? []).map(it => `← ${it}`).join(" "),
  ]);
  say(table(rows));
  say(
    color.dim(
      [
        formatCounted(assets.length, "asset"),
        formatCounted(edges.length, "edge"),
        formatCounted(problems.length, "problem"),
      ].join(", "),
    ),
  );
}

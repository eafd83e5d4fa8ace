import { resolve } from "node:path";
import { readConfiguration } from "../engine/configuration.ts";
import { indexGraph, type ScannedGraph } from "../model/assetGraph.ts";
import { readManifest } from "../scan/manifest.ts";
import { scanWorkspace } from "../scan/workspace.ts";
import { workspaceRoot } from "../scan/workspaceRoot.ts";
import { tellDbtChanges } from "./dbtChanges.ts";
import { printProblem } from "./problems.ts";
import { color, printJson, say, table } from "./terminal.ts";

/** The graph from text alone: no database, no user code. Exits 1 when there are errors, for CI. */
export async function scan(dir: string, options: { json?: boolean; manifest?: string }): Promise<void> {
  const graph = await (options.manifest === undefined ? graphOf(dir) : graphOfManifest(options.manifest));
  if (options.json) printJson(graph);
  else print(graph);
  if (graph.problems.some(problem => problem.severity === "error")) process.exitCode = 1;
}

async function graphOf(dir: string): Promise<ScannedGraph> {
  const root = workspaceRoot(resolve(dir));
  const { assets } = await readConfiguration(root);
  return scanWorkspace(root, assets.value ? { include: assets.value } : {});
}

/** A manifest alone: files are named as it names them, whether they are there or not. */
async function graphOfManifest(file: string): Promise<ScannedGraph> {
  const { assets, edges, problems } = await readManifest(file);
  return { assets, edges, problems };
}

function counted({ length }: readonly unknown[], noun: string): string {
  return `${length} ${noun}${length === 1 ? "" : "s"}`;
}

function print({ assets, edges, problems, dbt }: ScannedGraph): void {
  for (const problem of problems) printProblem(problem);
  tellDbtChanges(dbt);
  if (assets.length === 0) {
    say('No assets here. Write one with "millrace init".');
    return;
  }
  const { parents } = indexGraph({ assets, edges });
  const rows = assets.map(asset => [
    asset.key,
    color.dim(asset.kind),
    color.dim(asset.file === null ? "" : `${asset.file}:${asset.line}`),
    (parents.get(asset.key) ?? []).map(it => `← ${it}`).join(" "),
  ]);
  say(table(rows));
  say(color.dim([counted(assets, "asset"), counted(edges, "edge"), counted(problems, "problem")].join(", ")));
}

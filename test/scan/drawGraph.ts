import type { AssetNode, ScannedGraph } from "../../src/model/assetGraph.ts";
import { linkScans } from "../../src/scan/linkScans.ts";
import { scanFile } from "../../src/scan/scanFile.ts";

/** The graph of an inline workspace, without a disk. */
export function graphOf(files: Record<string, string>): ScannedGraph {
  const scans = Object.entries(files).map(([file, text]) => scanFile(text, file));
  return linkScans(new Map(scans.map(it => [it.file, it]))).graph;
}

/** A graph as text: one line for each asset with what it needs, then one for each problem. */
export function drawGraph({ assets, edges, problems }: ScannedGraph): string {
  return [
    ...assets.map(asset => {
      const parents = edges.filter(it => it.to === asset.key);
      const needs = parents.map(it => (it.kind === "dep" ? `(${it.from})` : it.from)).join(", ");
      return [place(asset), asset.key, labels(asset), needs && `← ${needs}`].filter(Boolean).join(" ");
    }),
    ...problems.map(it => `${it.severity} ${it.file}:${it.line}:${it.column} ${it.message}`),
  ].join("\n");
}

function place({ file, line, column }: AssetNode) {
  return `${file}:${line}:${column}`;
}

function labels({ kind, group, partitions, checks, owners, kinds, tags }: AssetNode) {
  return [
    kind === "typescript" ? "" : `[${kind}]`,
    group === "default" ? "" : `group:${group}`,
    partitions === null ? "" : `{${partitions}}`,
    checks.length === 0 ? "" : `checks:${checks.join("|")}`,
    owners.length === 0 ? "" : `owners:${owners.join("|")}`,
    kinds.length === 0 ? "" : `kinds:${kinds.join("|")}`,
    ...Object.entries(tags).map(([name, value]) => `tag:${name}=${value}`),
  ]
    .filter(Boolean)
    .join(" ");
}

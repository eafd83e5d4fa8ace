import type { AssetEdge } from "../model/assetGraph.ts";
import type { AssetKey } from "../model/assetKey.ts";
import type { Problem } from "../model/problem.ts";
import type { ManifestNode, ManifestNodes } from "./manifestNodes.ts";

/** Answers which assets a node needs, by way of whatever is spliced between them. */
export interface Ancestry {
  /** The assets that `id` itself stands for: itself, or its nearest ancestors. */
  standingFor(id: string): readonly string[];
  /** The assets directly above a node, and the ids that lead nowhere. */
  above(node: ManifestNode): { readonly assets: readonly string[]; readonly lost: readonly string[] };
}

/** Chains of ephemeral models may be long, meet again, and bite their own tail. */
export function ancestry({ nodes }: ManifestNodes): Ancestry {
  return {
    standingFor: id => (nodes.get(id)?.asset ? [id] : walk([id]).assets),
    above: ({ parents }) => walk(parents),
  };

  function walk(from: readonly string[]) {
    const seen = new Set(from);
    const assets: string[] = [];
    const lost: string[] = [];
    for (const id of seen) {
      const node = nodes.get(id);
      if (node === undefined) lost.push(id);
      else if (node.asset !== null) assets.push(id);
      // A set that grows while it is walked is a queue that takes nobody twice.
      else for (const parent of node.parents) seen.add(parent);
    }
    return { assets, lost };
  }
}

/** The edges between the assets of a manifest; a parent that does not exist is a problem. */
export function manifestEdges(
  { nodes, disabled }: ManifestNodes,
  { above }: Ancestry,
  keys: ReadonlyMap<string, AssetKey>,
  file: string,
  problems: Problem[],
): AssetEdge[] {
  const edges: AssetEdge[] = [];
  for (const node of nodes.values()) {
    const to = keys.get(node.id);
    if (to === undefined) continue;
    const { assets, lost } = above(node);
    for (const id of assets) {
      const from = keys.get(id);
      if (from !== undefined && from !== to) edges.push({ from, to, kind: "input" });
    }
    if (assets.includes(node.id)) problems.push(needsItself(node, file));
    for (const id of lost) problems.push(lostParent(node, id, disabled.has(id), file));
  }
  return edges;
}

/** Says that what a node names is not there: something switched off is a decision, anything else an accident. */
export function lostParent(node: ManifestNode, id: string, isDisabled: boolean, manifest: string): Problem {
  const why = isDisabled
    ? "which is disabled. Enable it, or take it out."
    : 'which the manifest does not hold. Correct it, and run "dbt parse".';
  const message = `${node.id} needs ${id}, ${why}`;
  return { file: node.file ?? manifest, line: 1, column: 1, severity: "warning", message };
}

function needsItself(node: ManifestNode, manifest: string): Problem {
  const message = `${node.id} needs itself, by way of what stands between. Remove one of these references.`;
  return { file: node.file ?? manifest, line: 1, column: 1, severity: "error", message };
}

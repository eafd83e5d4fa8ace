import type { AssetEdge, AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";

/**
 * A graph as it is drawn, one chain a line: `raw → clean → report`.
 * `⇢` is a dep, `(orders)` a source; `facts` adds what the drawing does not show.
 */
export function graphOf(drawing: string, facts: Record<string, Partial<AssetNode>> = {}): AssetGraph {
  const assets = new Map<string, AssetNode>();
  const edges: AssetEdge[] = [];
  for (const line of drawing.split("\n").filter(it => it.trim() !== "")) {
    const [first = "", ...rest] = line.split(/(→|⇢)/).map(it => it.trim());
    let from = add(first);
    for (let i = 0; i < rest.length; i += 2) {
      const to = add(rest[i + 1] ?? "");
      edges.push({ from, to, kind: rest[i] === "→" ? "input" : "dep" });
      from = to;
    }
  }
  return { assets: [...assets.values()], edges };

  function add(written: string): AssetKey {
    const [, source] = /^\((.*)\)$/.exec(written) ?? [];
    const name = source ?? written;
    if (!assets.has(name)) {
      const kind = source === undefined ? "typescript" : "source";
      assets.set(name, { ...plainAsset, key: name as AssetKey, kind, ...facts[name] });
    }
    return name as AssetKey;
  }
}

/** Keys written with spaces between them. */
export function keysOf(text: string): AssetKey[] {
  return text.split(" ") as AssetKey[];
}

const plainAsset = {
  group: "default",
  description: null,
  tags: {},
  kinds: [],
  owners: [],
  file: null,
  line: null,
  column: null,
  partitions: null,
  checks: [],
};

import { describe, expect, test } from "vitest";
import type { AssetEdge, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { mergedGraph } from "../../src/vscode/mergedGraph.ts";

describe("the graph on screen", () => {
  test("is the text's as long as nothing was loaded", () => {
    const text = graph(["a", "b"], ["a b"]);
    expect(mergedGraph(text, null)).toBe(text);
  });

  test("has the assets that only loading can know, and their edges", () => {
    const merged = mergedGraph(
      graph(["a"], []),
      graph(["a", "made/1", "made/2"], ["a made/1", "made/1 made/2"]),
    );
    expect(merged.assets.map(it => it.key)).toEqual(["a", "made/1", "made/2"]);
    expect(merged.edges.map(it => `${it.from} ${it.to}`)).toEqual(["a made/1", "made/1 made/2"]);
  });

  test("follows the text where both know an asset: what is being typed is newer", () => {
    const text = graph(["a", "b"], []);
    const loaded = graph(["a", "b"], ["a b"], "what it was when it was loaded");
    const merged = mergedGraph(text, loaded);
    expect(merged.edges).toEqual([]);
    expect(merged.assets.every(it => it.description === null)).toBe(true);
  });

  test("has no edge to an asset that is gone from both", () => {
    const merged = mergedGraph(graph(["a"], []), graph(["made"], ["gone made"]));
    expect(merged.edges).toEqual([]);
  });
});

function graph(keys: string[], edges: string[], description: string | null = null) {
  return {
    assets: keys.map(key => ({ key, description }) as AssetNode),
    edges: edges.map((it): AssetEdge => {
      const [from, to] = it.split(" ") as [AssetKey, AssetKey];
      return { from, to, kind: "input" };
    }),
    problems: [],
  };
}

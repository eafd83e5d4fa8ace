import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetEdge, AssetGraph, AssetKind, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Layout } from "../../webview/lineage/layout/placed.ts";
import { layout } from "../../webview/lineage/layout.ts";
import { chainSample, largeSample, mixedSample } from "../../webview/preview/samples.ts";
import { graphOf } from "../support/graphs.ts";

describe("a layout of any graph", () => {
  test("places every asset once, and no card over another", () => {
    fc.assert(
      fc.property(anyGraph(), graph => {
        const laid = layout(graph);
        expect(laid.assets.map(it => it.asset.key).sort()).toEqual(graph.assets.map(it => it.key).sort());
        expect(overlaps(laid)).toEqual([]);
      }),
    );
  });

  test("draws every edge from left to right, and cuts as few as close a cycle", () => {
    fc.assert(
      fc.property(anyGraph(), graph => {
        for (const { edge, isReversed } of layout(graph).edges) {
          if (edge.from === edge.to) continue;
          const laid = layout(graph);
          const from = laid.byKey.get(edge.from)?.x ?? 0;
          const to = laid.byKey.get(edge.to)?.x ?? 0;
          expect(isReversed ? to < from : from < to).toBe(true);
        }
      }),
    );
  });

  test("leads no edge across a card", () => {
    fc.assert(
      fc.property(anyGraph(), graph => {
        expect(crossedCards(layout(graph))).toEqual([]);
      }),
    );
  });

  test("does not depend on the order in which assets and edges are listed", () => {
    fc.assert(
      fc.property(anyGraph(), graph => {
        const turned = { assets: graph.assets.toReversed(), edges: graph.edges.toReversed() };
        expect(places(layout(turned))).toEqual(places(layout(graph)));
      }),
    );
  });

  test("moves nothing when it is laid out once more", () => {
    fc.assert(
      fc.property(anyGraph(), graph => {
        const first = layout(graph);
        expect(places(layout(graph, {}, first))).toEqual(places(first));
      }),
    );
  });

  test("has bounds that hold every card", () => {
    fc.assert(
      fc.property(anyGraph(), graph => {
        const { assets, bounds, card } = layout(graph);
        for (const { x, y } of assets) {
          expect(x).toBeGreaterThanOrEqual(bounds.x);
          expect(y).toBeGreaterThanOrEqual(bounds.y);
          expect(x + card.width).toBeLessThanOrEqual(bounds.x + bounds.width);
          expect(y + card.height).toBeLessThanOrEqual(bounds.y + bounds.height);
        }
      }),
    );
  });
});

describe("the order of cards", () => {
  test("crosses no edges where none need cross", () => {
    const laid = layout(mixedSample(0).graph);
    expect(crossings(laid)).toBe(0);
  });

  test("puts a chain on one line", () => {
    const laid = layout(chainSample(40).graph);
    expect(new Set(laid.assets.map(it => it.y)).size).toBe(1);
  });

  test("keeps the assets of a group together in a column", () => {
    const children = ["a/1", "b/1", "a/2", "b/2", "a/3", "b/3"];
    const drawing = children.map(child => `root → ${child}`).join("\n");
    const groups = Object.fromEntries(children.map(child => [child, { group: child.slice(0, 1) }]));
    const laid = layout(graphOf(drawing, groups));
    const column = laid.assets.filter(it => it.asset.key !== "root").toSorted((a, b) => a.y - b.y);
    const inOrder = column.map(it => it.asset.group);
    expect([inOrder.join(""), inOrder.toReversed().join("")]).toContain("aaabbb");
  });

  test("lets most neighbours of a large graph be of one group", () => {
    const { assets } = layout(largeSample(1_000, 0).graph);
    const columns = assets.toSorted((a, b) => a.x - b.x || a.y - b.y);
    const breaks = columns.filter((it, at) => {
      const above = columns[at - 1];
      return above?.x === it.x && above.asset.group !== it.asset.group;
    });
    expect(breaks.length).toBeLessThan(250);
  });

  test("unfolds a large graph: an edge climbs a few rows, not the whole column", () => {
    const { edges, bounds } = layout(largeSample(3_000, 0).graph);
    const climbs = edges.map(({ points }) =>
      points.reduce((sum, { y }, at) => sum + Math.abs(y - (points[at - 1]?.y ?? y)), 0),
    );
    const mean = climbs.reduce((sum, climb) => sum + climb, 0) / climbs.length;
    expect(mean).toBeLessThan(bounds.height / 35);
  });

  test("stands a source beside the asset that reads it, not at the far left", () => {
    const laid = layout(graphOf("a → b → c → d\n(late) → d"));
    expect(laid.byKey.get("late" as AssetKey)?.x).toBe(laid.byKey.get("c" as AssetKey)?.x);
  });
});

describe("a graph that changes", () => {
  test("leaves what stays where it is when a leaf is added", () => {
    const before = layout(largeSample(400, 0).graph);
    const { graph } = largeSample(400, 0);
    const parent = graph.assets[200]?.key as AssetKey;
    const leaf = { ...(graph.assets[0] as AssetNode), key: "new_leaf" as AssetKey };
    const after = layout(
      {
        assets: [...graph.assets, leaf],
        edges: [...graph.edges, { from: parent, to: leaf.key, kind: "input" }],
      },
      {},
      before,
    );
    expect(overlaps(after)).toEqual([]);
    const moved = before.assets.filter(({ asset, x, y }) => {
      const now = after.byKey.get(asset.key);
      return now?.x !== x || Math.abs((now?.y ?? 0) - y) > 100;
    });
    expect(moved.map(it => it.asset.key)).toEqual([]);
  });

  test("keeps the order in each column when an asset in the middle goes", () => {
    const { graph } = largeSample(300, 0);
    const before = layout(graph);
    const gone = graph.assets[150]?.key;
    const rest = { assets: graph.assets.filter(it => it.key !== gone), edges: graph.edges };
    const after = layout(rest, {}, before);
    for (const a of after.assets) {
      for (const b of after.assets) {
        const wasA = before.byKey.get(a.asset.key);
        const wasB = before.byKey.get(b.asset.key);
        if (!wasA || !wasB || a.x !== b.x || wasA.x !== wasB.x || Math.abs(a.y - b.y) > 300) continue;
        expect(Math.sign(a.y - b.y)).toBe(Math.sign(wasA.y - wasB.y));
      }
    }
  });

  test("closes the gaps when only the order is to be kept", () => {
    const graph = graphOf(Array.from({ length: 20 }, (_, at) => `root → child_${at}`).join("\n"));
    const whole = layout(graph);
    const rows = whole.assets.map(it => it.y).sort((a, b) => a - b);
    const outer = whole.assets.filter(
      it => it.y === rows[0] || it.y === rows.at(-1) || it.asset.key === "root",
    );
    const some = { ...graph, assets: outer.map(it => it.asset) };
    const kept = layout(some, { keepsPlaces: true }, whole);
    const closed = layout(some, { keepsPlaces: false }, whole);
    expect(kept.bounds.height).toBe(whole.bounds.height);
    expect(closed.bounds.height).toBeLessThan(150);
  });
});

describe("a graph that is large or strange", () => {
  test("a chain of 5,000 does not overflow the stack", () => {
    const laid = layout(chainSample(5_000).graph);
    expect(laid.assets).toHaveLength(5_000);
    expect(new Set(laid.assets.map(it => it.x)).size).toBe(5_000);
  });

  test("a ring of 5,000 ends, with one edge that runs back", () => {
    const { graph } = chainSample(5_000);
    const last = graph.assets.at(-1)?.key as AssetKey;
    const first = graph.assets[0]?.key as AssetKey;
    const laid = layout({ ...graph, edges: [...graph.edges, { from: last, to: first, kind: "input" }] });
    expect(laid.edges.filter(it => it.isReversed)).toHaveLength(1);
  });

  test("an asset that everything in a long chain reads does not bend its edges without end", () => {
    const { graph } = chainSample(3_000);
    const hub = graph.assets[0]?.key as AssetKey;
    const edges = graph.assets.slice(2).map(({ key }) => ({ from: hub, to: key, kind: "input" as const }));
    const laid = layout({ ...graph, edges: [...graph.edges, ...edges] }, { maxBends: 1_000 });
    const bends = laid.edges.reduce((sum, { points }) => sum + points.length / 2 - 1, 0);
    expect(bends).toBeLessThanOrEqual(1_000);
    expect(overlaps(laid)).toEqual([]);
  });

  test("an edge to itself and edges to nowhere change nothing for the others", () => {
    const plain = graphOf("a → b");
    const odd = layout({
      ...plain,
      edges: [...plain.edges, edge("a", "a"), edge("a", "b"), edge("a", "nowhere"), edge("nowhere", "b")],
    });
    expect(places(odd)).toEqual(places(layout(plain)));
    expect(odd.edges.map(it => `${it.edge.from} → ${it.edge.to}`)).toEqual(["a → b", "a → a"]);
  });

  test("10,000 assets of many domains lie apart", () => {
    const laid = layout(largeSample(10_000, 0).graph);
    expect(laid.assets).toHaveLength(10_000);
    expect(overlaps(laid)).toEqual([]);
  });

  test("assets that nothing joins are packed into rows below the rest", () => {
    const assets = Array.from({ length: 30 }, (_, at) => `lonely/${at}`);
    const { graph } = mixedSample(0);
    const laid = layout({ ...graph, assets: [...graph.assets, ...assets.map(key => asset(key))] });
    const lonely = laid.assets.filter(it => it.asset.group === "lonely");
    const joined = laid.assets.filter(
      it => it.asset.group !== "lonely" && it.asset.key !== "calendar/holidays",
    );
    expect(Math.min(...lonely.map(it => it.y))).toBeGreaterThan(Math.max(...joined.map(it => it.y)));
    expect(new Set(lonely.map(it => it.x)).size).toBeGreaterThan(3);
  });

  test("nothing is laid out as nothing", () => {
    const { assets, edges, bounds } = layout({ assets: [], edges: [] });
    expect({ assets, edges, bounds }).toEqual({
      assets: [],
      edges: [],
      bounds: { x: 0, y: 0, width: 0, height: 0 },
    });
  });
});

function anyGraph(): fc.Arbitrary<AssetGraph> {
  const kinds: AssetKind[] = ["typescript", "dbt", "source", "exposure"];
  return fc
    .record({
      groups: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 24 }),
      pairs: fc.array(fc.tuple(fc.nat(23), fc.nat(23)), { maxLength: 40 }),
    })
    .map(({ groups, pairs }) => ({
      assets: groups.map((group, at) => ({ ...asset(`g${group}/a${at}`), kind: kinds[at % 4] as AssetKind })),
      edges: pairs.flatMap(([from, to]) => {
        const fromGroup = groups[from];
        const toGroup = groups[to];
        if (fromGroup === undefined || toGroup === undefined) return [];
        return [edge(`g${fromGroup}/a${from}`, `g${toGroup}/a${to}`)];
      }),
    }));
}

function overlaps({ assets, card }: Layout): string[] {
  const found: string[] = [];
  const sorted = assets.toSorted((a, b) => a.x - b.x || a.y - b.y);
  for (const [at, upper] of sorted.entries()) {
    for (let next = at + 1; next < sorted.length; next++) {
      const lower = sorted[next] as (typeof sorted)[number];
      if (lower.x >= upper.x + card.width) break;
      if (Math.abs(lower.y - upper.y) < card.height) found.push(`${upper.asset.key} and ${lower.asset.key}`);
    }
  }
  return found;
}

/** The level pieces of an edge pass columns; none may pass through a card. */
function crossedCards({ assets, edges, card }: Layout): string[] {
  return edges.flatMap(({ edge, points }) => {
    if (edge.from === edge.to) return [];
    const pieces = points
      .slice(1, -1)
      .flatMap((point, at) => (at % 2 === 0 ? [[point, points[at + 2]] as const] : []));
    return pieces.flatMap(([start, end]) =>
      assets
        .filter(({ x, y }) => {
          const left = Math.min(start.x, end?.x ?? 0);
          const right = Math.max(start.x, end?.x ?? 0);
          return x < right && x + card.width > left && y < start.y && y + card.height > start.y;
        })
        .map(it => `${edge.from} → ${edge.to} crosses ${it.asset.key}`),
    );
  });
}

function crossings({ edges }: Layout): number {
  const lines = edges
    .filter(({ edge }) => edge.from !== edge.to)
    .flatMap(({ points }) => points.slice(1).map((end, at) => ({ start: points[at] ?? end, end })));
  let count = 0;
  for (const [at, a] of lines.entries()) {
    for (const b of lines.slice(at + 1)) {
      if (a.start.x !== b.start.x || a.end.x !== b.end.x) continue;
      if ((a.start.y - b.start.y) * (a.end.y - b.end.y) < 0) count++;
    }
  }
  return count;
}

function places({ assets }: Layout): string[] {
  return assets.map(({ asset, x, y }) => `${asset.key} ${x} ${y}`);
}

function asset(key: string): AssetNode {
  const [plain] = graphOf(key, { [key]: { group: key.split("/")[0] } }).assets;
  return plain as AssetNode;
}

function edge(from: string, to: string): AssetEdge {
  return { from: from as AssetKey, to: to as AssetKey, kind: "input" };
}

import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { classifyTarget } from "../../src/model/backfillClasses.ts";
import { planBackfill } from "../../src/model/backfillPlan.ts";
import { setOfIndexes, setOfRange } from "../../src/model/partitionSet.ts";
import { dailyChain, policyOf, window } from "../support/backfillArbitrary.ts";

describe("the plan of a backfill", () => {
  test("counts runs of assets that go together once, and shares their time among the runs at once", () => {
    const scope = dailyChain(2, 100, undefined);
    expect(plan(scope, { asset0: 30, asset1: 10 }, 4)).toMatchObject({ runs: 100, estimatedMs: 1000 });
  });

  test("takes at least as long as its longest run", () => {
    const scope = dailyChain(1, 100, 60);
    expect(plan(scope, { asset0: 10 }, 4)).toMatchObject({ runs: 2, estimatedMs: 600 });
  });

  test("adds up what has to go one after the other", () => {
    const scope = dailyChain(2, 100, undefined);
    const [first, second] = scope.graph.assets;
    const assets = [first, { ...second, backfillPolicy: policyOf(50) }] as typeof scope.graph.assets;
    const graph = { assets, edges: scope.graph.edges };
    expect(plan({ ...scope, graph }, { asset0: 4, asset1: 1 }, 4)).toMatchObject({
      runs: 102,
      estimatedMs: 150,
    });
  });

  test("has the runs of an asset that needs itself one after the other, also a hundred thousand", () => {
    const scope = dailyChain(2, 100_000, undefined);
    const itself = { from: "asset0" as AssetKey, to: "asset0" as AssetKey, kind: "dep" as const };
    const edges = [...scope.graph.edges, { ...itself, mapping: window(-1, -1) }];
    const graph = { assets: scope.graph.assets, edges };
    expect(plan({ ...scope, graph }, { asset0: 1, asset1: 0 }, 4)).toMatchObject({
      runs: 199_999,
      estimatedMs: 100_000,
    });
  });

  test("says nothing about time without history, and says so when some is missing", () => {
    const scope = dailyChain(2, 10, undefined);
    expect(plan(scope, {}, 4)).toMatchObject({ estimatedMs: null, notes: [] });
    expect(plan(scope, { asset0: 10 }, 1)).toMatchObject({
      estimatedMs: 200,
      notes: ["1 asset has no history and counts like the others."],
    });
  });

  test("says why a backfill would fail", () => {
    const scope = dailyChain(1, 10, undefined);
    const targets = new Map([["gone" as AssetKey, setOfRange(0, 1)]]);
    expect(plan({ ...scope, targets }, {}, 1)).toMatchObject({
      runs: 0,
      failure: expect.stringMatching("gone"),
    });
  });
});

describe("how targets stand", () => {
  const standing = {
    materialized: setOfIndexes([0, 1, 2, 3]),
    failed: setOfIndexes([3, 5]),
    stale: setOfIndexes([1, 3, 4]),
  };

  test("each counts once: failed before missing before stale before done", () => {
    const { set, counts } = classifyTarget(setOfRange(0, 7), standing, []);
    expect(counts).toEqual({ failed: 2, missing: 2, stale: 1, done: 2 });
    expect(set).toEqual(setOfRange(0, 7));
  });

  test("only what stands as it is wanted is left; what failed and was never there is missing too", () => {
    expect(classifyTarget(setOfRange(0, 7), standing, ["missing"]).set).toEqual(setOfIndexes([4, 5, 6]));
    expect(classifyTarget(setOfRange(0, 7), standing, ["failed", "stale"]).set).toEqual(
      setOfIndexes([1, 3, 5]),
    );
    expect(classifyTarget(setOfRange(0, 5), standing, ["failed"]).counts.missing).toBe(1);
  });
});

function plan(
  scope: ReturnType<typeof dailyChain>,
  durations: Record<string, number>,
  parallel: number,
): ReturnType<typeof planBackfill> {
  const known = new Map(Object.entries(durations) as [AssetKey, number][]);
  return planBackfill({ ...scope, durations: known, parallel });
}

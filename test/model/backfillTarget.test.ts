import { describe, expect, test } from "vitest";
import type { AssetGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { backfillTarget } from "../../src/model/backfillTarget.ts";
import type { PartitionMapping } from "../../src/model/partitionMapping.ts";
import { selectPartitions } from "../../src/model/selectPartitions.ts";
import { cities, daily, dailyFrom, hourly, window } from "../support/backfillArbitrary.ts";
import { graphOf, keysOf } from "../support/graphs.ts";

const now = Date.parse("2024-01-15T05:00:00Z");

describe("what a backfill targets", () => {
  test("without a choice it is every partition of every asset, and the whole of one without partitions", () => {
    const graph = graphOf("raw → clean → report", partitioned({ raw: daily, clean: daily }));
    expect(target(graph, "raw clean report", null)).toEqual({ raw: "0-13", clean: "0-13", report: "0-0" });
  });

  test("a choice names partitions of what is on top; what is below follows by its mapping", () => {
    const graph = graphOf(
      "hours → days\ndays → lagged",
      partitioned({ hours: hourly, days: daily, lagged: daily }),
    );
    const lagging = withMapping(graph, "lagged", window(-1, -1));
    expect(target(lagging, "hours days lagged", "2024-01-13-22:00...2024-01-14-01:00")).toEqual({
      hours: "262-265",
      days: "12-13",
      lagged: "13-13",
    });
  });

  test("what is below by several ways is targeted by each of them, however long they are", () => {
    const graph = graphOf("a → b → c → d\na → d", partitioned({ a: daily, b: daily, c: daily, d: daily }));
    const lookingBack = withMapping(graph, "c", window(-2, 0));
    expect(target(lookingBack, "a b c d", "2024-01-03")).toMatchObject({ c: "2-4", d: "2-4" });
  });

  test("an asset of which nothing is below the choice is left out", () => {
    const graph = graphOf("days → whole → cities", partitioned({ days: daily, cities }));
    expect(target(graph, "days whole cities", "2024-01-03")).toEqual({ days: "2-2", whole: "0-0" });
  });

  test("assets on top that began at different times take the same keys", () => {
    const graph = graphOf("early\nlate", partitioned({ early: daily, late: dailyFrom("2024-01-04") }));
    expect(target(graph, "early late", "2024-01-05...2024-01-06")).toEqual({ early: "4-5", late: "1-2" });
  });

  test("sources are only read", () => {
    const graph = graphOf("(orders) → clean", partitioned({ clean: daily }));
    expect(target(graph, "orders clean", null)).toEqual({ clean: "0-13" });
    expect(target(graph, "orders", null)).toMatch("no asset that can be materialized");
  });

  test.each([
    ["days", "2024-02-01", /^days: There is no partition "2024-02-01"/],
    ["days nothing", null, 'no asset "nothing"'],
    ["whole", "2024-01-03", "none of the selected assets has any"],
    ["days cities", "2024-01-03", /^cities: There is no partition "2024-01-03"/],
  ])("%s for %s is refused: %s", (selected, choice, problem) => {
    const graph = graphOf("days\nwhole\ncities", partitioned({ days: daily, cities }));
    expect(target(graph, selected, choice)).toMatch(problem);
  });

  test("assets that need each other are refused", () => {
    const graph = graphOf("a → b → a", partitioned({ a: daily, b: daily }));
    expect(target(graph, "a b", null)).toMatch("a, b need each other");
  });

  test("assets of which nothing says which partitions belong together are refused", () => {
    const graph = graphOf("days → cities", partitioned({ days: daily, cities }));
    expect(target(graph, "days cities", null)).toMatch("cities needs days:");
  });
});

/** Positions by asset, or the problems. */
function target(graph: AssetGraph, selected: string, choice: string | null) {
  const { value, problems } = backfillTarget(graph, {
    assets: keysOf(selected),
    partitions: choice === null ? null : (_, partitions) => selectPartitions(choice, partitions),
    now,
  });
  if (value === null) return problems.join("\n");
  return Object.fromEntries(
    [...value].map(([key, set]) => [key, set.ranges.map(({ from, to }) => `${from}-${to - 1}`).join()]),
  );
}

function partitioned(definitions: Record<string, typeof daily>) {
  return Object.fromEntries(
    Object.entries(definitions).map(([key, partitionsDefinition]) => [key, { partitionsDefinition }]),
  );
}

function withMapping({ assets, edges }: AssetGraph, to: string, mapping: PartitionMapping): AssetGraph {
  return { assets, edges: edges.map(it => (it.to === (to as AssetKey) ? { ...it, mapping } : it)) };
}

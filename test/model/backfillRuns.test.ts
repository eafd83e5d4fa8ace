import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetGraph, AssetNode } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillScope } from "../../src/model/backfill.ts";
import {
  type BackfillRun,
  canStart,
  failedAndDownstream,
  nextRuns,
  splitRun,
} from "../../src/model/backfillRuns.ts";
import type { PartitionMapping } from "../../src/model/partitionMapping.ts";
import {
  type IndexRange,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
} from "../../src/model/partitionSet.ts";
import { allPartitions, partitionsAt } from "../../src/model/partitions.ts";
import {
  cityDays,
  daily,
  dailyChain,
  dailyFrom,
  hourly,
  policyOf,
  window,
} from "../support/backfillArbitrary.ts";
import { addTo, type BackfillAccount, emptyAccount } from "../support/backfillByHand.ts";
import { graphOf } from "../support/graphs.ts";

const now = Date.parse("2024-01-05T12:00:00Z");

describe("which runs of a backfill are next", () => {
  test("assets that need each other day by day share a run for each day", () => {
    expect(first(scopeOf("a → b → c", { a: {}, b: {}, c: {} }))).toEqual([
      "a,b,c 0",
      "a,b,c 1",
      "a,b,c 2",
      "a,b,c 3",
    ]);
  });

  test("a policy makes ranges, which stop at gaps", () => {
    const facts = { a: { backfillPolicy: policyOf(2) } };
    expect(first(scopeOf("a", facts, { a: setOfIndexes([0, 1, 2]) }))).toEqual(["a 0-1", "a 2"]);
    expect(first(scopeOf("a", facts, { a: setOfIndexes([0, 2, 3]) }))).toEqual(["a 0", "a 2-3"]);
  });

  test("a range of two dimensions stays at one value of the first", () => {
    const a = { backfillPolicy: policyOf(null), partitionsDefinition: cityDays };
    expect(first(scopeOf("a", { a }, { a: setOfRange(2, 9) }))).toEqual(["a 2-3", "a 4-7", "a 8"]);
  });

  test("no more are made than wanted, however many there are", () => {
    const { runs } = nextRuns({ ...dailyChain(3, 10_000, undefined), ...emptyAccount(), limit: 2 });
    expect(inWords(runs)).toEqual(["asset0,asset1,asset2 0", "asset0,asset1,asset2 1"]);
  });

  test("as soon as the hours of a day are there, the day is next, before more hours", () => {
    const days = { days: setOfRange(2, 4) };
    const scope = scopeOf("hours → days", { hours: { partitionsDefinition: hourly }, days: {} }, days);
    const account = emptyAccount();
    addTo(account.requested, "hours" as AssetKey, setOfRange(0, 30));
    addTo(account.materialized, "hours" as AssetKey, setOfRange(0, 23));
    expect(first(scope, account, 2)).toEqual(["hours 30", "hours 31"]);
    addTo(account.materialized, "hours" as AssetKey, setOfRange(23, 24));
    expect(first(scope, account, 2)).toEqual(["days 2", "hours 30"]);
  });

  test("a run of many partitions waits for the last of them while that is under way", () => {
    const scope = scopeOf("a → b", { a: {}, b: { backfillPolicy: policyOf(null) } });
    const account = emptyAccount();
    addTo(account.requested, "a" as AssetKey, setOfRange(0, 4));
    addTo(account.materialized, "a" as AssetKey, setOfIndexes([0, 1, 3]));
    expect(first(scope, account)).toEqual([]);
    addTo(account.materialized, "a" as AssetKey, setOfRange(2, 3));
    expect(first(scope, account)).toEqual(["b 0-3"]);
  });

  test("a partition that failed is no reason to wait: the others go", () => {
    const scope = scopeOf("a → b", { a: {}, b: { backfillPolicy: policyOf(null) } });
    const account = emptyAccount();
    addTo(account.requested, "a" as AssetKey, setOfRange(0, 4));
    addTo(account.materialized, "a" as AssetKey, setOfIndexes([0, 1, 3]));
    addTo(account.failed, "a" as AssetKey, setOfRange(2, 3));
    expect(first(scope, account)).toEqual(["b 0-1", "b 3"]);
  });

  test("what was lost with its engine is requested again, and the rest still goes together", () => {
    const scope = scopeOf("a → b", { a: {}, b: {} });
    const account = emptyAccount();
    addTo(account.requested, "a" as AssetKey, setOfRange(0, 2));
    addTo(account.requested, "b" as AssetKey, setOfRange(0, 1));
    addTo(account.materialized, "a" as AssetKey, setOfRange(0, 2));
    expect(first(scope, account)).toEqual(["b 1", "a,b 2", "a,b 3"]);
  });

  test("a range does not join a parent whose other range it needs", () => {
    const facts = { a: { backfillPolicy: policyOf(null) }, b: { backfillPolicy: policyOf(null) } };
    const apart = setOfIndexes([0, 2, 3]);
    const scope = scopeOf("a → b", facts, { a: apart, b: apart }, { b: window(-2, 0) });
    expect(first(scope)).toEqual(["a 0", "a 2-3"]);
  });

  test("of an asset that needs its day before, a whole run goes on though one behind it must wait", () => {
    const partitionsDefinition = dailyFrom("2023-12-25");
    const facts = { a: { partitionsDefinition }, b: { partitionsDefinition, backfillPolicy: policyOf(2) } };
    const days = { a: setOfRange(0, 6), b: setOfRange(0, 6) };
    const scope = scopeOf("a → b → b", facts, days);
    const edges = scope.graph.edges.map(it => (it.from === it.to ? { ...it, mapping: window(-1, -1) } : it));
    const account = emptyAccount();
    addTo(account.requested, "a" as AssetKey, setOfRange(0, 6));
    addTo(account.materialized, "a" as AssetKey, setOfIndexes([0, 1, 3, 4, 5]));
    expect(first({ ...scope, graph: { ...scope.graph, edges } }, account)).toEqual(["b 0-1"]);
  });

  test("an asset that waits for itself ends the backfill with a sentence", () => {
    const { failure } = nextRuns({
      ...scopeOf("a → a", { a: {} }, {}, { a: window(0, 0) }),
      ...emptyAccount(),
    });
    expect(failure).toMatch("Partitions of a wait for themselves");
  });

  test("what needs a partition that does not exist ends the backfill with a sentence", () => {
    const scope = scopeOf("hours → days", { hours: { partitionsDefinition: hourly }, days: {} });
    const early = { ...scope, targets: new Map([["days" as AssetKey, setOfRange(0, 1)]]) };
    const { runs, failure } = nextRuns({ ...early, ...emptyAccount() });
    expect(runs).toEqual([]);
    expect(failure).toMatch("days needs the partition 2024-01-01-00:00 of hours, which does not exist");
  });

  test("an asset that is gone, or has fewer partitions now, ends the backfill with a sentence", () => {
    const scope = scopeOf("a", { a: {} });
    const gone = { ...scope, targets: new Map([["b" as AssetKey, setOfRange(0, 1)]]) };
    expect(nextRuns({ ...gone, ...emptyAccount() }).failure).toMatch('no asset "b"');
    const fewer = { ...scope, targets: new Map([["a" as AssetKey, setOfRange(0, 9)]]) };
    expect(nextRuns({ ...fewer, ...emptyAccount() }).failure).toMatch("More partitions of a are targeted");
  });
});

describe("what is given up", () => {
  test("behind a failure of an asset that needs its day before, over a gap only as far as it looks back", () => {
    const target = setOfIndexes([0, 1, 3]);
    const failed = new Map([["a" as AssetKey, setOfRange(1, 2)]]);
    const givenUp = (mapping: PartitionMapping) =>
      failedAndDownstream({ ...scopeOf("a → a", { a: {} }, { a: target }, { a: mapping }), failed }).get(
        "a" as AssetKey,
      );
    expect(givenUp(window(-1, -1))).toEqual(setOfRange(1, 2));
    expect(givenUp(window(-2, -1))).toEqual(setOfIndexes([1, 3]));
  });
});

describe("a range that failed is repaired", () => {
  test("the bad partitions end alone and failed, everything else is there", () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 60 }),
      fc.array(fc.nat({ max: 59 })),
      (count, bad) => {
        const { good, failed, tries } = repair({ from: 0, to: count }, at => bad.includes(at));
        const wrong = [...new Set(bad)].filter(it => it < count).sort((a, b) => a - b);
        expect(failed).toEqual(wrong);
        expect(good).toEqual(Array.from({ length: count }, (_, at) => at).filter(it => !wrong.includes(it)));
        expect(tries).toBeLessThanOrEqual(1 + 2 * wrong.length * Math.ceil(Math.log2(Math.max(2, count))));
      },
    );
    fc.assert(property);
  });

  test("of an asset that needs itself, a half waits for what is before it", () => {
    const scope = scopeOf("a → a", { a: {} }, {}, { a: window(-1, -1) });
    const piece = { asset: "a" as AssetKey, from: 2, to: 4 };
    const materialized = new Map([["a" as AssetKey, setOfRange(0, 1)]]);
    expect(canStart({ ...scope, materialized }, piece)).toBe(false);
    materialized.set("a" as AssetKey, setOfRange(0, 2));
    expect(canStart({ ...scope, materialized }, piece)).toBe(true);
  });
});

function repair(whole: IndexRange, isBad: (at: number) => boolean) {
  const pieces = [whole];
  const [good, failed]: [number[], number[]] = [[], []];
  let tries = 0;
  for (let piece = pieces.pop(); piece !== undefined; piece = pieces.pop()) {
    tries++;
    const { from, to } = piece;
    const positions = Array.from({ length: to - from }, (_, i) => from + i);
    if (!positions.some(isBad)) good.push(...positions);
    else if (splitRun(piece) === null) failed.push(from);
    else pieces.push(...(splitRun(piece) ?? []).toReversed());
  }
  return { good, failed, tries };
}

function first(scope: BackfillScope, account: BackfillAccount = emptyAccount(), limit?: number): string[] {
  const { runs, failure } = nextRuns({ ...scope, ...account, ...(limit === undefined ? {} : { limit }) });
  expect(failure).toBeNull();
  return inWords(runs);
}

function inWords(runs: readonly BackfillRun[]): string[] {
  return runs.map(({ assets, ranges }) => {
    const [{ from, to }] = [...ranges.values()] as [IndexRange];
    return `${assets.join()} ${to - from === 1 ? from : `${from}-${to - 1}`}`;
  });
}

/** Assets with daily partitions unless they say otherwise, all targeted unless it is said which. */
function scopeOf(
  drawing: string,
  facts: Record<string, Partial<AssetNode>>,
  targets: Record<string, PartitionSet> = {},
  mappings: Record<string, PartitionMapping> = {},
): BackfillScope {
  const dailyFacts = Object.entries(facts).map(([key, it]) => [key, { partitionsDefinition: daily, ...it }]);
  const { assets, edges } = graphOf(drawing, Object.fromEntries(dailyFacts));
  const graph: AssetGraph = {
    assets,
    edges: edges.map(it => ({ ...it, mapping: mappings[it.to] ?? null })),
  };
  const all = assets.map(({ key, partitionsDefinition }): [AssetKey, PartitionSet] => [
    key,
    targets[key] ?? allPartitions(partitionsAt(partitionsDefinition ?? null, { now })),
  ]);
  return { graph, targets: new Map(all), now };
}

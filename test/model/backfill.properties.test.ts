import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import {
  type Backfill,
  type BackfillAsset,
  type BackfillScope,
  backfillOf,
  neededBy,
} from "../../src/model/backfill.ts";
import { planBackfill } from "../../src/model/backfillPlan.ts";
import { type BackfillRun, failedAndDownstream, nextRuns } from "../../src/model/backfillRuns.ts";
import { contains, indexesOf, setOfRange } from "../../src/model/partitionSet.ts";
import { aBackfill } from "../support/backfillArbitrary.ts";
import { countRequested, emptyAccount, endRun, setIn } from "../support/backfillByHand.ts";

/** Which run ends next, how many may be requested, and which partitions are bad. */
const luck = fc.record({
  order: fc.array(fc.nat(), { minLength: 1, maxLength: 30 }),
  limit: fc.constantFrom(1, 2, 5, 50, Number.POSITIVE_INFINITY),
  bad: fc.array(fc.tuple(fc.nat({ max: 5 }), fc.nat({ max: 60 })), { maxLength: 6 }),
});

describe("a backfill that advances whenever a run ends", () => {
  test("requests nothing before what it needs, nothing twice, and comes to an end", () => {
    const property = fc.property(aBackfill, luck, (scope, { order, limit, bad }) => {
      const { failure, account } = drive(scope, order, limit, bad);
      const { assets } = prepared(scope);
      if (failure !== null) {
        expect(assets.some(needsWhatDoesNotExist)).toBe(true);
        return;
      }
      const givenUp = givenUpByHand(assets, account.failed);
      for (const { key, target } of assets) {
        for (const position of indexesOf(target)) {
          const isMade = contains(setIn(account.materialized, key), position);
          expect(isMade).toBe(!givenUp.has(`${key} ${position}`));
        }
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("gives up what failed and all that is targeted below it, by any way", () => {
    const property = fc.property(aBackfill, luck, (scope, { bad }) => {
      const { assets } = prepared(scope);
      const failed = new Map(
        bad.map(([asset, at]) => [`asset${asset}` as AssetKey, setOfRange(at, at + 1)] as const),
      );
      const targeted = [...failed].filter(([key, set]) =>
        contains(setIn(scope.targets, key), set.ranges[0]?.from ?? 0),
      );
      const ours = failedAndDownstream({ ...scope, failed: new Map(targeted) });
      const inWords = [...ours].flatMap(([key, set]) => [...indexesOf(set)].map(at => `${key} ${at}`));
      expect(inWords.sort()).toEqual([...givenUpByHand(assets, new Map(targeted))].sort());
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("takes as many runs as its plan says when all runs end before the next are requested", () => {
    const property = fc.property(aBackfill, scope => {
      const { runs, failure } = planBackfill({ ...scope, durations: new Map(), parallel: 1 });
      const account = emptyAccount();
      let count = 0;
      for (;;) {
        const next = nextRuns({ ...scope, ...account });
        if (next.runs.length === 0) {
          expect(next.failure).toBe(failure);
          break;
        }
        count += next.runs.length;
        for (const run of next.runs) {
          countRequested(account, run);
          endRun(account, scope, run, () => false);
        }
      }
      expect(runs).toBe(count);
    });
    fc.assert(property, { numRuns: 200 });
  });
});

/** Ends one run after the other in some order, and requests again after each. */
function drive(
  scope: BackfillScope,
  order: readonly number[],
  limit: number,
  bad: readonly [number, number][],
) {
  const { assets } = prepared(scope);
  const byKey = new Map(assets.map(it => [it.key, it]));
  const isBad = (asset: AssetKey, position: number) =>
    bad.some(([i, at]) => `asset${i}` === asset && at === position);
  const account = emptyAccount();
  const open: BackfillRun[] = [];
  const seen = new Set<string>();
  for (let turn = 0; ; turn++) {
    const { runs, failure } = nextRuns({ ...scope, ...account, limit });
    expect(runs.length).toBeLessThanOrEqual(limit);
    if (failure !== null) return { account, failure };
    for (const run of runs) {
      check(run);
      countRequested(account, run);
    }
    open.push(...runs);
    if (open.length === 0) return { account, failure };
    const [run] = open.splice((order[turn % order.length] as number) % open.length, 1);
    endRun(account, scope, run as BackfillRun, isBad);
  }

  function check(run: BackfillRun) {
    for (const [at, key] of run.assets.entries()) {
      const asset = byKey.get(key) as BackfillAsset;
      const { from, to } = run.ranges.get(key) ?? expect.fail("each asset has a range");
      expect(to - from).toBeLessThanOrEqual(
        asset.policy === null ? 1 : (asset.policy.maxPartitionsPerRun ?? Number.POSITIVE_INFINITY),
      );
      if (asset.partitions.kind === "multi") {
        expect(asset.partitions.placesAt(from)[0]).toBe(asset.partitions.placesAt(to - 1)[0]);
      }
      for (let position = from; position < to; position++) {
        expect(contains(asset.target, position)).toBe(true);
        expect(seen.has(`${key} ${position}`)).toBe(false);
        seen.add(`${key} ${position}`);
        for (const edge of asset.needs) {
          const { key: above, target } = edge.parent;
          const inRun = edge.parent === asset ? at : run.assets.slice(0, at).indexOf(above);
          const made = inRun < 0 ? null : (run.ranges.get(above) ?? null);
          for (const needed of indexesOf(neededBy(edge, setOfRange(position, position + 1)).partitions)) {
            if (!contains(target, needed) || contains(setIn(account.materialized, above), needed)) continue;
            expect(made !== null && made.from <= needed && needed < made.to).toBe(true);
          }
        }
      }
    }
  }
}

function prepared(scope: BackfillScope): Backfill {
  const { value, problems } = backfillOf(scope);
  return value ?? expect.fail(problems.join("\n"));
}

function needsWhatDoesNotExist({ needs, target }: BackfillAsset): boolean {
  return needs.some(edge => neededBy(edge, target).nonexistent.count > 0);
}

/** Partition by partition, until nothing is added. */
function givenUpByHand(
  assets: readonly BackfillAsset[],
  failed: ReadonlyMap<AssetKey, ReturnType<typeof setOfRange>>,
) {
  const lost = new Set([...failed].flatMap(([key, set]) => [...indexesOf(set)].map(at => `${key} ${at}`)));
  for (let before = -1; before !== lost.size; ) {
    before = lost.size;
    for (const { key, target, needs } of assets) {
      for (const position of indexesOf(target)) {
        const isLost = needs.some(edge =>
          [...indexesOf(neededBy(edge, setOfRange(position, position + 1)).partitions)].some(it =>
            lost.has(`${edge.parent.key} ${it}`),
          ),
        );
        if (isLost) lost.add(`${key} ${position}`);
      }
    }
  }
  return lost;
}

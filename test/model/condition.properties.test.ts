import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Condition, Quantifier } from "../../src/model/condition.ts";
import type { AutomationFacts } from "../../src/model/conditionFacts.ts";
import {
  and,
  deps,
  eager,
  fact,
  not,
  onMissing,
  or,
  sinceLastHandled,
} from "../../src/model/conditionForms.ts";
import type { Automation } from "../../src/model/conditionGraph.ts";
import type { ConditionMemory } from "../../src/model/conditionMemory.ts";
import { evaluateConditions } from "../../src/model/conditionTick.ts";
import {
  emptySet,
  indexesOf,
  intersection,
  type PartitionSet,
  setOfIndexes,
  setOfRange,
} from "../../src/model/partitionSet.ts";
import { automationOf } from "../support/automation.ts";

const size = 12;
const keys = Array.from({ length: size }, (_, i) => `k${i}`);
const all = setOfRange(0, size);
const aSet = fc.uniqueArray(fc.nat(size - 1)).map(setOfIndexes);

/** What is known at one tick; `updated` since the last one. */
interface Known {
  materialized: PartitionSet;
  inProgress: PartitionSet;
  failed: PartitionSet;
  updated: PartitionSet;
}
const aKnown = fc.record({ materialized: aSet, inProgress: aSet, failed: aSet, updated: aSet });
const someTicks = fc.array(fc.record({ up: aKnown, a: aKnown }), { minLength: 1, maxLength: 5 });

const aFact = fc.constantFrom<Condition>(
  fact("missing"),
  fact("inProgress"),
  fact("failed"),
  fact("newlyUpdated"),
  fact("newlyRequested"),
  fact("initialEvaluation"),
);
const aQuantifier = fc.constantFrom<Quantifier>(
  { kind: "some" },
  { kind: "every" },
  { kind: "atLeast", count: 1 },
);
const aCondition: fc.Arbitrary<Condition> = fc.letrec<{ condition: Condition }>(tie => ({
  condition: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    aFact,
    fc.constantFrom(eager(), onMissing()),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => and(a, b)),
    fc.tuple(tie("condition"), tie("condition")).map(([a, b]) => or(a, b)),
    tie("condition").map(not),
    tie("condition").map(sinceLastHandled),
    tie("condition").map((of): Condition => ({ kind: "newlyTrue", of })),
    fc
      .tuple(tie("condition"), tie("condition"))
      .map(([trigger, reset]): Condition => ({ kind: "since", trigger, reset })),
    fc.tuple(aFact, aQuantifier).map(([of, quantifier]) => deps("any", of, undefined, quantifier)),
    fc.tuple(aFact, aQuantifier).map(([of, quantifier]) => deps("all", of, undefined, quantifier)),
  ),
})).condition;

describe("conditions over sets", () => {
  test("come to what they come to key by key", () => {
    const property = fc.property(aCondition, someTicks, (condition, ticks) => {
      const whole = play(condition, ticks);
      const single = Array.from({ length: size }, (_, i) => play(condition, ticks, i));
      for (const [t, set] of whole.entries()) {
        const one = single.flatMap(it => (it[t]?.count === 1 ? [1] : [0]));
        expect(one).toEqual(keys.map((_, i) => ([...indexesOf(set)].includes(i) ? 1 : 0)));
      }
    });
    fc.assert(property, { numRuns: 300 });
  });

  test("and is what both have, or what either has, not the rest", () => {
    const property = fc.property(aCondition, aCondition, someTicks, (a, b, ticks) => {
      // Without what depends on what was requested, for these request different things.
      const plain = (it: Condition) => !JSON.stringify(it).includes("newlyRequested");
      fc.pre(plain(a) && plain(b));
      const [left, right] = [play(a, ticks), play(b, ticks)];
      const [both, either, neither] = [
        play(and(a, b), ticks),
        play(or(a, b), ticks),
        play(not(or(a, b)), ticks),
      ];
      for (const t of ticks.keys()) {
        const [l, r] = [numbers(left[t]), numbers(right[t])];
        expect(numbers(both[t])).toEqual(l.filter(it => r.includes(it)));
        expect(numbers(either[t])).toEqual(numbers(all).filter(it => l.includes(it) || r.includes(it)));
        expect(numbers(neither[t])).toEqual(numbers(all).filter(it => !l.includes(it) && !r.includes(it)));
      }
    });
    fc.assert(property);
  });

  test("since is what was so or is triggered, without what is reset", () => {
    const property = fc.property(someTicks, ticks => {
      const answers = play({ kind: "since", trigger: fact("failed"), reset: fact("inProgress") }, ticks);
      let held: number[] = [];
      for (const [t, { a }] of ticks.entries()) {
        const [triggered, reset] = [numbers(a.failed), numbers(a.inProgress)];
        held = numbers(all).filter(
          it => (held.includes(it) || triggered.includes(it)) && !reset.includes(it),
        );
        expect(numbers(answers[t])).toEqual(held);
      }
    });
    fc.assert(property);
  });

  test("newly true is what was not so at the last tick", () => {
    const property = fc.property(someTicks, ticks => {
      const answers = play({ kind: "newlyTrue", of: fact("failed") }, ticks);
      for (const [t, { a }] of ticks.entries()) {
        const before = t === 0 ? [] : numbers(ticks[t - 1]?.a.failed);
        expect(numbers(answers[t])).toEqual(numbers(a.failed).filter(it => !before.includes(it)));
      }
    });
    fc.assert(property);
  });
});

/** What each tick requests of `a`; of one key alone, asked as if there were no others. */
function play(condition: Condition, ticks: { up: Known; a: Known }[], only?: number): PartitionSet[] {
  const cut = { kind: "static" as const, keys: only === undefined ? keys : [keys[only] as string] };
  const automation: Automation = automationOf("up → a", { a: condition }, { up: cut, a: cut });
  const seen = (set: PartitionSet): PartitionSet => {
    if (only === undefined) return set;
    return intersection(set, setOfRange(only, only + 1)).count === 1 ? setOfRange(0, 1) : emptySet;
  };
  let memory: ReadonlyMap<AssetKey, ConditionMemory> = new Map();
  return ticks.map((known, i) => {
    const of = (asset: AssetKey) => (asset === "up" ? known.up : known.a);
    const facts: AutomationFacts = {
      watermark: i,
      dynamicKeys: () => [],
      materialized: asset => seen(of(asset).materialized),
      inProgress: asset => seen(of(asset).inProgress),
      failed: asset => seen(of(asset).failed),
      updates: asset => [{ at: i, partitions: seen(of(asset).updated) }],
      madeTogether: () => emptySet,
      checksPassed: () => emptySet,
    };
    const tick = evaluateConditions(automation, facts, memory, i);
    memory = tick.memory;
    return tick.requested.get("a" as AssetKey) ?? emptySet;
  });
}

function numbers(set: PartitionSet = emptySet): number[] {
  return [...indexesOf(set)];
}

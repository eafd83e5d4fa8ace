import {
  type AssetDefinition,
  asset,
  columns,
  dailyPartitions,
  dynamicPartitions,
  self,
  staticPartitions,
} from "millrace";
import { describe, expect, test } from "vitest";
import { type PartitionsDefinition, partitionsId } from "../../src/model/partitionsDefinition.ts";
import type { Slice } from "../../src/sdk/slice.ts";
import { inputSlice, outputSlice } from "../../src/worker/slices.ts";

const now = Date.UTC(2026, 1, 1);
const daily = dailyPartitions({ start: "2026-01-01" });
const materialize = () => [{ n: 1 }];
const readings = asset("readings", { partitions: daily, materialize });

/** What an asset needs of its one input, for positions of its own. */
function needed(consumer: AssetDefinition, first: number, last = first): Slice | null {
  const [input] = Object.values(consumer.inputs);
  if (!input) throw new Error("There is no input.");
  const { partitions: definition } = consumer;
  return inputSlice(consumer, input, {
    positions: definition && {
      definition: partitionsId(definition as PartitionsDefinition),
      first,
      last,
      now,
    },
    now,
  });
}

function consumerOf(inputs: Record<string, AssetDefinition["inputs"][string]>, partitions = daily) {
  return asset("consumer", { inputs, partitions, materialize });
}

describe("a step reads of an input", () => {
  test("the windows that its mapping names, cut off where the input begins", () => {
    const week = consumerOf({ readings: readings.window(-6, 0) });
    expect(needed(week, 10)?.keys).toEqual([
      "2026-01-05",
      "2026-01-06",
      "2026-01-07",
      "2026-01-08",
      "2026-01-09",
      "2026-01-10",
      "2026-01-11",
    ]);
    expect(needed(week, 1)?.keys).toEqual(["2026-01-01", "2026-01-02"]);
    expect(needed(week, 9, 10)?.keys).toHaveLength(8);
  });

  test("the last partition, or all of them, as they were when the run was planned", () => {
    expect(needed(consumerOf({ readings: readings.last() }), 3)?.keys).toEqual(["2026-01-31"]);
    expect(needed(consumerOf({ readings: readings.all() }), 3)?.keys).toHaveLength(31);
    const whole = asset("whole", { inputs: { readings: readings.last() }, materialize });
    expect(needed(whole, 0)).toMatchObject({ keys: ["2026-01-31"], isWhole: false });
    expect(needed(asset("whole", { inputs: { readings }, materialize }), 0)).toMatchObject({ isWhole: true });
  });

  test("what a table of keys says", () => {
    const byCity = asset("cities", { partitions: staticPartitions(["oslo", "bergen", "rome"]), materialize });
    const regions = staticPartitions(["north", "south"]);
    const input = byCity.mapping({ needs: { north: ["bergen", "oslo"], south: "rome" } });
    const consumer = asset("consumer", { inputs: { input }, partitions: regions, materialize });
    expect(needed(consumer, 0)?.keys).toEqual(["oslo", "bergen"]);
    expect(needed(consumer, 1)?.keys).toEqual(["rome"]);
  });

  test("its own earlier partitions: none before the first, and none of those that it makes", () => {
    const total = asset("total", {
      inputs: { before: self.window(-1, -1) },
      columns: columns({ n: "integer" }),
      partitions: daily,
      materialize: () => [{ n: 1 }],
    });
    expect(needed(total, 0)?.keys).toEqual([]);
    expect(needed(total, 5)?.keys).toEqual(["2026-01-05"]);
    expect(() => needed(total, 5, 6)).toThrow(
      "total needs its own partition 2026-01-06, which this same run is to make. Make its partitions one after the other",
    );
  });

  test("nothing that does not exist: it says what is missing", () => {
    const late = asset("late", { partitions: dailyPartitions({ start: "2026-01-10" }), materialize });
    expect(() => needed(consumerOf({ late: late.window(0, 0) }), 3)).toThrow(
      "consumer needs the partition 2026-01-04 of late, which does not exist.",
    );
    expect(needed(consumerOf({ late: late.window(0, 0, { allowNonexistent: true }) }), 3)?.keys).toEqual([]);
  });
});

test("keys that come and go are those that the order names", () => {
  const customers = asset("customers", { partitions: dynamicPartitions("customers"), materialize });
  const order = {
    positions: {
      definition: partitionsId(customers.partitions as PartitionsDefinition),
      first: 1,
      last: 1,
      now,
    },
    dynamicKeys: { customers: ["ada", "grace"] },
  };
  expect(outputSlice(customers, order)?.keys).toEqual(["grace"]);
  const planned = (...keys: string[]) => ({ ...order, positions: { ...order.positions, keys } });
  expect(outputSlice(customers, planned("grace"))?.keys).toEqual(["grace"]);
  expect(() => outputSlice(customers, planned("ada"))).toThrow(
    'Keys were removed since this run of customers was planned, so "ada" is not where it was. Run it again.',
  );
  const both = { ...planned("bo", "grace"), positions: { ...planned("bo", "grace").positions, first: 0 } };
  expect(() => outputSlice(customers, both)).toThrow('"bo" is not where it was');
  expect(() => outputSlice(customers, { ...planned("grace"), dynamicKeys: {} })).toThrow("Run it again.");
});

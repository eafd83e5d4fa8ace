import {
  type AssetDefinition,
  asset,
  columns,
  dailyPartitions,
  ioManager,
  materialize,
  monthlyPartitions,
  multiPartitions,
  self,
  source,
  staticPartitions,
  stream,
} from "millrace";
import { describe, expect, test } from "vitest";
import { runStep } from "../../src/sdk/step.ts";
import { days } from "../integrations/slices.ts";
import { fakeEdge } from "./fakeEdge.ts";

const daily = dailyPartitions({ start: "2026-01-01" });
const cities = staticPartitions(["bergen", "oslo", "rome"]);
const regions = staticPartitions(["north", "south"]);
const readings = asset("readings", { partitions: daily, materialize: () => [{ celsius: 4 }] });
const byCity = asset("by_city", { partitions: cities, materialize: () => [{ celsius: 4 }] });
const cityDays = asset("city_days", {
  partitions: multiPartitions({ city: cities, day: daily }),
  materialize: () => [{ celsius: 4 }],
});

const materializeNothing = { materialize: () => [{ n: 1 }] };

describe("an input says which partitions it needs", () => {
  test.each([
    ["windows of time", () => readings.window(-6, 0), { kind: "timeWindow", startOffset: -6, endOffset: 0 }],
    ["the last one", () => readings.last(), { kind: "last" }],
    ["all", () => readings.all(), { kind: "all" }],
    ["the same key", () => readings.mapping({ sameKey: true }), { kind: "identity" }],
    [
      "windows that need not exist",
      () => readings.mapping({ window: [-1, -1], allowNonexistent: true }),
      { kind: "timeWindow", startOffset: -1, endOffset: -1, allowNonexistent: true },
    ],
  ])("%s", (_, input, mapping) => {
    const weekly = asset("consumer", {
      inputs: { readings: input() },
      partitions: daily,
      ...materializeNothing,
    });
    expect(weekly.inputs.readings).toMatchObject({
      upstream: { key: "readings" },
      stream: false,
      partitionMapping: mapping,
    });
  });

  test("certain keys, and a table of keys from the consumer's to the upstream ones", () => {
    const consumer = asset("consumer", {
      inputs: {
        capital: byCity.mapping({ keys: ["oslo"] }),
        cities: byCity.mapping({ needs: { north: ["oslo", "bergen"], south: "rome" } }),
      },
      partitions: regions,
      ...materializeNothing,
    });
    expect(consumer.inputs.capital?.partitionMapping).toEqual({ kind: "specific", keys: ["oslo"] });
    expect(consumer.inputs.cities?.partitionMapping).toEqual({
      kind: "static",
      map: { oslo: ["north"], bergen: ["north"], rome: ["south"] },
    });
  });

  test("by one dimension of several, and dimension by dimension", () => {
    const ofCity = asset("of_city", {
      inputs: { days: cityDays.mapping({ dimension: "city" }) },
      partitions: cities,
      ...materializeNothing,
    });
    expect(ofCity.inputs.days?.partitionMapping).toEqual({ kind: "multiToSingle", dimension: "city" });
    const regionDays = asset("region_days", {
      inputs: {
        days: cityDays.mapping({
          dimensions: {
            day: "day",
            city: { to: "region", needs: { north: ["oslo", "bergen"], south: ["rome"] } },
          },
        }),
      },
      partitions: multiPartitions({ region: regions, day: daily }),
      ...materializeNothing,
    });
    expect(regionDays.inputs.days?.partitionMapping).toEqual({
      kind: "multi",
      dimensions: {
        day: { downstreamDimension: "day", mapping: null },
        city: {
          downstreamDimension: "region",
          mapping: { kind: "static", map: { oslo: ["north"], bergen: ["north"], rome: ["south"] } },
        },
      },
    });
  });

  test("of a stream, of a source with partitions, and of what is only waited for", () => {
    const stations = source("raw.stations", { partitions: daily });
    const consumer = asset("consumer", {
      inputs: {
        before: stream(readings).window(-1, 0),
        after: stream(readings.window(-1, 0)),
        stations: stations.window(-2, 0),
      },
      deps: [byCity.all(), self.window(-1, -1)],
      partitions: daily,
      ...materializeNothing,
    });
    expect(consumer.inputs.before).toMatchObject({ stream: true, partitionMapping: { startOffset: -1 } });
    expect(consumer.inputs.after).toMatchObject({ stream: true, partitionMapping: { startOffset: -1 } });
    expect(consumer.inputs.stations?.partitionMapping).toMatchObject({ startOffset: -2 });
    expect(consumer.deps).toEqual(["by_city", "consumer"]);
    expect(consumer.depMappings).toMatchObject({
      by_city: { kind: "all" },
      consumer: { kind: "timeWindow", startOffset: -1, endOffset: -1 },
    });
  });

  test("its own earlier ones: the input's asset is the asset itself", () => {
    const total = asset("total", {
      inputs: { before: self.window(-1, -1) },
      partitions: daily,
      columns: columns({ n: "integer" }),
      materialize: ({ before }) => [{ n: (before[0]?.n ?? 0) + 1 }],
    });
    expect(total.inputs.before?.upstream).toMatchObject({ key: "total", columns: { n: "integer" } });
    expect(total.inputs.before).toMatchObject({ partitionMapping: { startOffset: -1, endOffset: -1 } });
  });
});

describe("a mapping that does not fit is a definition error at its line", () => {
  const consumer = (inputs: Record<string, never>, partitions: unknown = daily) =>
    asset("consumer", { inputs, partitions: partitions as never, ...materializeNothing });

  test.each<[string, () => unknown, string]>([
    ["half a partition", () => readings.window(0.5, 1), "A window is moved by 0.5 partitions"],
    ["nothing", () => (readings.window as () => unknown)(), "A window is moved by undefined partitions"],
    [
      "an end before the start",
      () => readings.window(0, -1),
      "The window from 0 to -1 ends before it begins",
    ],
    [
      "an option that does not exist",
      () => readings.window(0, 0, { missing: true } as never),
      "The options of a window are an object",
    ],
    [
      "a way that does not exist",
      () => readings.mapping({ same: 1 } as never),
      '.mapping() is given {"same":1}',
    ],
    [
      "two ways",
      () => readings.mapping({ all: true, last: true } as never),
      '.mapping() is given {"all":true,"last":true}',
    ],
    [
      "the partition that is being made",
      () => self.window(-1, 0),
      "self.window(-1, 0) reaches up to the partition that is being made",
    ],
  ])("%s", (_, write, message) => {
    expect(write).toThrow(message);
    expect(write).toThrow(/mappings\.test\.ts:\d+/);
  });

  test.each<[string, () => unknown, string]>([
    [
      "windows of what has no time",
      () => consumer({ cities: byCity.window(-1, 0) as never }),
      'The input "cities" of asset "consumer" has partitions that do not fit. Windows of time are asked of a static partition',
    ],
    [
      "a key that the upstream has not",
      () => consumer({ cities: byCity.mapping({ keys: ["olso"] }) as never }),
      'The mapping names "olso", which is no partition of the upstream asset',
    ],
    [
      "a key that the consumer has not",
      () => consumer({ cities: byCity.mapping({ needs: { nroth: "oslo" } }) as never }, regions),
      'The mapping names "nroth", which is no partition of the downstream asset',
    ],
    [
      "a dimension that does not exist",
      () => consumer({ days: cityDays.mapping({ dimension: "town" }) as never }, cities),
      'There is no dimension "town"',
    ],
    [
      "partitions of what has none",
      () => consumer({ whole: asset("whole", materializeNothing).last() as never }),
      'The input "whole" of asset "consumer" asks for certain partitions. "whole" has none',
    ],
    [
      "its own partitions, where it has none",
      () => consumer({ before: self.window(-1, -1) as never }, null),
      "asks for certain partitions. The asset itself has none",
    ],
    [
      "no mapping, where none goes without saying",
      () => consumer({ cities: byCity as never }),
      "Which static partition upstream a daily partition downstream needs does not go without saying",
    ],
    [
      "a dep that does not fit",
      () => asset("consumer", { deps: [byCity.window(0, 0)], partitions: daily, ...materializeNothing }),
      'Dependency 1 of asset "consumer" has partitions that do not fit',
    ],
  ])("%s", (_, declare, message) => {
    expect(declare).toThrow(message);
  });

  test("the line is that of the mapping, not that of the asset", () => {
    const line = (error: Error) => Number(/mappings\.test\.ts:(\d+)/.exec(error.stack ?? "")?.[1]);
    const here = line(new Error());
    const declare = () =>
      asset("consumer", {
        inputs: {
          cities: byCity.window(-1, 0),
        },
        partitions: daily,
        ...materializeNothing,
      });
    const error = thrownBy(declare);
    expect(line(error)).toBe(here + 4);
    expect(error.message).toContain(`mappings.test.ts:${here + 4}`);
  });
});

describe("backfills and pools", () => {
  test("are kept as the planner reads them", () => {
    const declare = (partitionsPerRun: number | "all") =>
      asset("a", { partitions: daily, backfill: { partitionsPerRun }, pool: "db", ...materializeNothing });
    expect(declare(10)).toMatchObject({ backfillPolicy: { maxPartitionsPerRun: 10 }, pool: "db" });
    expect(declare("all").backfillPolicy).toEqual({ maxPartitionsPerRun: null });
  });

  test.each<[object, string]>([
    [
      { partitions: daily, backfill: { partitionsPerRun: 0 } },
      '"backfill" of asset "a" is {"partitionsPerRun":0}',
    ],
    [{ partitions: daily, backfill: "singleRun" }, '"backfill" of asset "a" is the text "singleRun"'],
    [{ backfill: { partitionsPerRun: 5 } }, "but it has none"],
    [{ pool: 3 }, 'The pool of asset "a" is 3'],
    [
      { partitions: daily, inputs: { before: self.window(-1, -1) }, backfill: { partitionsPerRun: 2 } },
      'A run of asset "a" cannot make several partitions, because each needs those before it',
    ],
  ])("that are wrong say so: %j", (options, message) => {
    expect(() => asset("a", { ...options, ...materializeNothing } as never)).toThrow(message);
  });
});

describe("what arrives of several partitions", () => {
  const stored: Record<string, unknown> = {};
  const io = ioManager<unknown>({
    store: (value, { slice }) => {
      stored[slice?.keys[0] ?? "whole"] = value;
    },
    load: ({ slice }) => stored[slice?.keys[0] ?? "whole"],
  });
  const models = asset("models", {
    partitions: daily,
    io,
    materialize: () => ({ slope: 1 }),
  });

  async function loaded(consumer: AssetDefinition, slice = days("2026-01-01", "2026-01-03")) {
    const { edge } = fakeEdge();
    await runStep(consumer, { ...edge, inputSlice: () => slice, io: it => it.io ?? edge.io(it) });
  }

  test("is a record by key of values that are no rows, however many there are", async () => {
    Object.assign(stored, {
      "2026-01-01": { slope: 1 },
      "2026-01-02": { slope: 2 },
      "2026-01-03": { slope: 3 },
    });
    const received: unknown[] = [];
    const consumer = asset("consumer", {
      inputs: { models: models.window(-2, 0) },
      partitions: daily,
      materialize: inputs => void received.push(inputs.models),
    });
    await loaded(consumer);
    await loaded(consumer, days("2026-01-02"));
    expect(received).toEqual([
      { "2026-01-01": { slope: 1 }, "2026-01-02": { slope: 2 }, "2026-01-03": { slope: 3 } },
      { "2026-01-02": { slope: 2 } },
    ]);
  });

  test("is one array of rows, also when no I/O manager knows how to read them at once", async () => {
    Object.assign(stored, { "2026-01-01": [{ n: 1 }], "2026-01-02": [{ n: 2 }, { n: 3 }], "2026-01-03": [] });
    const rows = asset("rows", { partitions: daily, io, materialize: () => [{ n: 1 }] });
    const received: unknown[] = [];
    const consumer = asset("consumer", {
      inputs: { rows: rows.window(-2, 0), streamed: stream(rows).window(-2, 0) },
      partitions: daily,
      materialize: async inputs => {
        const streamed: unknown[] = [];
        for await (const row of inputs.streamed) streamed.push(row);
        received.push(inputs.rows, streamed);
      },
    });
    await loaded(consumer);
    expect(received).toEqual([
      [{ n: 1 }, { n: 2 }, { n: 3 }],
      [{ n: 1 }, { n: 2 }, { n: 3 }],
    ]);
  });

  test("is refused where the types promise one value", async () => {
    Object.assign(stored, { "2026-01-01": { slope: 1 }, "2026-01-02": { slope: 2 } });
    const consumer = asset("consumer", { inputs: { models }, partitions: daily, ...materializeNothing });
    await expect(loaded(consumer, days("2026-01-01", "2026-01-02"))).rejects.toThrow(
      "consumer needs 2 partitions of models at once, which are no rows that make one array. Write .all()",
    );
  });

  test("is stored by key, when a run over several returns them so", async () => {
    const value: unknown = { "2026-01-01": { slope: 7 }, "2026-01-02": { slope: 8 } };
    const several = asset("several", { partitions: daily, io, materialize: () => value });
    const { edge } = fakeEdge();
    const run = (slice: ReturnType<typeof days>) => runStep(several, { ...edge, slice, io: () => io });
    await run(days("2026-01-01", "2026-01-02"));
    expect(stored).toMatchObject({ "2026-01-01": { slope: 7 }, "2026-01-02": { slope: 8 } });
    await expect(run(days("2026-01-01", "2026-01-03"))).rejects.toThrow('"2026-01-03" is missing');
  });
});

describe("in a unit test", () => {
  const total = asset("total", {
    inputs: { readings, before: self.window(-1, -1) },
    partitions: daily,
    columns: columns({ sum: "double precision" }),
    materialize: ({ readings, before }) => [
      { sum: (before[0]?.sum ?? 0) + readings.reduce((sum, it) => sum + it.celsius, 0) },
    ],
  });

  test("an asset that needs its own earlier rows has none, unless they are given", async () => {
    const first = await materialize([readings, total], { partition: "2026-01-01" });
    expect(first.value(total)).toEqual([{ sum: 4 }]);
    const inputs = { total: [{ sum: 10 }] };
    const second = await materialize([readings, total], { partition: "2026-01-02", inputs });
    expect(second.value(total)).toEqual([{ sum: 14 }]);
  });

  test("a value of one partition arrives by its key where several may be needed", async () => {
    const models = asset("models", { partitions: daily, materialize: () => ({ slope: 1 }) });
    const consumer = asset("consumer", {
      inputs: { one: models, several: models.window(-1, 0) },
      partitions: daily,
      materialize: ({ one, several }) => [{ one: one.slope, several: several["2026-01-01"]?.slope }],
    });
    const result = await materialize([models, consumer], { partition: "2026-01-01" });
    expect(result.value(consumer)).toEqual([{ one: 1, several: 1 }]);
  });

  test("several partitions may be made at once, as a run of a backfill makes them", async () => {
    const ranged = asset("ranged", {
      partitions: multiPartitions({ city: cities, day: daily }),
      backfill: { partitionsPerRun: "all" },
      materialize: (_, { partition }) =>
        partition.keys.map(key => ({
          _partition: key,
          cities: partition.keysByDimension.city?.join(),
          from: partition.window.start.toISOString(),
          to: partition.window.end.toISOString(),
        })),
    });
    const partition = ["bergen|2026-01-03", "oslo|2026-01-01"];
    const result = await materialize([ranged], { partition });
    expect(result.value(ranged)).toEqual(
      partition.map(_partition => ({
        _partition,
        cities: "bergen,oslo",
        from: "2026-01-01T00:00:00.000Z",
        to: "2026-01-04T00:00:00.000Z",
      })),
    );
  });
});

test("months of days: an input without a mapping is the days of the month", () => {
  const monthly = monthlyPartitions({ start: "2026-01-01" });
  const report = asset("report", { inputs: { readings }, partitions: monthly, ...materializeNothing });
  expect(report.inputs.readings?.partitionMapping).toBeNull();
});

function thrownBy(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("Nothing was thrown.");
}

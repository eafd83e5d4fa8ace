import {
  asset,
  CheckFailed,
  columns,
  ioManager,
  materialize,
  notNull,
  override,
  resource,
  source,
  stream,
  unique,
} from "millrace";
import { describe, expect, expectTypeOf, test } from "vitest";
import { isStepCanceled } from "../../src/sdk/stepErrors.ts";

const readings = asset("weather/readings", {
  materialize: () => [
    { city: "Oslo", celsius: 4 },
    { city: "Oslo", celsius: 6 },
    { city: "Bergen", celsius: 8 },
  ],
});

const warmest = asset("weather/warmest", {
  inputs: { readings },
  materialize: ({ readings }) => [{ celsius: Math.max(...readings.map(it => it.celsius)) }],
});

const failing = asset("failing", {
  materialize: (): { id: number }[] => {
    throw new Error("boom");
  },
});

describe("materialize([…]) in a unit test", () => {
  test("answers what consumers would receive, typed", async () => {
    const result = await materialize([warmest, readings]);
    expectTypeOf(result.value(warmest)).toEqualTypeOf<{ celsius: number }[]>();
    expect(result.value(warmest)).toEqual([{ celsius: 8 }]);
    expect(result.succeeded).toBe(true);
    expect(result.status(warmest)).toBe("succeeded");
    expect(result.rows(readings)).toBe(3);
    expect(result.error(readings)).toBeUndefined();
  });

  test("loads what is given instead of what is not materialized here, by key", async () => {
    const stations = source<{ id: number }>("raw.stations");
    const consumer = asset("consumer", {
      inputs: { readings, stations: stream(stations) },
      materialize: async function* ({ readings, stations }) {
        for await (const { id } of stations) yield { id, readings: readings.length };
      },
    });
    const result = await materialize([consumer], {
      inputs: { "weather/readings": [{ city: "Oslo", celsius: 99 }], "raw/stations": [{ id: 1 }, { id: 2 }] },
    });
    expect(result.value(consumer)).toEqual([
      { id: 1, readings: 1 },
      { id: 2, readings: 1 },
    ]);
  });

  test("a dependency orders without being loaded, and need not be there", async () => {
    const order: string[] = [];
    const first = asset("first", { materialize: () => void order.push("first") });
    const second = asset("second", {
      deps: [first, "elsewhere"],
      materialize: () => void order.push("second"),
    });
    await materialize([second, first]);
    expect(order).toEqual(["first", "second"]);
  });

  test("keeps everything in memory whatever the I/O manager is", async () => {
    const io = ioManager<{ slope: number }>({
      store: () => Promise.reject(new Error("stored")),
      load: () => Promise.reject(new Error("loaded")),
    });
    const model = asset("model", { io, materialize: () => ({ slope: 2 }) });
    const double = asset("double", {
      inputs: { model },
      materialize: ({ model }) => [{ slope: model.slope * 2 }],
    });
    const result = await materialize([model, double]);
    expect(result.value(double)).toEqual([{ slope: 4 }]);
    expect(result.rows(model)).toBeNull();
  });

  test("tells metadata and logs", async () => {
    const talking = asset("talking", {
      materialize: (_, { log, metadata }) => {
        metadata({ skipped: 2 });
        log.warn("two rows", { skipped: 2 });
        return [];
      },
    });
    const result = await materialize([talking]);
    expect(result.metadata(talking)).toEqual({ skipped: 2 });
    expect(result.logs).toEqual([{ asset: "talking", level: "warn", message: 'two rows {"skipped":2}' }]);
  });

  test("an asset that does its own writing has no value", async () => {
    const own = asset("own", { materialize: () => {} });
    const result = await materialize([own]);
    expect(result.value(own)).toBeUndefined();
    expect(result.rows(own)).toBeNull();
    const reader = asset("reader", { inputs: { own }, materialize: ({ own }) => own });
    await expect(materialize([own, reader])).rejects.toThrow(
      'Nothing of own is in memory. Materialize it with the others, or give it: { inputs: { "own": rows } }. If it was materialized, its function returned nothing',
    );
  });

  test("each consumer receives rows of its own, as from a table", async () => {
    const spoiling = asset("spoiling", {
      inputs: { readings },
      materialize: ({ readings }) => {
        for (const reading of readings) reading.celsius = 0;
        readings.pop();
        return readings;
      },
    });
    const result = await materialize([readings, spoiling, warmest]);
    expect(result.value(warmest)).toEqual([{ celsius: 8 }]);
    expect(result.rows(readings)).toBe(3);
  });

  test("what a row leaves out is null, as from a table", async () => {
    const sparse = asset("sparse", {
      materialize: (): { id: number; note?: string }[] => [{ id: 1 }, { id: 2, note: "late" }],
    });
    expect((await materialize([sparse])).value(sparse)).toEqual([
      { id: 1, note: null },
      { id: 2, note: "late" },
    ]);
  });

  test("declared columns come back in their types", async () => {
    const declared = asset("declared", {
      columns: columns({
        id: "bigint",
        at: "timestamptz",
        local: "timestamp",
        price: "numeric(10,2)",
        day: "date",
        all: "bigint[]",
      }),
      materialize: () => [
        {
          id: 1,
          at: "2026-01-31T02:00:00+02:00",
          local: "2026-01-31 00:00:00",
          price: 9.5,
          day: "2026-01-31",
          all: [1n],
        },
      ],
    });
    const midnight = new Date("2026-01-31T00:00:00Z");
    expect((await materialize([declared])).value(declared)).toEqual([
      { id: 1n, at: midnight, local: midnight, price: "9.5", day: "2026-01-31", all: [1n] },
    ]);
  });

  test("a column that is not declared fails the asset and is named", async () => {
    const declared = asset("declared", {
      columns: columns({ id: "integer" }),
      materialize: () => [{ id: 1 }, { id: 2, note: "late" }],
    });
    await expect(materialize([declared])).rejects.toThrow(
      'Row 2 of declared has the column "note", which is not declared.',
    );
  });
});

describe("a failure", () => {
  test("rejects with the very error that was thrown", async () => {
    const error = await materialize([failing]).catch(error => error);
    expect(error).toBeInstanceOf(Error);
    expect(error.message).toBe("boom");
    expect(error.stack).toContain("materialize.test.ts");
  });

  test("is told by the result when it shall not reject, and what depends on it is skipped", async () => {
    const child = asset("child", { inputs: { failing }, materialize: () => [] });
    const grandchild = asset("grandchild", { deps: [child], materialize: () => [] });
    const result = await materialize([grandchild, child, failing, readings], { raiseOnError: false });
    expect(result.succeeded).toBe(false);
    expect([failing, child, grandchild, readings].map(it => result.status(it))).toEqual([
      "failed",
      "skipped",
      "skipped",
      "succeeded",
    ]);
    expect(result.error(failing)).toMatchObject({ message: "boom" });
    expect(result.rows(failing)).toBeNull();
    expect(() => result.value(failing)).toThrow("failing failed: boom");
    expect(() => result.value(grandchild)).toThrow("grandchild was skipped: child has no data.");
  });

  test("asking for an asset that was not materialized says so", async () => {
    const result = await materialize([readings]);
    expect(() => result.value(warmest)).toThrow(
      "weather/warmest is not among the assets that were materialized.",
    );
  });

  test("a signal that aborts cancels the asset that runs, and the others do not begin", async () => {
    const canceled = new AbortController();
    const stubborn = asset("stubborn", {
      materialize: () => {
        canceled.abort();
        return new Promise<[]>(() => {});
      },
    });
    const options = { signal: canceled.signal, raiseOnError: false };
    const result = await materialize([stubborn, readings], options);
    expect(result.status(stubborn)).toBe("canceled");
    expect(result.status(readings)).toBe("canceled");
    expect(isStepCanceled(result.error(readings))).toBe(true);
    await expect(materialize([readings], { signal: AbortSignal.abort() })).rejects.toThrow("was canceled");
  });
});

describe("checks in a unit test", () => {
  const rows = [
    { id: 1, city: "Oslo", day: new Date(0) },
    { id: 1, city: null, day: new Date(0) },
    { id: 2, city: null, day: new Date(1) },
    { id: null, city: "Bergen", day: new Date(2) },
    { id: null, city: "Bergen", day: new Date(2) },
  ];

  test("notNull, unique and user code run; other SQL is skipped and says why", async () => {
    const checked = asset("checked", {
      checks: [
        notNull("city"),
        notNull("day"),
        unique("id"),
        unique(["id", "city", "day"]),
        { name: "plausible", sql: "id < 10", blocking: true },
        { name: "some", rows: () => "none" },
      ],
      materialize: () => rows,
    });
    const result = await materialize([checked]);
    expect(result.checks(checked).map(({ name, status, failedRows }) => [name, status, failedRows])).toEqual([
      ["notNull(city)", "failed", 2],
      ["notNull(day)", "passed", 0],
      ["unique(id)", "failed", 2],
      ["unique(id, city, day)", "passed", 0],
      ["plausible", "skipped", null],
      ["some", "failed", null],
    ]);
    expect(result.checks(checked)[4]?.message).toBe("Written in SQL, which needs a database.");
    expect(result.checks(checked)[5]?.message).toBe("none");
  });

  test("unique compares dates and bigints by value", async () => {
    const checked = asset("checked", {
      checks: [unique("day"), unique("big")],
      materialize: () => [
        { day: new Date(0), big: 1n },
        { day: new Date(0), big: 2n },
      ],
    });
    const result = await materialize([checked]);
    expect(result.checks(checked).map(it => it.failedRows)).toEqual([2, 0]);
  });

  test("a blocking check that fails keeps the value from being published", async () => {
    const checked = asset("checked", {
      checks: [notNull("city", { blocking: true }), { name: "later", sql: "true" }],
      materialize: () => rows,
    });
    const child = asset("child", { inputs: { checked }, materialize: () => [] });
    await expect(materialize([checked])).rejects.toThrow(CheckFailed);
    const result = await materialize([checked, child], { raiseOnError: false });
    expect(result.status(child)).toBe("skipped");
    expect(() => result.value(checked)).toThrow('the blocking check "notNull(city)" failed for 2 rows');
    expect(result.checks(checked)).toMatchObject([
      { status: "failed", failedRows: 2 },
      { status: "skipped" },
    ]);
  });

  test("a check that was not reached is skipped", async () => {
    const checked = failing.checks(({ rows }) => [rows("some", () => true)]);
    const result = await materialize([checked], { raiseOnError: false });
    expect(result.checks(checked)).toMatchObject([
      { name: "some", status: "skipped", message: "The asset did not come so far." },
    ]);
  });
});

describe("resources in a unit test", () => {
  const stationApi = resource("stationApi", { open: (): { city: () => string } => ({ city: () => "real" }) });
  const cities = asset("cities", {
    resources: { api: stationApi },
    materialize: (_, { resources }) => [{ city: resources.api.city() }],
  });
  const fake = { city: () => "fake" };

  test("are the real ones unless others are given", async () => {
    expect((await materialize([cities])).value(cities)).toEqual([{ city: "real" }]);
  });

  test.each([
    ["by the name of the resource", { stationApi: fake }],
    ["by the name in the asset", { api: fake }],
    ["by reference", [override(stationApi, fake)]],
  ])("are replaced %s", async (_, resources) => {
    expect((await materialize([cities], { resources })).value(cities)).toEqual([{ city: "fake" }]);
  });

  test("a replacement by reference that does not fit does not compile", () => {
    // @ts-expect-error it has no city()
    override(stationApi, { town: () => "fake" });
  });

  test("a name that no asset uses is an error", async () => {
    await expect(materialize([cities], { resources: { stationAPI2: fake } })).rejects.toThrow(
      'needs the resource "stationAPI2". Did you mean "stationApi"?',
    );
    const other = resource("other", { open: () => 1 });
    await expect(materialize([cities], { resources: [override(other, 2)] })).rejects.toThrow(
      'the resource "other"',
    );
  });
});

describe("what cannot be materialized in memory is an error before anything runs", () => {
  test("an input that is neither materialized nor given", async () => {
    await expect(materialize([warmest])).rejects.toThrow(
      'weather/warmest needs "weather/readings", which is neither materialized here nor given. ' +
        'Add it to the assets, or give its data: { inputs: { "weather/readings": rows } }.',
    );
  });

  test("a given input that no asset needs", async () => {
    const inputs = { "weather/readings": [], "weather/reading": [] };
    await expect(materialize([warmest], { inputs })).rejects.toThrow(
      'needs the input "weather/reading". Did you mean "weather/readings"?',
    );
  });

  test("an asset that is both materialized and given", async () => {
    await expect(materialize([readings], { inputs: { "weather/readings": [] } })).rejects.toThrow(
      '"weather/readings" is both materialized here and given',
    );
  });

  test("two assets with one key", async () => {
    const other = asset("weather/readings", { materialize: () => [] });
    await expect(materialize([readings, other])).rejects.toThrow(
      'Two assets have the key "weather/readings".',
    );
  });

  test("what is no asset", async () => {
    await expect(materialize([undefined as never])).rejects.toThrow(
      "materialize() is given undefined as asset 1. Two asset files probably import each other",
    );
    await expect(materialize(["readings" as never])).rejects.toThrow(
      "Name assets: materialize([cityAverages]).",
    );
  });

  test("assets that need each other", async () => {
    const one = asset("one", { deps: ["two"], materialize: () => [] });
    const two = asset("two", { deps: ["one"], materialize: () => [] });
    await expect(materialize([one, two])).rejects.toThrow("one, two need each other.");
  });
});

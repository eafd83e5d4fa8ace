import { asset, dailyPartitions, dbtModel, eager, freshWithin, materialize, stream } from "millrace";
import { expect, expectTypeOf, test } from "vitest";
import { isSource } from "../../src/sdk/definition.ts";

test("a dbt model is an input whose rows have the type that is said", async () => {
  const summary = dbtModel<{ city: string; celsius: number }>("daily_weather_summary");
  const hottest = asset("hottest", {
    inputs: { summary },
    materialize: ({ summary }) => {
      expectTypeOf(summary).toEqualTypeOf<{ city: string; celsius: number }[]>();
      return summary.filter(it => it.celsius > 30);
    },
  });
  const rows = [
    { city: "Lisbon", celsius: 31 },
    { city: "Bergen", celsius: 12 },
  ];
  const result = await materialize([hottest], { inputs: { daily_weather_summary: rows } });
  expect(result.value(hottest)).toEqual([rows[0]]);
});

test("its package and version are part of its name, and it may be streamed or read by partitions", () => {
  expect(dbtModel("shop.orders", { version: 2 })).toMatchObject({
    key: "shop.orders.v2",
    dbt: { name: "shop.orders", version: "2" },
  });
  const daily = dbtModel<{ day: string }>("orders", { partitions: dailyPartitions({ start: "2026-01-01" }) });
  expect(isSource(daily)).toBe(true);
  expect(stream(daily)).toMatchObject({ stream: true, upstream: { key: "orders" } });
  expect(daily.window(-6, 0)).toMatchObject({ partitions: "several" });
});

test("a rule and how new it must be are said of a model as of an asset", () => {
  const model = dbtModel("orders", { automation: eager(), freshness: freshWithin("24 h") });
  expect(model).toMatchObject({ automation: { label: "eager" }, freshness: { failSeconds: 86_400 } });
  expect(() => dbtModel("orders", { automation: eager as never })).toThrow(
    /"automation" of dbtModel "orders" is a function.*Call it/s,
  );
});

test.each<[string, () => unknown, RegExp]>([
  [
    "without a name",
    () => dbtModel("" as string),
    /is given the text "" as its name.*dbtModel\("stg_readings"\)/s,
  ],
  [
    "with an unknown option",
    () => dbtModel("a", { versio: 2 } as object),
    /"versio".*Did you mean "version"/s,
  ],
  ["with a version that is none", () => dbtModel("a", { version: {} as number }), /version of dbtModel "a"/],
  ["with a pool that is none", () => dbtModel("a", { pool: "" }), /pool of dbtModel "a" is.*pool: "db"/s],
  [
    "with partitions that are none",
    () => dbtModel("a", { partitions: "daily" as never }),
    /partitions of dbtModel/,
  ],
])("a dbt model %s is a definition error", (_, define, message) => {
  expect(define).toThrow(message);
});

import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { relationOf } from "../../src/integrations/postgres/relation.ts";
import { assetKey, createOutputs, type Outputs } from "./outputs.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

describe("the table of an asset", () => {
  test.each([
    ["orders", { schema: "assets", table: "orders" }],
    ["raw/orders", { schema: "raw", table: "orders" }],
    ["raw/shop/orders", { schema: "raw_shop", table: "orders" }],
    ["Räume/a b", { schema: "Räume", table: "a b" }],
  ])("%s lives in %o", (key, relation) => {
    expect(relationOf(assetKey(key), "assets")).toEqual(relation);
  });

  test("may be named by the asset", () => {
    const named = { schema: "public", table: "t" };
    expect(relationOf(assetKey("raw/orders"), "assets", named)).toEqual(named);
  });

  test.each([
    [`raw/${"x".repeat(64)}`, "is 64 bytes long, and PostgreSQL allows 63"],
    [`raw/${"ü".repeat(32)}`, "is 64 bytes long"],
    [`${"x".repeat(40)}/${"y".repeat(40)}/t`, `The schema name "${"x".repeat(40)}_${"y".repeat(40)}"`],
    ["millrace/run", 'would live in the schema "millrace", which is not for assets'],
    ["pg_catalog/x", 'would live in the schema "pg_catalog"'],
    ["raw/a\0b", "holds the character U+0000"],
  ])("is refused when PostgreSQL would not keep its name: %j", (key, message) => {
    expect(() => relationOf(assetKey(key), "assets")).toThrow(message);
  });

  test.each([
    "spaces in/a key",
    'quotes"/in"a"key',
    "Ünïcode/東京🌦",
    "semi;colon/--comment",
    `${"s".repeat(63)}/${"t".repeat(63)}`,
    "select/table",
    "back\\slash/tab\there",
  ])("keeps the name %j through storing, checking, streaming and loading", async key => {
    const column = `a "quoted" \\ col\numn; drop`;
    const rows = [{ [column]: 1, Ünï: "x", select: true }];
    const check = {
      kind: "sql",
      name: "c",
      sql: `"Ünï" = 'x'`,
      blocking: true,
      severity: "error",
      description: null,
    } as const;
    for (const readBeforePublish of [false, true]) {
      const [result] = await outputs.store(key, rows, { checks: [check], readBeforePublish });
      expect(result).toMatchObject({ passed: true });
      expect(await outputs.load(key)).toEqual(rows);
    }
  });

  test("names the row that PostgreSQL refuses, whatever table and column are called", async () => {
    const key = 'COPY odd, line 7/COPY a"b, line 9, column c: "x"';
    const rows = [{ "x, line 8: y": 1n }, { "x, line 8: y": 2n ** 63n }];
    await expect(outputs.store(key, rows)).rejects.toThrow(`Row 2 of ${key}, column "x, line 8`);
  });
});

describe("a relation that Millrace did not create", () => {
  test("is not touched, and the asset is told what to do", async () => {
    await outputs.query("create schema foreign_table; create table foreign_table.t as select 1 as n");
    const stored = outputs.store("foreign_table/t", [{ n: 2 }]);
    await expect(stored).rejects.toThrow(
      'The table "foreign_table"."t" exists already and was not created by Millrace, so the asset foreign_table/t does not touch it',
    );
    await expect(outputs.store("foreign_table/t", [{ n: 2 }])).rejects.toThrow(
      "postgresTable({ adopt: true })",
    );
    expect(await outputs.query("select * from foreign_table.t")).toEqual([{ n: 1 }]);
  });

  test("is not even read from when it cannot be written", async () => {
    await outputs.query("create schema asked; create table asked.t ()");
    let asked = 0;
    const rows = {
      *[Symbol.iterator]() {
        asked++;
        yield { n: 1 };
      },
    };
    await expect(outputs.store("asked/t", rows)).rejects.toThrow("not created by Millrace");
    expect(asked).toBe(0);
  });

  test("may be adopted, and keeps its types and defaults", async () => {
    await outputs.query(
      `create schema adopted; create table adopted.t (
         id bigint generated always as identity, n integer, day date, price numeric, code varchar(3),
         made timestamptz not null default now())`,
    );
    const rows = [{ n: 1, day: new Date("2026-01-31T00:00:00Z"), price: "1.5", code: "abc" }];
    for (const readBeforePublish of [false, true]) {
      await outputs.store("adopted/t", rows, { adopt: true, readBeforePublish });
      expect(await outputs.query("select n, day::text, price, code from adopted.t")).toEqual([
        { n: 1, day: "2026-01-31", price: "1.5", code: "abc" },
      ]);
    }
    await expect(outputs.store("adopted/t", [{ ...rows[0], code: "abcd" }], { adopt: true })).rejects.toThrow(
      'Row 1 of adopted/t, column "code": value too long for type character varying(3)',
    );
  });

  test("is left alone when another asset created it", async () => {
    await outputs.store("mine/t", [{ n: 1 }]);
    const options = { schema: "mine", table: "t" };
    await expect(outputs.store("yours/t", [{ n: 2 }], options)).rejects.toThrow(
      'The table "mine"."t" belongs to the asset mine/t, so the asset yours/t does not touch it',
    );
    expect(await outputs.load("mine/t")).toEqual([{ n: 1 }]);
  });

  test("is refused when it is a view, adopted or not", async () => {
    await outputs.query("create schema viewed; create view viewed.t as select 1 as n");
    await expect(outputs.store("viewed/t", [{ n: 1 }], { adopt: true })).rejects.toThrow(
      '"viewed"."t" is a view, so the asset viewed/t cannot be stored there',
    );
  });
});

describe("two processes that create the same thing at once", () => {
  test("both succeed, and the table holds the rows of one of them", async () => {
    for (let round = 0; round < 5; round++) {
      const key = `race${round}/t`;
      const rows = (n: number) => [{ n }, { n }];
      await Promise.all([1, 2, 3, 4, 5].map(n => sleep(n * round).then(() => outputs.store(key, rows(n)))));
      const [first, second, ...more] = await outputs.load(key);
      expect(second).toEqual(first);
      expect(more).toEqual([]);
    }
  });

  test("different tables of a new schema, and the first staging tables, do not collide", async () => {
    const keys = [1, 2, 3, 4, 5].map(n => `shared_schema/t${n}`);
    await Promise.all(keys.map(key => outputs.store(key, [{ key }], { readBeforePublish: true })));
    for (const key of keys) expect(await outputs.load(key)).toEqual([{ key }]);
  });
});

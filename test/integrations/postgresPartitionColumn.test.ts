import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PartitionColumn } from "../../src/integrations/postgres/sliceLayout.ts";
import type { Row } from "../../src/sdk/row.ts";
import type { Slice } from "../../src/sdk/slice.ts";
import { collect, createOutputs, type Outputs, type StoreOptions, sqlCheck } from "./outputs.ts";
import { cityDays, daily, days, keys, timeSlice } from "./slices.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

describe.each([
  ["directly", false],
  ["by way of a staging table", true],
])("windows of time that are stored %s", (_, readBeforePublish) => {
  const name = (table: string) => `times_${readBeforePublish ? "staged" : "direct"}/${table}`;
  const store = (table: string, slice: Slice, rows: Row[], more: StoreOptions = {}) =>
    outputs.store(name(table), rows, { slice, partitionColumn: "at", readBeforePublish, ...more });

  test("replace the rows whose time lies in them, and no others", async () => {
    await store("dates", days("2026-01-01", "2026-01-03"), [
      { n: 1, at: new Date("2026-01-01T00:00:00Z") },
      { n: 2, at: new Date("2026-01-01T23:59:59.999Z") },
      { n: 3, at: new Date("2026-01-02T00:00:00Z") },
      { n: 4, at: new Date("2026-01-03T12:00:00Z") },
    ]);
    await store("dates", days("2026-01-01"), [{ n: 5, at: new Date("2026-01-01T12:00:00Z") }]);
    expect(await numbers(name("dates"))).toEqual([3, 4, 5]);
    await store("dates", days("2026-01-02", "2026-01-03"), []);
    expect(await numbers(name("dates"))).toEqual([5]);
    expect(await indexed(name("dates"))).toEqual(["at"]);
  });

  test("refuse a row outside of them, by its number and its value", async () => {
    const inside = { at: new Date("2026-01-31T23:59:59.999Z") };
    const refused = (row: Row) =>
      expect(store("outside", days("2026-01-01", "2026-01-31"), [inside, row])).rejects;
    await refused({ at: new Date("2026-02-01T00:00:00Z") }).toThrow(
      `Row 2 of ${name("outside")} lies outside of its slice: "at" holds 2026-02-01T00:00:00.000Z, ` +
        "and the slice is 2026-01-01 … 2026-01-31 (31). Return only rows of the partitions that are asked for",
    );
    await refused({ at: new Date("2025-12-31T23:59:59.999Z") }).toThrow(
      '"at" holds 2025-12-31T23:59:59.999Z',
    );
    await refused({ at: null }).toThrow("Row 2 of times_");
    await refused({}).toThrow('has no value in "at", the column that tells its partition');
  });

  test("have holes, which are outside", async () => {
    const weekdays = daily({ cron: "0 0 * * 1-5" });
    // 2026-01-03 and 04 are a weekend.
    const slice = timeSlice(weekdays, "2026-01-02", "2026-01-05");
    expect(slice.keys).toEqual(["2026-01-02", "2026-01-05"]);
    const on = (day: string, n: number) => ({ n, at: new Date(`${day}T12:00:00Z`) });
    await store(
      "holes",
      days("2026-01-01", "2026-01-06"),
      [1, 2, 3, 4, 5, 6].map(n => on(`2026-01-0${n}`, n)),
    );
    await store("holes", slice, [on("2026-01-05", 50)]);
    expect(await numbers(name("holes"))).toEqual([1, 3, 4, 6, 50]);
    await expect(store("holes", slice, [on("2026-01-03", 30)])).rejects.toThrow(
      '"at" holds 2026-01-03T12:00',
    );
    expect(await outputs.load(name("holes"), { slice, partitionColumn: "at" })).toEqual([
      on("2026-01-05", 50),
    ]);
  });

  test.each([
    ["timestamptz", "2026-01-01T00:30:00+01:00", "2026-01-01T00:00:00+01:00", "2026-01-02T00:00:00+01:00"],
    ["timestamptz", "2026-01-01 23:59:59.999999+01", "2025-12-31T23:00:00Z", "2025-12-31T22:59:59.999999Z"],
    ["timestamp", "2026-01-01T22:30:00", "2025-12-31T23:00:00", "2026-01-01T23:00:00"],
    ["date", "2026-01-01", "2026-01-01", "2026-01-02"],
    ["date", "2026-01-01", "2026-01-01T23:59:00", "2025-12-31"],
  ])(
    "may be days of Zürich and hold text that is declared as %s: %s",
    async (type, first, second, outside) => {
      const zurich = daily({ timezone: "Europe/Zurich" });
      const slice = timeSlice(zurich, "2026-01-01");
      const columns = { at: type, n: "integer" };
      const table = `zurich_${type}`;
      await store(table, timeSlice(zurich, "2025-12-31"), [], { columns });
      await store(table, slice, [{ at: first, n: 1 }], { columns });
      await store(table, slice, [{ at: second, n: 2 }], { columns });
      expect(await numbers(name(table))).toEqual([2]);
      await expect(store(table, slice, [{ at: outside, n: 3 }], { columns })).rejects.toThrow(
        `"at" holds ${outside}, and the slice is 2026-01-01.`,
      );
      expect(await outputs.load(name(table), { slice, partitionColumn: "at" })).toHaveLength(1);
      const before = timeSlice(zurich, "2025-12-31");
      expect(await outputs.load(name(table), { slice: before, partitionColumn: "at" })).toEqual([]);
    },
  );

  test("need a column that holds times, and times that say their zone", async () => {
    const slice = days("2026-01-01");
    await expect(store("text", slice, [{ at: "2026-01-01" }])).rejects.toThrow(
      'The partition column "at" is text, which is no time, but its partitions are windows of time. ' +
        'Declare its type: columns({ "at": "timestamptz" }) or "date", or return Dates.',
    );
    const columns = { at: "timestamptz" };
    await expect(store("zoneless", slice, [{ at: "2026-01-01T10:00" }], { columns })).rejects.toThrow(
      "Row 1 of times_",
    );
    await expect(store("zoneless", slice, [{ at: "2026-01-01T10:00" }], { columns })).rejects.toThrow(
      'column "at" holds "2026-01-01T10:00", which does not say its time zone: end it with Z or +01:00.',
    );
    await expect(store("zoneless", slice, [{ at: "yesterday" }], { columns })).rejects.toThrow(
      'column "at" holds "yesterday", which is neither a Date nor an ISO time.',
    );
  });

  test("refuse a row that PostgreSQL would round into the next one", async () => {
    const columns = { at: "timestamptz(0)" };
    const rows = [{ at: "2026-01-01T23:59:59.7Z" }];
    await expect(store("rounded", days("2026-01-01"), rows, { columns })).rejects.toThrow(
      `${name("rounded")} has 1 rows, but in its slice 2026-01-01 of the table`,
    );
  });

  test("are tested alone by checks", async () => {
    const checks = [sqlCheck("positive", "n > 0")];
    const at = (day: string) => new Date(`${day}T00:00:00Z`);
    await store("checked", days("2026-01-01"), [{ n: -1, at: at("2026-01-01") }]);
    const results = await store("checked", days("2026-01-02"), [{ n: 1, at: at("2026-01-02") }], { checks });
    expect(results).toMatchObject([{ passed: true, failedRows: 0 }]);
  });
});

describe("keys in a column of the asset's own", () => {
  test("are replaced by their values, whatever the column's type", async () => {
    const store = (slice: Slice, rows: Row[]) =>
      outputs.store("own/numbers", rows, { slice, partitionColumn: "station" });
    await store(keys("1", "2", "3"), [
      { station: 1, n: 10 },
      { station: 2, n: 20 },
    ]);
    await store(keys("2"), [{ station: 2, n: 21 }]);
    expect(await numbers("own/numbers")).toEqual([10, 21]);
    await expect(
      store(keys("2"), [
        { station: 2, n: 0 },
        { station: 3, n: 0 },
      ]),
    ).rejects.toThrow(
      'Row 2 of own/numbers lies outside of its slice: "station" holds 3, and the slice is 2.',
    );
    const loaded = await outputs.load("own/numbers", { slice: keys("1", "3"), partitionColumn: "station" });
    expect(loaded).toEqual([{ station: 1, n: 10 }]);
    expect(await indexed("own/numbers")).toEqual(["station"]);
  });

  test("are found in rows from before the asset was cut into partitions", async () => {
    await outputs.store("own/before", [
      { city: "Bern", n: 1 },
      { city: "Zug", n: 2 },
    ]);
    await outputs.store("own/before", [{ city: "Zug", n: 3 }], {
      slice: keys("Zug"),
      partitionColumn: "city",
    });
    expect(await numbers("own/before")).toEqual([1, 3]);
    expect(await indexed("own/before")).toEqual(["city"]);
  });

  test("do not use up an index that is there already", async () => {
    await outputs.query(
      "create table public.adopted_column (city text, n double precision, primary key (city, n))",
    );
    const adopt = { adopt: true, schema: "public", table: "adopted_column", partitionColumn: "city" };
    await outputs.store("own/adopted", [{ city: "Zug", n: 3 }], { slice: keys("Zug"), ...adopt });
    expect(await indexed("public/adopted_column")).toEqual(["city, n"]);
  });
});

describe("partitions of several dimensions", () => {
  const partitionColumn = { day: "at", city: "city" };
  const row = (city: string, day: number, n: number) => ({ city, at: new Date(Date.UTC(2026, 0, day)), n });
  const slice = (...keys: string[]) => cityDays(keys);

  test("are replaced one by one, by range and by product", async () => {
    const store = (key: string, it: Slice, rows: Row[]) =>
      outputs.store(key, rows, { slice: it, partitionColumn });
    const all = ["Bern", "Zug", "Chur"].flatMap(city => [1, 2, 3].map(day => `${city}|2026-01-0${day}`));
    const fill = (key: string) =>
      store(
        key,
        slice(...all),
        all.map((it, n) => row(it.split("|")[0] as string, Number(it.at(-1)), n)),
      );

    await fill("multi/one");
    await store("multi/one", slice("Zug|2026-01-02"), [row("Zug", 2, 40)]);
    expect(await numbers("multi/one")).toEqual([0, 1, 2, 3, 5, 6, 7, 8, 40]);

    // A contiguous range is no product: the end of one city and the beginning of the next.
    await fill("multi/range");
    await store("multi/range", slice("Bern|2026-01-03", "Zug|2026-01-01", "Zug|2026-01-02"), [
      row("Zug", 1, 30),
    ]);
    expect(await numbers("multi/range")).toEqual([0, 1, 5, 6, 7, 8, 30]);
    const load = (it: Slice) => outputs.load("multi/range", { slice: it, partitionColumn });
    expect(await load(slice("Bern|2026-01-02", "Bern|2026-01-03", "Zug|2026-01-01"))).toEqual([
      row("Bern", 2, 1),
      row("Zug", 1, 30),
    ]);

    await fill("multi/product");
    const product = slice("Bern|2026-01-01", "Bern|2026-01-03", "Chur|2026-01-01", "Chur|2026-01-03");
    await store("multi/product", product, []);
    expect(await numbers("multi/product")).toEqual([1, 3, 4, 5, 7]);
    expect(await indexed("multi/product")).toEqual(["city, at"]);
  });

  test("refuse a combination that is not asked for, though each of its parts is", async () => {
    const two = slice("Bern|2026-01-02", "Zug|2026-01-01");
    const stored = outputs.store("multi/outside", [row("Zug", 1, 1), row("Zug", 2, 2)], {
      slice: two,
      partitionColumn,
    });
    await expect(stored).rejects.toThrow(
      'Row 2 of multi/outside lies outside of its slice: "city", "at" holds Zug, 2026-01-02T00:00:00.000Z, ' +
        "and the slice is Bern|2026-01-02 … Zug|2026-01-01 (2).",
    );
  });

  test("need a column for each dimension, or keep their key", async () => {
    const one = slice("Zug|2026-01-01");
    const columns: PartitionColumn[] = ["city", { city: "city" }, { city: "city", hour: "at" }];
    for (const wrong of columns) {
      const stored = outputs.store("multi/columns", [row("Zug", 1, 1)], {
        slice: one,
        partitionColumn: wrong,
      });
      await expect(stored).rejects.toThrow(
        "The partitions of multi/columns have the dimensions city, day, and partitionColumn has to name one " +
          'column for each: postgresTable({ partitionColumn: { "city": "…", "day": "…" } }).',
      );
    }
    const single = outputs.store("multi/columns", [row("Zug", 1, 1)], {
      slice: keys("Zug"),
      partitionColumn,
    });
    await expect(single).rejects.toThrow('Name one column: postgresTable({ partitionColumn: "…" }).');
    await outputs.store("multi/columns", [{ n: 1 }], { slice: one });
    expect(await outputs.query("select * from multi.columns")).toEqual([
      { _partition: "Zug|2026-01-01", n: 1 },
    ]);
  });
});

test("an output without partitions is refused where a column is to tell them, and nothing is touched", async () => {
  await outputs.store("columns/unsliced", [{ n: 1 }]);
  await expect(outputs.store("columns/unsliced", [{ n: 2 }], { partitionColumn: "n" })).rejects.toThrow(
    "columns/unsliced has no partitions, but its table names a column that tells the partition of a row. Nothing was changed.",
  );
  expect(await outputs.query("select n from columns.unsliced")).toEqual([{ n: 1 }]);
});

test("a range with more holes than a statement has parameters is one statement", async () => {
  const everyOther = daily({ cron: "0 */2 * * *", keyFormat: "%Y-%m-%d-%H", kind: "cron" });
  const hours = timeSlice(everyOther, "2020-01-01-00", "2028-01-01-00");
  const windows = hours.windows?.map(({ start }) => ({ start, end: start + 3_600_000 })) ?? null;
  const slice = { ...hours, windows };
  const at = (time: string) => ({ at: new Date(time) });
  const partitionColumn = "at";
  await outputs.store("holes/many", [at("2020-06-01T01:30:00Z"), at("2020-06-01T02:30:00Z")], {
    slice: days("2020-06-01"),
    partitionColumn,
  });
  await outputs.store("holes/many", [at("2023-06-01T02:30:00Z")], { slice, partitionColumn });
  expect(await outputs.load("holes/many")).toEqual([at("2020-06-01T01:30:00Z"), at("2023-06-01T02:30:00Z")]);
  const rows = await collect(await outputs.stream("holes/many", { slice, partitionColumn }));
  expect(rows).toEqual([at("2023-06-01T02:30:00Z")]);
});

async function numbers(key: string): Promise<unknown[]> {
  const rows = await outputs.query(`select n from ${key.replace("/", ".")} order by n`);
  return rows.map(({ n }) => n);
}

/** The columns of each index. */
async function indexed(key: string): Promise<unknown[]> {
  const rows = await outputs.query(
    `select string_agg(attname, ', ' order by place) as columns
     from pg_index, unnest(indkey::smallint[]) with ordinality as part(number, place), pg_attribute
     where indrelid = '${key.replace("/", ".")}'::regclass and attrelid = indrelid and attnum = number
     group by indexrelid`,
  );
  return rows.map(({ columns }) => columns);
}

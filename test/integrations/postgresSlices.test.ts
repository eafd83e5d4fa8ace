import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresTable } from "../../src/integrations/postgres.ts";
import type { StreamingSql } from "../../src/sdk/ioManager.ts";
import type { Row } from "../../src/sdk/row.ts";
import { collect, createOutputs, type Outputs, sqlCheck } from "./outputs.ts";
import { days, keys } from "./slices.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

describe.each([
  ["directly", false],
  ["by way of a staging table", true],
])("a partition that is stored %s", (_, readBeforePublish) => {
  const name = (table: string) => `slices_${readBeforePublish ? "staged" : "direct"}/${table}`;

  test("gets its key in a column of its own, and replaces its own rows only", async () => {
    const store = (day: string, rows: Row[]) =>
      outputs.store(name("days"), rows, { slice: days(day), readBeforePublish });
    await store("2026-01-01", [{ n: 1 }, { n: 2 }]);
    await store("2026-01-02", [{ n: 3 }]);
    await store("2026-01-01", [{ n: 4 }]);
    expect(await stored(name("days"))).toEqual([
      { _partition: "2026-01-01", n: 4 },
      { _partition: "2026-01-02", n: 3 },
    ]);
    await store("2026-01-02", []);
    expect(await stored(name("days"))).toEqual([{ _partition: "2026-01-01", n: 4 }]);
  });

  test("may be one of a range, where each row says its own", async () => {
    const range = { slice: days("2026-01-01", "2026-01-31"), readBeforePublish };
    await outputs.store(name("range"), [{ n: 0 }], { slice: days("2026-02-01"), readBeforePublish });
    await outputs.store(name("range"), [{ n: 1 }], { slice: days("2026-01-05"), readBeforePublish });
    await outputs.store(
      name("range"),
      [
        { n: 2, _partition: "2026-01-01" },
        { n: 3, _partition: "2026-01-31" },
      ],
      range,
    );
    expect(await stored(name("range"))).toEqual([
      { _partition: "2026-01-01", n: 2 },
      { _partition: "2026-01-31", n: 3 },
      { _partition: "2026-02-01", n: 0 },
    ]);
    await expect(
      outputs.store(name("range"), [{ n: 2, _partition: "2026-01-01" }, { n: 3 }], range),
    ).rejects.toThrow(
      `Row 2 of ${name("range")} does not say to which partition of 2026-01-01 … 2026-01-31 (31) it belongs. ` +
        'Give each row its key as "_partition", name the column that tells it, postgresTable({ partitionColumn: "…" })',
    );
    expect(await stored(name("range"))).toHaveLength(3);
  });

  test("refuses a row of another partition, by its number", async () => {
    const store = (rows: Row[], slice = days("2026-01-01", "2026-01-31")) =>
      outputs.store(name("outside"), rows, { slice, readBeforePublish });
    await store([{ _partition: "2026-01-31", n: 1 }], days("2026-01-31"));
    const inside = { _partition: "2026-01-01", n: 1 };
    await expect(store([inside, { _partition: "2026-02-01", n: 2 }])).rejects.toThrow(
      `Row 2 of ${name("outside")} lies outside of its slice: "_partition" holds 2026-02-01, ` +
        "and the slice is 2026-01-01 … 2026-01-31 (31).",
    );
    await expect(store([inside], days("2026-01-02"))).rejects.toThrow(
      'lies outside of its slice: "_partition" holds 2026-01-01, and the slice is 2026-01-02.',
    );
    await expect(store([{ n: 1, _partition: 5 }], keys("5"))).rejects.toThrow('"_partition" holds 5');
    expect(await stored(name("outside"))).toEqual([{ _partition: "2026-01-31", n: 1 }]);
  });

  test("may have a key of any characters", async () => {
    const all = ["it's", 'a "b"', "c\\d", "tab\t", "🌦 $1", "\\N", "null", "{a,b}"];
    for (const [n, key] of all.entries())
      await outputs.store(name("keys"), [{ n }], { slice: keys(key), readBeforePublish });
    for (const [n, key] of all.entries()) {
      await outputs.store(name("keys"), [{ n: n + 100 }], { slice: keys(key), readBeforePublish });
      expect(await outputs.load(name("keys"), { slice: keys(key) })).toEqual([{ n: n + 100 }]);
    }
    expect(await stored(name("keys"))).toHaveLength(all.length);
    expect(await outputs.load(name("keys"), { slice: keys(...all) })).toHaveLength(all.length);
  });

  test("is tested alone by checks", async () => {
    const checks = [sqlCheck("positive", "n > 0")];
    const store = (day: string, n: number) =>
      outputs.store(name("checked"), [{ n }], { slice: days(day), checks, readBeforePublish });
    expect(await store("2026-01-01", -1)).toMatchObject([{ passed: false, failedRows: 1 }]);
    expect(await store("2026-01-02", 1)).toMatchObject([{ passed: true, failedRows: 0 }]);
  });

  test("does not have to declare the column of the key, and other columns are compared as ever", async () => {
    const columns = { n: "integer" };
    const slice = days("2026-01-01");
    await outputs.store(name("declared"), [], { columns, slice, readBeforePublish });
    await outputs.store(name("declared"), [{ n: 1, _partition: "2026-01-01" }], {
      columns,
      slice,
      readBeforePublish,
    });
    await outputs.store(name("declared"), [{ n: 2 }], {
      columns,
      slice: days("2026-01-02"),
      readBeforePublish,
    });
    expect(await stored(name("declared"))).toEqual([
      { _partition: "2026-01-01", n: 1 },
      { _partition: "2026-01-02", n: 2 },
    ]);
    await expect(outputs.store(name("declared"), [{ m: 1 }], { slice, readBeforePublish })).rejects.toThrow(
      '"declared": "m" (double precision) is new',
    );
    const sync = { onSchemaChange: "sync", slice, readBeforePublish } as const;
    await outputs.store(name("declared"), [{ m: 1 }], sync);
    expect(await stored(name("declared"))).toEqual([
      { _partition: "2026-01-01", n: null, m: 1 },
      { _partition: "2026-01-02", n: 2, m: null },
    ]);
  });

  test("may be the first, and have no row and no column", async () => {
    const store = (day: string, rows: Row[]) =>
      outputs.store(name("empty"), rows, { slice: days(day), readBeforePublish });
    await store("2026-01-01", []);
    expect(await outputs.load(name("empty"), { slice: days("2026-01-01") })).toEqual([]);
    await store("2026-01-02", [{ n: 1 }]);
    expect(await stored(name("empty"))).toEqual([{ _partition: "2026-01-02", n: 1 }]);
  });
});

describe("loading", () => {
  beforeAll(() =>
    outputs.store(
      "loaded/days",
      [1, 2, 3].map(n => ({ n, _partition: `2026-01-0${n}` })),
      {
        slice: days("2026-01-01", "2026-01-03"),
      },
    ),
  );

  test("reads the rows of one partition as they were returned", async () => {
    expect(await outputs.load("loaded/days", { slice: days("2026-01-02") })).toEqual([{ n: 2 }]);
    expect(await collect(await outputs.stream("loaded/days", { slice: days("2026-01-02") }))).toEqual([
      { n: 2 },
    ]);
  });

  test("tells the rows of several partitions apart", async () => {
    const slice = days("2026-01-02", "2026-01-04");
    const rows = [
      { n: 2, _partition: "2026-01-02" },
      { n: 3, _partition: "2026-01-03" },
    ];
    expect(await outputs.load("loaded/days", { slice })).toEqual(rows);
    expect(await collect(await outputs.stream("loaded/days", { slice }))).toEqual(rows);
  });

  test("reads nothing when no partition is needed, and all rows when the consumer has none", async () => {
    expect(
      await outputs.load("loaded/days", { slice: { ...days("2026-01-02"), keys: [], windows: [] } }),
    ).toEqual([]);
    expect(await outputs.load("loaded/days")).toEqual([{ n: 1 }, { n: 2 }, { n: 3 }]);
  });

  test("says so when the table is not there, or has no partitions", async () => {
    await expect(outputs.load("loaded/nowhere", { slice: days("2026-01-02") })).rejects.toThrow(
      "does not exist",
    );
    await outputs.store("loaded/whole", [{ n: 1 }]);
    await expect(outputs.load("loaded/whole", { slice: days("2026-01-02") })).rejects.toThrow(
      'The table of loaded/whole has no column "_partition", which would tell the partition of a row',
    );
  });

  test("leaves a column of the same name alone that the asset itself returned", async () => {
    await outputs.store("loaded/own", [{ n: 1, _partition: "mine" }]);
    expect(await outputs.load("loaded/own")).toEqual([{ n: 1, _partition: "mine" }]);
  });
});

describe("an asset that is cut into partitions later", () => {
  test("does not lose the rows it had: it says what to do with them", async () => {
    await outputs.store("later/rows", [{ n: 1 }]);
    const slice = days("2026-01-01");
    await expect(outputs.store("later/rows", [{ n: 2 }], { slice })).rejects.toThrow(
      'The table "later"."rows" holds rows from before later/rows was cut into these partitions, and nothing says ' +
        "to which of them they belong. Nothing was changed. Delete the rows or drop the table",
    );
    expect(await stored("later/rows")).toEqual([{ n: 1 }]);
    await outputs.query("delete from later.rows");
    await outputs.store("later/rows", [{ n: 2 }], { slice });
    expect(await stored("later/rows")).toEqual([{ _partition: "2026-01-01", n: 2 }]);
    expect(await indexesOf("later/rows")).toEqual([["_partition"]]);
  });

  test("and is whole again, says so before all partitions are replaced by its rows", async () => {
    await outputs.store("later/whole", [{ n: 1 }], { slice: days("2026-01-01") });
    await expect(outputs.store("later/whole", [{ n: 2 }])).rejects.toThrow(
      'keeps the partition of each row in "_partition", but later/whole has no partitions now. Nothing was changed.',
    );
    await outputs.store("later/whole", [{ n: 2 }], { onSchemaChange: "sync" });
    expect(await stored("later/whole")).toEqual([{ n: 2 }]);
  });

  test("adds nothing to a table of somebody else", async () => {
    await outputs.query("create table public.adopted_slices (n double precision)");
    const adopt = { adopt: true, schema: "public", table: "adopted_slices", slice: days("2026-01-01") };
    await expect(outputs.store("later/adopted", [{ n: 1 }], adopt)).rejects.toThrow(
      'The table "public"."adopted_slices" was not created by Millrace and has no column that tells the partition',
    );
    await outputs.query("alter table public.adopted_slices add _partition text");
    await outputs.store("later/adopted", [{ n: 1 }], adopt);
    expect(await outputs.query("select * from public.adopted_slices")).toEqual([
      { n: 1, _partition: "2026-01-01" },
    ]);
  });
});

describe("several at once", () => {
  test("neighbouring slices, a range and a single day, are published side by side", async () => {
    const key = "at_once/neighbours";
    await outputs.store(key, byDay(1, 20, "old"), { slice: days("2026-01-01", "2026-01-20") });
    const stage = (first: number, last: number) =>
      postgresTable().stage(
        outputs.context(key, { slice: days(day(first), day(last)) }),
        byDay(first, last, "new"),
      );
    const [range, single] = [await stage(1, 9), await stage(10, 10)];
    // Both have published before either commits: neither waits for the other.
    let meet = () => {};
    const met = new Promise<void>(resolve => {
      meet = resolve;
    });
    let published = 0;
    const publish = (staged: typeof range) =>
      outputs.database.transaction(async sql => {
        await sql.query("set local lock_timeout = '3s'");
        await staged.publish(sql, []);
        if (++published === 2) meet();
        await met;
      });
    await Promise.all([publish(range), publish(single)]);
    const rows = await outputs.query(
      "select state, count(*)::int from at_once.neighbours group by 1 order by 1",
    );
    expect(rows).toEqual([
      { state: "new", count: 10 },
      { state: "old", count: 10 },
    ]);
  });

  test("all of them are published when the table is not there yet, and each once", async () => {
    const all = Array.from({ length: 24 }, (_, at) => at + 1);
    for (const round of ["first", "second"]) {
      await Promise.all(
        all.map(n =>
          outputs.store("at_once/created", byDay(n, n, round), {
            slice: days(day(n)),
            readBeforePublish: n % 2 === 0,
          }),
        ),
      );
      expect(await outputs.query("select * from at_once.created order by 1")).toEqual(
        all.map(n => ({ _partition: day(n), state: round })),
      );
    }
    expect(await indexesOf("at_once/created")).toEqual([["_partition"]]);
  });

  test("one that changes the table waits for the others, and they for it", async () => {
    const key = "at_once/altered";
    await outputs.store(key, byDay(1, 1, "old"), { slice: days(day(1)) });
    const holding = outputs.database.transaction(async sql => {
      const staged = await postgresTable().stage(
        outputs.context(key, { slice: days(day(1)) }),
        byDay(1, 1, "new"),
      );
      await staged.publish(sql, []);
      await sleep(300);
    });
    await sleep(100);
    const more = { onSchemaChange: "append", slice: days(day(2)) } as const;
    await Promise.all([
      holding,
      outputs.store(key, [{ state: "new", celsius: 1 }], more),
      outputs.store(key, byDay(3, 3, "new"), { ...more, slice: days(day(3)) }),
    ]);
    expect(await stored(key)).toEqual([
      { _partition: day(1), state: "new", celsius: null },
      { _partition: day(2), state: "new", celsius: 1 },
      { _partition: day(3), state: "new", celsius: null },
    ]);
  });
});

describe("one day of a thousand", () => {
  test.each([
    ["by its key", {}],
    ["by its time", { partitionColumn: "at" }],
  ])("is replaced and read %s through an index", async (_, options) => {
    const key = `thousand/${"partitionColumn" in options ? "times" : "keys"}`;
    const slice = days("2020-01-01", "2022-09-26");
    const rows = slice.keys.flatMap((key, at) =>
      Array.from({ length: 24 }, (_, hour) => ({
        at: new Date((slice.windows?.[at]?.start ?? 0) + hour * 3_600_000),
        hour,
        _partition: key,
      })),
    );
    const of = (more: typeof slice) => ({ slice: more, ...options });
    const trimmed = (all: typeof rows) =>
      "partitionColumn" in options ? all.map(({ at, hour }) => ({ at, hour })) : all;
    expect(slice.keys).toHaveLength(1_000);
    await outputs.store(key, trimmed(rows), of(slice));
    const one = days("2021-06-01");
    const staged = await postgresTable(options).stage(
      outputs.context(key, { slice: one }),
      trimmed(rows.filter(row => row._partition === "2021-06-01")),
    );
    const plans: string[] = [];
    await outputs.database.transaction(sql => staged.publish(explained(sql, plans), []));
    expect(plans).toHaveLength(1);
    expect(plans[0]).toContain("Index");
    expect(plans[0]).not.toContain("Seq Scan");
    expect(await outputs.load(key, of(one))).toHaveLength(24);
    expect(await outputs.query(`select count(*)::int from ${key.replace("/", ".")}`)).toEqual([
      { count: 24_000 },
    ]);
  });
});

/** Explains each DELETE before it is run. */
function explained(sql: StreamingSql, plans: string[]): StreamingSql {
  return {
    submit: it => sql.submit(it),
    async query(text, values) {
      if (text.startsWith("delete")) {
        const { rows } = await sql.query(`explain ${text}`, values);
        plans.push(rows.map(row => row["QUERY PLAN"]).join("\n"));
      }
      return sql.query(text, values);
    },
  };
}

function byDay(first: number, last: number, state: string) {
  return Array.from({ length: last - first + 1 }, (_, at) => ({ state, _partition: day(first + at) }));
}

function day(number: number): string {
  return `2026-01-${String(number).padStart(2, "0")}`;
}

/** The rows as they lie in the table, in the order of their first column. */
function stored(key: string): Promise<Row[]> {
  return outputs
    .query(`select * from ${key.replace("/", ".")} order by 1, 2`)
    .catch(() => outputs.query(`select * from ${key.replace("/", ".")} order by 1`));
}

async function indexesOf(key: string): Promise<string[][]> {
  const rows = await outputs.query(
    `select array_agg(attname::text order by place) as columns
     from pg_index, unnest(indkey::smallint[]) with ordinality as part(number, place), pg_attribute
     where indrelid = '${key.replace("/", ".")}'::regclass and attrelid = indrelid and attnum = number
     group by indexrelid`,
  );
  return rows.map(({ columns }) => columns as string[]);
}

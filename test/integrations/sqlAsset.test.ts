import {
  type AssetDefinition,
  type AssetOptions,
  asset,
  columns,
  dailyPartitions,
  ioManager,
  materialize,
  notNull,
  self,
  source,
  sql,
  sqlAsset,
} from "millrace";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { postgresTable } from "../../src/integrations/postgres.ts";
import type { StreamingSql } from "../../src/sdk/ioManager.ts";
import { logTo } from "../../src/sdk/log.ts";
import type { Slice } from "../../src/sdk/slice.ts";
import { runStep } from "../../src/sdk/step.ts";
import { createOutputs, type Outputs } from "./outputs.ts";
import { days } from "./slices.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

const daily = dailyPartitions({ start: "2020-01-01" });
const readings = asset("sql/readings", {
  partitions: daily,
  io: postgresTable({ partitionColumn: "at" }),
  columns: columns({ city: "text", at: "timestamptz", celsius: "double precision" }),
  materialize: (): { city: string; at: Date; celsius: number }[] => [],
});

describe("an asset that is made by SQL", () => {
  beforeAll(async () => {
    for (const day of ["2026-01-01", "2026-01-02", "2026-01-03"]) await storeReadings(day);
  });

  test("replaces its slice by what it selects from the slices it needs, and counts the rows", async () => {
    const hottest = sqlAsset("sql/hottest", {
      inputs: { readings },
      partitions: daily,
      sql: ({ readings }, { partition }) => sql`
        select ${partition.key} as day, city, max(${readings.column("celsius")}) as celsius, count(*) as n
        from ${readings} group by city;
      `,
    });
    for (const day of ["2026-01-01", "2026-01-02"]) {
      expect(await make(hottest, days(day))).toMatchObject({ rows: 2, recorded: 2 });
    }
    expect(await outputs.query("select * from sql.hottest order by _partition, city")).toEqual([
      { _partition: "2026-01-01", day: "2026-01-01", city: "Oslo", celsius: 1.5, n: "2" },
      { _partition: "2026-01-01", day: "2026-01-01", city: "Rome", celsius: 11, n: "1" },
      { _partition: "2026-01-02", day: "2026-01-02", city: "Oslo", celsius: 2.5, n: "2" },
      { _partition: "2026-01-02", day: "2026-01-02", city: "Rome", celsius: 12, n: "1" },
    ]);
    await make(hottest, days("2026-01-02"));
    expect(await outputs.query("select count(*)::int from sql.hottest")).toEqual([{ count: 4 }]);
    expect(await typesOf("hottest")).toEqual(["text", "text", "text", "double precision", "bigint"]);
  });

  test("may be a whole table, of several inputs and a source, and needs no input at all", async () => {
    await outputs.query(
      "create schema raw; create table raw.cities as select 'Oslo' as city, 'north' as region",
    );
    const cities = source<{ city: string; region: string }>("raw.cities");
    const regions = sqlAsset("sql/regions", {
      inputs: { readings, cities },
      sql: ({ readings, cities }) => sql`
        with of_region as (select region, celsius from ${readings} r join ${cities} c using (city))
        select region, avg(celsius)::numeric(10, 2) as celsius from of_region group by region -- one row each`,
    });
    expect(await make(regions)).toMatchObject({ rows: 1 });
    expect(await make(regions)).toMatchObject({ rows: 1 });
    expect(await outputs.query("select * from sql.regions")).toEqual([{ region: "north", celsius: "2.25" }]);
    expect(await typesOf("regions")).toEqual(["text", "numeric(10,2)"]);
    const alone = sqlAsset("sql/alone", { sql: () => sql`select n from generate_series(1, ${3}::int) as n` });
    expect(await make(alone)).toMatchObject({ rows: 3 });
  });

  test("moves no row over the wire, neither to nor fro", async () => {
    await outputs.query(
      "create table sql.many as select n, repeat('x', 200) as text from generate_series(1, 20000) as n",
    );
    const copied = sqlAsset("sql/copied", {
      inputs: { many: source("sql.many") },
      checks: [notNull("text", { blocking: true })],
      sql: ({ many }) => sql`select * from ${many}`,
    });
    const { rows, bytes } = await make(copied);
    expect(rows).toBe(20_000);
    expect(await outputs.query("select count(*)::int from sql.copied")).toEqual([{ count: 20_000 }]);
    expect(bytes).toBeGreaterThan(0);
    expect(bytes).toBeLessThan(20_000);
    const read = asset("sql/read", {
      inputs: { many: source("sql.many") },
      materialize: ({ many }) => many,
    });
    expect((await make(read)).bytes).toBeGreaterThan(4_000_000);
  });

  test("runs its checks before anything is to be seen", async () => {
    const checked = (limit: number) =>
      sqlAsset("sql/checked", {
        inputs: { readings },
        partitions: daily,
        checks: [{ name: "plausible", sql: `celsius < ${limit}`, blocking: true }],
        sql: ({ readings }) => sql`select celsius from ${readings}`,
      });
    await make(checked(60), days("2026-01-01"));
    await expect(make(checked(2), days("2026-01-01"))).rejects.toThrow(
      'sql/checked: the blocking check "plausible" failed for 1 row',
    );
    await expect(make(checked(0), days("2026-01-02"))).rejects.toThrow("failed for 3 rows");
    expect(await outputs.query("select count(*)::int from sql.checked")).toEqual([{ count: 3 }]);
  });

  test("writes only its own slice: a row outside is named, and nothing is changed", async () => {
    const copy = (from: string) =>
      sqlAsset("sql/own_days", {
        inputs: { readings },
        partitions: daily,
        io: postgresTable({ partitionColumn: "at" }),
        sql: ({ readings }) => sql`select city, at + ${from}::interval as at, celsius from ${readings}`,
      });
    await make(copy("0"), days("2026-01-01"));
    await make(copy("0"), days("2026-01-02"));
    const before = await outputs.query("select * from sql.own_days order by at, city");
    await expect(make(copy("13 hours"), days("2026-01-01"))).rejects.toThrow(
      /A row that the SQL of sql\/own_days selects lies outside of its slice: "at" holds "2026-01-02T.*", and the slice is 2026-01-01\. The row is \{"city":"Rome",/,
    );
    await expect(make(copy("-1 year"), days("2026-01-02"))).rejects.toThrow('"at" holds "2025-01-02');
    expect(await outputs.query("select * from sql.own_days order by at, city")).toEqual(before);
    const stamped = sqlAsset("sql/stamped", {
      inputs: { readings },
      partitions: daily,
      sql: ({ readings }) => sql`select '2026-01-09' as _partition, city from ${readings}`,
    });
    await expect(make(stamped, days("2026-01-01"))).rejects.toThrow('"_partition" holds "2026-01-09"');
    const unplaced = sqlAsset("sql/unplaced", {
      inputs: { readings },
      partitions: daily,
      io: postgresTable({ partitionColumn: "at" }),
      sql: ({ readings }) => sql`select city, null::timestamptz as at from ${readings}`,
    });
    await expect(make(unplaced, days("2026-01-01"))).rejects.toThrow('"at" holds null');
  });

  test("makes several partitions in one run, when its rows say to which they belong", async () => {
    const byDay = sqlAsset("sql/by_day", {
      inputs: { hottest: asset("sql/hottest", { partitions: daily, materialize: () => [{ city: "Oslo" }] }) },
      partitions: daily,
      backfill: { partitionsPerRun: "all" },
      sql: ({ hottest }) => sql`select _partition, count(*) as cities from ${hottest} group by _partition`,
    });
    expect(await make(byDay, days("2026-01-01", "2026-01-02"))).toMatchObject({ rows: 2 });
    await make(byDay, days("2026-01-02"));
    expect(await outputs.query("select * from sql.by_day order by _partition")).toEqual([
      { _partition: "2026-01-01", cities: "2" },
      { _partition: "2026-01-02", cities: "2" },
    ]);
    const silent = sqlAsset("sql/silent", { inputs: { readings }, partitions: daily, sql: counting });
    await expect(make(silent, days("2026-01-01", "2026-01-02"))).rejects.toThrow(
      'The SQL of sql/silent does not say to which partition of 2026-01-01 … 2026-01-02 (2) a row belongs. Select its key as "_partition"',
    );
  });

  test("reads its own earlier partitions, of which there are none at first", async () => {
    const total = sqlAsset("sql/total", {
      inputs: { readings, before: self.window(-1, -1) },
      partitions: daily,
      columns: columns({ total: "double precision" }),
      sql: ({ readings, before }) => sql`
        select coalesce((select total from ${before}), 0) + sum(celsius) as total from ${readings}`,
    });
    const make1 = (day: string, before: Slice) =>
      make(total, days(day), input => (input === "sql/total" ? before : days(day)));
    await make1("2026-01-01", { ...days("2026-01-01"), keys: [], windows: [] });
    await make1("2026-01-02", days("2026-01-01"));
    expect(await outputs.query("select * from sql.total order by _partition")).toEqual([
      { _partition: "2026-01-01", total: 13.5 },
      { _partition: "2026-01-02", total: 30 },
    ]);
  });

  test("stores declared types, and tells a table that has other columns", async () => {
    const declared = (type: string, more: Partial<AssetOptions<never, never, undefined, unknown>> = {}) =>
      sqlAsset("sql/declared", {
        inputs: { readings },
        partitions: daily,
        columns: columns({ n: type }),
        ...(more as object),
        sql: counting,
      });
    await make(declared("integer"), days("2026-01-01"));
    expect(await typesOf("declared")).toEqual(["text", "integer"]);
    await expect(make(declared("text"), days("2026-01-01"))).rejects.toThrow(
      '"n" is integer in the table and text',
    );
    await make(declared("text", { io: postgresTable({ onSchemaChange: "sync" }) }), days("2026-01-01"));
    expect(await typesOf("declared")).toEqual(["text", "text"]);
    const wider = sqlAsset("sql/declared", {
      inputs: { readings },
      partitions: daily,
      sql: ({ readings }) => sql`select count(*)::text as n, max(at) as last from ${readings}`,
    });
    await expect(make(wider, days("2026-01-01"))).rejects.toThrow('"last" (timestamp with time zone) is new');
    await expect(
      make(declared("integer", { columns: columns({ m: "integer" }) } as never), days("2026-01-01")),
    ).rejects.toThrow('selects the column "n", which is not declared');
  });

  test("hands values over as parameters, whatever they hold", async () => {
    const nasty = `'; drop table sql.readings; --`;
    const part = sql`city <> ${nasty}`;
    const where = sqlAsset("sql/where", {
      inputs: { readings },
      sql: ({ readings }) =>
        sql`select city, ${nasty} as text, ${[1, 2]}::int[] as list, ${null}::int as nothing
            from ${readings} where ${part} and at >= ${new Date("2026-01-03T00:00:00Z")} and ${sql.identifier("celsius")} > ${2n}`,
    });
    await make(where);
    expect(await outputs.query("select * from sql.where order by city")).toEqual([
      { city: "Oslo", text: nasty, list: [1, 2], nothing: null },
      { city: "Oslo", text: nasty, list: [1, 2], nothing: null },
      { city: "Rome", text: nasty, list: [1, 2], nothing: null },
    ]);
    const wrong = sqlAsset("sql/where", { sql: () => sql`select ${{ a: 1 } as never} as a` });
    await expect(make(wrong)).rejects.toThrow("The SQL holds an object.");
  });

  test.each<[string, () => ReturnType<typeof sql>, string]>([
    [
      "is wrong",
      () => sql`select 1 as a\n from sql.readings\n where citi = 'Oslo'`,
      `at "where citi = 'Oslo'": column "citi"`,
    ],
    [
      "fails on the data",
      () => sql`select 1 / (n - n) as a from generate_series(1, 3) as n`,
      "division by zero",
    ],
    ["selects nothing", () => sql`select from sql.readings`, "selects no column"],
    [
      "names a column twice",
      () => sql`select 1 as a, 2 as a`,
      'Column 2 that the SQL of sql/wrong selects is called "a"',
    ],
    [
      "leaves a column without a name",
      () => sql`select 1 + 1`,
      "Column 1 that the SQL of sql/wrong selects has no name",
    ],
    ["is two statements", () => sql`select 1 as a; select 2 as a`, "The SQL of sql/wrong failed"],
    ["is none", () => "select 1" as never, 'The function "sql" of sql/wrong answered the text "select 1"'],
  ])("that %s says so", async (_, write, message) => {
    const error = await make(sqlAsset("sql/wrong", { sql: write })).catch(it => it);
    expect(error.message).toContain(message);
    if (message.startsWith("at ")) expect(error.stack).toContain("sqlAsset.test.ts");
    expect(await outputs.query("select to_regclass('sql.wrong') as found")).toEqual([{ found: null }]);
  });

  test("leaves neighbours alone that are written at the same time, one by one and as a range", async () => {
    const copy = sqlAsset("sql/side_by_side", {
      inputs: { readings },
      partitions: daily,
      io: postgresTable({ partitionColumn: "at" }),
      sql: ({ readings }) => sql`select city, at, celsius from ${readings}`,
    });
    for (const day of ["2026-01-04", "2026-01-05", "2026-01-06"]) await storeReadings(day);
    await make(copy, days("2026-01-01"));
    await Promise.all([
      make(copy, days("2026-01-01")),
      make(copy, days("2026-01-02")),
      make(copy, days("2026-01-03", "2026-01-05")),
      make(copy, days("2026-01-06")),
    ]);
    expect(
      await outputs.query(
        "select at::date::text as day, count(*)::int from sql.side_by_side group by 1 order by 1",
      ),
    ).toEqual(["01", "02", "03", "04", "05", "06"].map(day => ({ day: `2026-01-${day}`, count: 3 })));
  });
});

describe("what SQL cannot do", () => {
  const io = ioManager({ store: () => {}, load: () => [] });

  test.each<[string, () => unknown, string]>([
    ["has no SQL", () => sqlAsset("wrong", {} as never), 'Asset "wrong" has no function "sql"'],
    [
      "is made by a function as well",
      () => sqlAsset("wrong", { sql: counting as never, materialize: () => [] } as never),
      'The option "materialize" of asset "wrong" does not exist',
    ],
    [
      "reads files",
      () =>
        sqlAsset("wrong", {
          inputs: { files: asset("files", { io, materialize: () => [{ n: 1 }] }) },
          sql: ({ files }) => sql`select n from ${files}`,
        }),
      'The input "files" of asset "wrong" is "files", which its I/O manager does not keep in the state database',
    ],
    [
      "writes files",
      () => sqlAsset("wrong", { io, sql: () => sql`select 1 as n` }),
      '"io" of asset "wrong" does not keep it in the state database',
    ],
    [
      "hands its rows to a check",
      () =>
        sqlAsset("wrong", {
          checks: [{ name: "a", rows: () => true } as never],
          sql: () => sql`select 1 as n`,
        }),
      'The check "a" of asset "wrong" wants to read its rows',
    ],
    [
      "hands its rows to a check that is written after it",
      () =>
        sqlAsset("wrong", { sql: () => sql`select 1 as n` }).checks(({ rows }) => [rows("a", () => true)]),
      'The check "a" of asset "wrong" wants to read its rows',
    ],
  ])("is a definition error: %s", (_, declare, message) => {
    expect(declare).toThrow(message);
    expect(declare).toThrow(/sqlAsset\.test\.ts:\d+/);
  });

  test("is a unit test: it says what to do instead", async () => {
    const counted = sqlAsset("counted", {
      sql: () => sql<{ n: bigint }>`select count(*) as n from raw.cities`,
    });
    await expect(materialize([counted])).rejects.toThrow(
      'counted is made by SQL, which needs a database. Run `millrace materialize counted`, and give its rows to those that need it here: { inputs: { "counted": rows } }.',
    );
    const below = asset("below", { inputs: { counted }, materialize: ({ counted }) => counted });
    const result = await materialize([below], { inputs: { counted: [{ n: 3n }] } });
    expect(result.value(below)).toEqual([{ n: 3n }]);
  });
});

function counting({ readings }: { readings: Parameters<typeof sql>[1] }) {
  return sql`select count(*) as n from ${readings as never}`;
}

/** Two of Oslo and one of Rome, warmer from day to day. */
async function storeReadings(day: string) {
  const n = Number(day.slice(-2));
  await outputs.store(
    "sql/readings",
    [
      { city: "Oslo", at: `${day}T01:00:00Z`, celsius: n },
      { city: "Oslo", at: `${day}T10:00:00Z`, celsius: n + 0.5 },
      { city: "Rome", at: `${day}T12:00:00Z`, celsius: n + 10 },
    ],
    { slice: days(day), columns: readings.columns ?? {}, partitionColumn: "at" },
  );
}

/** Makes an asset as a worker does; answers the rows, those that are recorded, and what came over the wire. */
async function make(made: AssetDefinition, slice: Slice | null = null, sliceOf = (_: string) => slice) {
  const { assetSchema, database, signal, runId, stepId, attempt } = outputs.context(made.key);
  let recorded: number | null | undefined;
  let bytes = 0;
  const result = await runStep(made, {
    assetSchema,
    database,
    signal,
    runId,
    stepId,
    attempt,
    slice,
    log: logTo(() => {}),
    changeDynamicKeys: async () => {},
    inputSlice: ({ upstream }) => (upstream.partitions === null ? null : sliceOf(upstream.key)),
    io: definition => definition.io ?? postgresTable(),
    publish: (_, work) =>
      outputs.database.transaction(async transaction => {
        const before = bytesOf(transaction);
        recorded = (await work(transaction)).rows;
        bytes = bytesOf(transaction) - before;
      }),
  });
  return { ...result, recorded, bytes };
}

/** What a connection has read and written so far. */
function bytesOf(transaction: StreamingSql): number {
  const { socket } = transaction as unknown as { socket: { bytesRead: number; bytesWritten: number } };
  return socket.bytesRead + socket.bytesWritten;
}

async function typesOf(table: string): Promise<unknown[]> {
  const found = await outputs.query(
    `select format_type(atttypid, atttypmod) as type from pg_attribute
     where attrelid = 'sql.${table}'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  return found.map(({ type }) => type);
}

import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { collect, createOutputs, type Outputs } from "./outputs.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

/** Every value comes back as it was; null stands for undefined. */
const row = fc.record({
  text: fc.option(
    fc.oneof(
      fc.string({ unit: "grapheme" }).map(text => text.replaceAll("\0", "")),
      fc.string({
        unit: fc.constantFrom("\\", "\t", "\n", "\r", "N", ".", '"', "'", "🌦", "\u2028", "{", "}"),
      }),
    ),
  ),
  number: fc.option(fc.double()),
  bigint: fc.option(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  boolean: fc.option(fc.boolean()),
  timestamp: fc.option(
    fc.date({ noInvalidDate: true, min: new Date("-004700-01-01T00:00:00Z"), max: new Date(8.64e15) }),
  ),
  json: fc.option(
    fc.oneof(
      fc.dictionary(
        fc.stringMatching(/^[^\0\ud800-\udfff]*$/),
        fc.oneof(fc.boolean(), fc.integer(), fc.constant(null)),
      ),
      fc.array(fc.constantFrom("\\", '"', "\n", "\\N", 0.1)),
    ),
  ),
  bytes: fc.option(fc.uint8Array().map(bytes => Buffer.from(bytes))),
});

describe("rows of an asset", () => {
  test("become a table and come back as they were, whatever they hold", async () => {
    const columns = {
      text: "text",
      number: "double precision",
      bigint: "bigint",
      boolean: "boolean",
      timestamp: "timestamptz",
      json: "jsonb",
      bytes: "bytea",
    };
    let tables = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(row, { minLength: 1 }), fc.boolean(), async (rows, readBeforePublish) => {
        // A table of its own each time: in one that had rows, PostgreSQL fills the gaps, in any order.
        const key = `round/trip_${tables++}`;
        await outputs.store(key, rows, { columns, readBeforePublish });
        expect(await outputs.load(key)).toEqual(rows);
      }),
      { numRuns: 40 },
    );
  });

  test("have columns in the order in which they are first seen, typed by their values", async () => {
    await outputs.store("typed/by_values", [
      { city: "Bern", celsius: null },
      {
        city: "Bern",
        celsius: 4.5,
        at: new Date(0),
        tags: ["a"],
        wet: true,
        count: 1n,
        raw: Buffer.from("x"),
      },
    ]);
    expect(await columnsOf("typed", "by_values")).toEqual([
      "city text",
      "celsius double precision",
      "at timestamp with time zone",
      "tags jsonb",
      "wet boolean",
      "count bigint",
      "raw bytea",
    ]);
  });

  test("have the declared columns and types, also where a row leaves one out", async () => {
    const columns = {
      id: "integer",
      day: "date",
      price: "numeric(10, 2)",
      tags: "text[]",
      note: "varchar(5)",
    };
    await outputs.store(
      "declared/all",
      [{ id: 1, day: new Date("2026-01-31T23:00:00Z"), price: 1.5, tags: ["a", "b,c"] }],
      {
        columns,
      },
    );
    expect(await outputs.load("declared/all")).toEqual([
      { id: 1, day: "2026-01-31", price: "1.50", tags: ["a", "b,c"], note: null },
    ]);
  });

  test.each([
    ["integer", 7, 7],
    ["bigint", 7, 7n],
    ["smallint", "7", 7],
    ["real", 0.5, 0.5],
    ["numeric", "12345678901234567890.5", "12345678901234567890.5"],
    ["boolean", "yes", true],
    ["timestamp", new Date("2026-03-29T02:30:00.5Z"), new Date("2026-03-29T02:30:00.5Z")],
    ["timestamptz", "2026-03-29T02:30:00+02:00", new Date("2026-03-29T00:30:00Z")],
    ["time", "23:59:59.5", "23:59:59.5"],
    ["interval", "1 day 02:00:00", "1 day 02:00:00"],
    ["uuid", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"],
    ["json", "text", "text"],
    ["jsonb", [1, { a: null }], [1, { a: null }]],
    ["text", 12, "12"],
    ["text", false, "false"],
    ["bigint[]", [1n, null, -2n], [1n, null, -2n]],
    ["timestamptz[]", [new Date(0)], [new Date(0)]],
    ["jsonb[]", [{ a: '"' }, null], [{ a: '"' }, null]],
    [
      "double precision[]",
      [
        [1, 2],
        [Number.NaN, -0],
      ],
      [
        [1, 2],
        [Number.NaN, -0],
      ],
    ],
  ])("a declared %s column takes %o and gives %o", async (type, written, read) => {
    await outputs.store(`types/${type}`, [{ value: written }], { columns: { value: type } });
    expect(await outputs.load(`types/${type}`)).toEqual([{ value: read }]);
  });

  test.each([
    ["a generator", () => numbers(3)],
    ["an async generator", () => slowNumbers(3)],
    ["a stream of objects", () => Readable.from(numbers(3))],
    ["a Set", () => new Set(numbers(3))],
    ["a long generator", () => numbers(5_000)],
    ["a long async generator", () => slowNumbers(5_000)],
  ])("may come from %s", async (_, rows) => {
    const expected: unknown[] = [];
    for await (const row of rows()) expected.push(row);
    await outputs.store("sources/numbers", rows());
    expect(await outputs.load("sources/numbers")).toEqual(expected);
  });

  test("may be streamed back, and the reader may stop early", async () => {
    await outputs.store("streamed/numbers", numbers(4_321));
    expect(await collect(await outputs.stream("streamed/numbers"))).toEqual([...numbers(4_321)]);
    let first: unknown;
    for await (const row of await outputs.stream("streamed/numbers")) {
      first = row;
      break;
    }
    expect(first).toEqual({ n: 0 });
    expect(await openTransactions()).toBe(0);
  });

  test("may leave out a column whose name every object has", async () => {
    const rows: object[] = [
      { constructor: "Ferrari", toString: "x" },
      { toString: "y" },
      { constructor: "Lotus" },
    ];
    const expected = [
      { constructor: "Ferrari", toString: "x" },
      { constructor: null, toString: "y" },
      { constructor: "Lotus", toString: null },
    ];
    await outputs.store("names/of_objects", rows);
    expect(await outputs.load("names/of_objects")).toEqual(expected);
  });

  test("replace the rows before", async () => {
    await outputs.store("replaced/rows", [{ n: 1 }, { n: 2 }]);
    await outputs.store("replaced/rows", [{ n: 3 }]);
    expect(await outputs.load("replaced/rows")).toEqual([{ n: 3 }]);
  });

  test("may get a new column, or its first value, far into a stream", async () => {
    function* rows() {
      for (let n = 0; n < 6_000; n++) {
        if (n < 2_000) yield { n, late: null };
        else if (n < 4_000) yield { n, late: `at ${n}` };
        else yield { n, later: new Date(n) };
      }
    }
    await outputs.store("late/columns", rows());
    const stored = await outputs.load("late/columns");
    expect(stored).toHaveLength(6_000);
    expect([stored[1_999], stored[2_000], stored[5_999]]).toEqual([
      { n: 1_999, late: null, later: null },
      { n: 2_000, late: "at 2000", later: null },
      { n: 5_999, late: null, later: new Date(5_999) },
    ]);
  });
});

describe("no rows", () => {
  test("make an empty table with the declared columns", async () => {
    await outputs.store("empty/declared", [], { columns: { n: "integer" } });
    expect(await columnsOf("empty", "declared")).toEqual(["n integer"]);
    expect(await outputs.load("empty/declared")).toEqual([]);
  });

  test("make a table without columns, which the first rows then define", async () => {
    await outputs.store("empty/undeclared", []);
    expect(await outputs.load("empty/undeclared")).toEqual([]);
    await outputs.store("empty/undeclared", [{ n: 1 }]);
    expect(await outputs.load("empty/undeclared")).toEqual([{ n: 1 }]);
  });

  test("leave an existing table empty, with its columns", async () => {
    await outputs.store("empty/again", [{ n: 1 }]);
    await outputs.store("empty/again", []);
    expect(await outputs.load("empty/again")).toEqual([]);
    expect(await columnsOf("empty", "again")).toEqual(["n double precision"]);
  });
});

describe("what is no row", () => {
  test.each([
    [42, "The asset bad/value returned 42, but postgresTable() stores rows"],
    ["text", 'returned the text "text"'],
    [{ n: 1 }, "For a single row return [row]"],
    [null, "returned null"],
    [[{ n: 1 }, 7], "Row 2 of bad/value is 7"],
    [[[1, 2]], "Row 1 of bad/value is an array"],
    [[{ n: 1 }, null], "Row 2 of bad/value is null"],
    [[{}], "Row 1 of bad/value is an object without any column"],
    [[{ n: 1 }, { n: "x" }], 'Row 2 of bad/value: column "n" holds text ("x"), but row 1 has a number there'],
    [[{ n: 1 }, { n: 2n }], 'column "n" holds a bigint (2), but row 1 has a number there'],
    [[{ n: () => 1 }], 'Row 1 of bad/value: column "n" holds a function'],
    [[{ t: "ok" }, { t: "a\0b" }], 'Row 2 of bad/value: column "t" holds the character U+0000'],
    [[{ t: "a\ud83c" }], 'Row 1 of bad/value: column "t" holds half of a surrogate pair'],
    [
      [{ d: new Date(0) }, { d: new Date(Number.NaN) }],
      'Row 2 of bad/value: column "d" holds an invalid Date',
    ],
    [[{ j: { n: 1n } }], 'Row 1 of bad/value: column "j" '],
    [[{ j: { t: "\0" } }], 'Row 1 of bad/value, column "j": unsupported Unicode escape sequence'],
    [[{ n: 2n ** 63n }], 'Row 1 of bad/value, column "n": value "9223372036854775808" is out of range'],
    [[{ ["x".repeat(64)]: 1 }], "is 64 bytes long, and PostgreSQL allows 63"],
    [[{ "": 1 }], 'the column name "" is empty'],
  ])("is refused by name: %o", async (value, message) => {
    await expect(outputs.store("bad/value", value)).rejects.toThrow(message);
    await expect(outputs.store("bad/value", value, { readBeforePublish: true })).rejects.toThrow(message);
  });

  test("names the row of a long stream that PostgreSQL refuses", async () => {
    function* rows() {
      for (let n = 1; n <= 3_000; n++)
        yield n === 2_345 ? { n, day: "2026-02-30" } : { n, day: "2026-02-28", late: n > 2_000 };
    }
    const columns = { n: "integer", day: "date", late: "boolean" };
    await expect(outputs.store("bad/day", rows(), { columns })).rejects.toThrow(
      'Row 2345 of bad/day, column "day": date/time field value out of range: "2026-02-30"',
    );
  });

  test("names the row also after new columns have begun another COPY", async () => {
    function* rows() {
      for (let n = 1; n <= 3_000; n++)
        yield n < 1_500 ? { n: BigInt(n) } : { n: n === 2_345 ? 2n ** 63n : BigInt(n), late: 1 };
    }
    await expect(outputs.store("bad/late", rows())).rejects.toThrow('Row 2345 of bad/late, column "n"');
  });

  test("an undeclared column and an unknown type are named", async () => {
    const columns = { n: "integer" };
    await expect(outputs.store("bad/columns", [{ n: 1, m: 2 }], { columns })).rejects.toThrow(
      'Row 1 of bad/columns has the column "m", which is not declared',
    );
    for (const type of ["txet", "int; drop table x", "text not null", ""]) {
      await expect(outputs.store("bad/columns", [], { columns: { n: "integer", x: type } })).rejects.toThrow(
        `The asset bad/columns declares the column "x" as "${type}", which is no type of this database`,
      );
    }
  });

  test("loading what was never materialized says so", async () => {
    const message =
      'The table "never"."made" of never/made does not exist. If it was never materialized: millrace materialize never/made. If it was, its function returned nothing: ';
    await expect(outputs.load("never/made")).rejects.toThrow(message);
    await expect(outputs.stream("never/made")).rejects.toThrow(message);
  });
});

function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield { n };
}

async function* slowNumbers(count: number) {
  yield* numbers(count);
}

async function columnsOf(schema: string, table: string) {
  const rows = await outputs.query(
    `select attname || ' ' || format_type(atttypid, atttypmod) as it from pg_attribute
     where attrelid = '${schema}.${table}'::regclass and attnum > 0 and not attisdropped order by attnum`,
  );
  return rows.map(({ it }) => it);
}

async function openTransactions() {
  const rows = await outputs.query(
    "select count(*)::int as count from pg_stat_activity where datname = current_database() and state like 'idle in%'",
  );
  return rows[0]?.count;
}

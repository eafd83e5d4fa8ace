import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createOutputs, type Outputs } from "./outputs.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

const before = [{ city: "Bern", celsius: 4.5, day: "2026-01-31" }];

describe("rows with other columns than the table", () => {
  test("fail by default, with all differences, and change nothing", async () => {
    await outputs.store("drift/fail", before);
    const after = [{ city: "Bern", celsius: "4.5", humidity: 0.8 }];
    await expect(outputs.store("drift/fail", after)).rejects.toThrow(
      'The rows of drift/fail do not fit its table "drift"."fail": "humidity" (double precision) is new; ' +
        '"day" is missing in the rows; "celsius" is double precision in the table and text in the rows. ' +
        'Nothing was changed. Adapt the rows, drop the table, or say io: postgresTable({ onSchemaChange: "sync" })',
    );
    expect(await outputs.load("drift/fail")).toEqual(before);
  });

  test("fail before a long stream is read to its end", async () => {
    await outputs.store("drift/early", before);
    let taken = 0;
    async function* rows() {
      for (; taken < 100_000; taken++) yield { ...before[0], humidity: 1 };
    }
    await expect(outputs.store("drift/early", rows())).rejects.toThrow(
      '"humidity" (double precision) is new',
    );
    expect(taken).toBeLessThan(10_000);
  });

  test("add columns when they may be appended; missing ones are null", async () => {
    await outputs.store("drift/append", before);
    const options = { onSchemaChange: "append" } as const;
    await outputs.store("drift/append", [{ city: "Bern", humidity: 0.8 }], options);
    expect(await outputs.load("drift/append")).toEqual([
      { city: "Bern", celsius: null, day: null, humidity: 0.8 },
    ]);
    await expect(outputs.store("drift/append", [{ city: 1 }], options)).rejects.toThrow(
      '"city" is text in the table and double precision in the rows',
    );
  });

  test("make the table as they are when it is kept in sync", async () => {
    await outputs.store("drift/sync", [{ ...before[0], celsius: "mild" }]);
    const after = [{ celsius: 4.5, city: { name: "Bern" }, humidity: 0.8 }];
    await outputs.store("drift/sync", after, { onSchemaChange: "sync" });
    expect(await outputs.load("drift/sync")).toEqual(after);
  });

  test("lose no column when the publishing is rolled back", async () => {
    await outputs.store("drift/rollback", before);
    const staged = outputs.store("drift/rollback", throwing([{ city: 1 }]), { onSchemaChange: "sync" });
    await expect(staged).rejects.toThrow("the source broke");
    const after = { columns: { city: "integer" }, onSchemaChange: "sync" } as const;
    await expect(outputs.store("drift/rollback", [{ city: "Bern" }], after)).rejects.toThrow('column "city"');
    expect(await outputs.load("drift/rollback")).toEqual(before);
  });

  test("declared types count as the same however they are spelled", async () => {
    const spelled = [
      {
        a: "int",
        b: "varchar(5)",
        c: "timestamptz(3)",
        d: "decimal(10)",
        e: "float8",
        f: "char",
        g: "numeric(8, 2)[]",
      },
      {
        a: "integer",
        b: "character varying(5)",
        c: "timestamp(3) with time zone",
        d: "numeric(10,0)",
        e: "double precision",
        f: "character(1)",
        g: "numeric(8,2)[]",
      },
    ];
    for (const columns of [...spelled, ...spelled]) await outputs.store("drift/spelled", [], { columns });
    const [first] = spelled;
    for (const [column, type] of [
      ["b", "varchar(6)"],
      ["c", "timestamptz"],
      ["a", "bigint"],
      ["g", "numeric[]"],
    ] as const) {
      await expect(
        outputs.store("drift/spelled", [], { columns: { ...first, [column]: type } as never }),
      ).rejects.toThrow(`"${column}" is `);
    }
  });

  test("give a column that was only null so far the type of its first value", async () => {
    await outputs.store("drift/nulls", [{ id: 1, at: null }]);
    await outputs.store("drift/nulls", [{ id: 1 }]);
    await outputs.store("drift/nulls", [{ id: 1, at: new Date(0) }]);
    expect(await outputs.load("drift/nulls")).toEqual([{ id: 1, at: new Date(0) }]);
    await outputs.store("drift/nulls", [{ id: 1, at: null }]);
    await expect(outputs.store("drift/nulls", [{ id: 1, at: "text" }])).rejects.toThrow(
      '"at" is timestamp with time zone in the table and text in the rows',
    );
  });

  test("name who keeps the table from changing", async () => {
    await outputs.store("drift/locked", before);
    const reader = new pg.Client({ connectionString: outputs.url });
    await reader.connect();
    await reader.query("begin; select * from drift.locked");
    const options = { onSchemaChange: "append" } as const;
    await expect(outputs.store("drift/locked", [{ ...before[0], humidity: 1 }], options)).rejects.toThrow(
      'The table "drift"."locked" of drift/locked has to change, but somebody has been using it for more than 5s',
    );
    // Rows alone change while somebody reads.
    await outputs.store("drift/locked", []);
    expect((await reader.query("select count(*)::int as rows from drift.locked")).rows).toEqual([
      { rows: 0 },
    ]);
    await reader.end();
  });
});

describe("a first materialization that fails", () => {
  test("leaves no table behind", async () => {
    await expect(outputs.store("first/fails", [{ n: 2n ** 63n }])).rejects.toThrow("out of range");
    await outputs.store("first/fails", [{ other: "columns" }]);
    expect(await outputs.load("first/fails")).toEqual([{ other: "columns" }]);
  });
});

function* throwing(rows: unknown[]) {
  yield* rows;
  throw new Error("the source broke");
}

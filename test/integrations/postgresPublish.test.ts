import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sweepStaging } from "../../src/integrations/postgres/staging.ts";
import { postgresTable } from "../../src/integrations/postgres.ts";
import type { StagedOutput } from "../../src/sdk/ioManager.ts";
import { collect, createOutputs, type Outputs, sqlCheck } from "./outputs.ts";

let outputs: Outputs;
beforeAll(async () => {
  outputs = await createOutputs();
});
afterAll(() => outputs.close());

describe("publishing", () => {
  test("shows nothing before the commit, and nothing at all after a rollback", async () => {
    await outputs.store("publish/rows", [{ n: 1 }]);
    for (const readBeforePublish of [false, true]) {
      const staged = await stage("publish/rows", [{ n: 2 }], readBeforePublish);
      expect(await outputs.load("publish/rows")).toEqual([{ n: 1 }]);
      const rolledBack = outputs.database.transaction(async sql => {
        await staged.publish(sql, []);
        expect((await sql.query("select n from publish.rows")).rows).toEqual([{ n: 2 }]);
        expect(await outputs.load("publish/rows")).toEqual([{ n: 1 }]);
        throw new Error("a blocking check failed");
      });
      await expect(rolledBack).rejects.toThrow("a blocking check failed");
      await staged.discard();
      expect(await outputs.load("publish/rows")).toEqual([{ n: 1 }]);
    }
  });

  test("says how many rows there are", async () => {
    for (const [rows, count] of [
      [[], 0],
      [[{ n: 1 }, { n: 2 }], 2],
      [numbers(2_500), 2_500],
    ] as const) {
      const staged = await stage("publish/counted", rows);
      expect(staged.rows).toBe(count);
      await staged.discard();
    }
  });

  test("lets checks with user code read the rows first, typed and as often as they like", async () => {
    const rows = [
      { n: 1, at: new Date(0), tags: ["a"] },
      { n: null, at: null, tags: null },
    ];
    const staged = await stage("publish/read", rows, true);
    expect(await collect(staged.read())).toEqual(rows);
    expect(await collect(staged.read())).toEqual(rows);
    await staged.discard();
  });
});

describe("SQL checks", () => {
  test("count the rows that fail: where the condition is false, and where it is null", async () => {
    const rows = [{ n: 1 }, { n: -1 }, { n: null }];
    const results = await outputs.store("checks/counted", rows, {
      checks: [
        sqlCheck("positive", "n > 0", { blocking: true }),
        sqlCheck("small", "n < 10 or n is null -- and a comment", { severity: "warning" }),
        sqlCheck("alone", "count(*) over (partition by n) = 1"),
      ],
    });
    expect(results).toEqual([
      {
        name: "positive",
        passed: false,
        blocking: true,
        severity: "error",
        failedRows: 2,
        message: "2 rows do not satisfy: n > 0",
      },
      { name: "small", passed: true, blocking: false, severity: "warning", failedRows: 0, message: null },
      { name: "alone", passed: true, blocking: false, severity: "error", failedRows: 0, message: null },
    ]);
  });

  test("that are no SQL, or cannot work on the data, have failed; the others and the publishing go on", async () => {
    const results = await outputs.store("checks/broken", [{ n: 0, text: "x" }], {
      checks: [
        sqlCheck("misspelled", "m > 0"),
        sqlCheck("dividing", "1 / n::integer = 1"),
        sqlCheck("casting", "text::integer > 0"),
        sqlCheck("unfinished", "n > "),
        sqlCheck("fine", "n = 0"),
        sqlCheck(
          "more than one",
          "true) as holds) as tested; drop table checks.broken; select * from (select (true",
        ),
      ],
    });
    expect(results.map(({ passed, failedRows }) => [passed, failedRows])).toEqual([
      [false, null],
      [false, null],
      [false, null],
      [false, null],
      [true, 0],
      [false, null],
    ]);
    expect(results[0]?.message).toBe('The check\'s SQL failed: column "m" does not exist.');
    expect(results[1]?.message).toBe("The check's SQL failed: division by zero.");
    expect(results[5]?.message).toContain("cannot insert multiple commands");
    expect(await outputs.load("checks/broken")).toEqual([{ n: 0, text: "x" }]);
  });

  test("pass when there is no row, and not even a column", async () => {
    const [result] = await outputs.store("checks/empty", [], { checks: [sqlCheck("positive", "n > 0")] });
    expect(result).toMatchObject({ passed: true, failedRows: 0 });
  });

  test("that are canceled have not failed: the step has", async () => {
    const staged = await stage("checks/canceled", [{ n: 1 }]);
    const published = outputs.database.transaction(async sql => {
      await sql.query("set local statement_timeout = 200");
      await staged.publish(sql, [sqlCheck("slow", "pg_sleep(10) is null")]);
    });
    await expect(published).rejects.toThrow("canceling statement");
  });
});

describe("when something breaks", () => {
  const old = [{ n: 1, text: "old" }];

  test.each([false, true])("a killed backend in mid-COPY leaves the old rows (staged: %s)", async staged => {
    const key = `broken/killed_${staged}`;
    await outputs.store(key, old);
    async function* rows() {
      for (let n = 0; n < 20_000; n++) {
        if (n === 10_000) await kill("copy%");
        yield { n, text: "new" };
      }
    }
    if (staged) {
      await expect(outputs.store(key, rows())).rejects.toThrow(
        `The connection to PostgreSQL broke while the rows of ${key} were stored`,
      );
    } else {
      const many = Array.from({ length: 100_000 }, (_, n) => ({ n, text: "new ".repeat(20) }));
      // On a busy machine the rows may be there before the blow falls: then it is tried again.
      const strike = async () => {
        await outputs.store(key, old);
        let failure: unknown = null;
        const stored = outputs.store(key, many).catch(error => {
          failure = error;
        });
        let ended = false;
        void stored.finally(() => {
          ended = true;
        });
        while (!ended && (await kill("copy%")) === 0) await sleep(1);
        await stored;
        return String(failure);
      };
      await expect
        .poll(strike, { timeout: 60_000 })
        .toContain(`The connection to PostgreSQL broke while the rows of ${key} were stored`);
    }
    expect(await outputs.load(key)).toEqual(old);
    expect(await stagingTables()).toEqual([]);
  });

  test("a source that breaks in the middle leaves the old rows, and nothing staged", async () => {
    await outputs.store("broken/source", old);
    for (const count of [10, 5_000]) {
      const stored = outputs.store("broken/source", breaking(count));
      await expect(stored).rejects.toThrow(`broke after ${count}`);
    }
    expect(await outputs.load("broken/source")).toEqual(old);
    expect(await stagingTables()).toEqual([]);
  });

  test("an abort ends the wait for rows that never come, and closes their source", async () => {
    await outputs.store("broken/aborted", old);
    for (const count of [10, 5_000]) {
      const { signal, abort, waiting, closed, rows } = hanging(count);
      const stored = outputs.store("broken/aborted", rows, { signal });
      const refused = expect(stored).rejects.toThrow("canceled");
      await waiting;
      abort();
      await refused;
      await closed;
    }
    expect(await outputs.load("broken/aborted")).toEqual(old);
    expect(await stagingTables()).toEqual([]);
  });

  test("an abort ends the storing of rows that come and come", async () => {
    const controller = new AbortController();
    function* endless() {
      for (let n = 0; ; n++) {
        if (n === 50_000) controller.abort(new Error("canceled"));
        yield { n };
      }
    }
    const stored = outputs.store("broken/endless", endless(), { signal: controller.signal });
    await expect(stored).rejects.toThrow("canceled");
    expect(await stagingTables()).toEqual([]);
  });
});

describe("staging tables", () => {
  test("are unlogged, and gone when the step has discarded them", async () => {
    const staged = await stage("staging/gone", numbers(5_000));
    const [table, ...more] = await stagingTables();
    expect(more).toEqual([]);
    expect(table).toMatchObject({ persistence: "u" });
    await outputs.database.transaction(sql => staged.publish(sql, []));
    await staged.discard();
    await staged.discard();
    expect(await stagingTables()).toEqual([]);
  });

  test("of dead attempts are swept, those of living ones stay", async () => {
    const staged = await Promise.all(
      [
        { stepId: "11", attempt: 1 },
        { stepId: "11", attempt: 2 },
        { stepId: "1", attempt: 1 },
        { stepId: "a step whose id is long and strange: /'\"".repeat(3), attempt: 1 },
      ].map(attempt => stage("staging/swept", [{ n: 1 }], true, attempt)),
    );
    expect(await stagingTables()).toHaveLength(4);
    const sweep = (living: { stepId: string; attempt: number }[]) =>
      outputs.database.connect(sql => sweepStaging(sql, async () => living));
    expect(
      await sweep([
        { stepId: "11", attempt: 2 },
        { stepId: "1", attempt: 1 },
      ]),
    ).toBe(2);
    expect(await stagingTables()).toHaveLength(2);
    expect(await collect((staged[1] as StagedOutput).read())).toEqual([{ n: 1 }]);
    expect(await sweep([])).toBe(2);
    expect(await sweep([])).toBe(0);
  });
});

describe("memory", () => {
  test("stays bounded while many rows are streamed in and out", async () => {
    const text = "x".repeat(1_000);
    let peak = 0;
    const before = process.memoryUsage().heapUsed;
    async function* rows() {
      for (let n = 0; n < 100_000; n++) {
        if (n % 1_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed);
        yield { n, text: `${text}${n}` };
      }
    }
    await outputs.store("memory/stream", rows());
    let count = 0;
    for await (const _ of await outputs.stream("memory/stream")) {
      if (count++ % 1_000 === 0) peak = Math.max(peak, process.memoryUsage().heapUsed);
    }
    expect(count).toBe(100_000);
    // The rows are 100 MB.
    expect(peak - before).toBeLessThan(50_000_000);
  });
});

function stage(key: string, value: unknown, readBeforePublish = false, attempt = {}): Promise<StagedOutput> {
  return postgresTable().stage(outputs.context(key, { readBeforePublish, ...attempt }), value);
}

function* numbers(count: number) {
  for (let n = 0; n < count; n++) yield { n };
}

function* breaking(count: number) {
  for (let n = 0; n < count; n++) yield { n, text: "new" };
  throw new Error(`The source broke after ${count}.`);
}

/** Rows that come, and then do not. */
function hanging(count: number) {
  const controller = new AbortController();
  let wait = () => {};
  let close = () => {};
  const waiting = new Promise<void>(resolve => {
    wait = resolve;
  });
  const closed = new Promise<void>(resolve => {
    close = resolve;
  });
  let n = 0;
  const rows: AsyncIterable<unknown> = {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        if (n < count) return { done: false, value: { n: n++, text: "new" } };
        wait();
        return new Promise(() => {});
      },
      return: async () => {
        close();
        return { done: true, value: undefined };
      },
    }),
  };
  return {
    signal: controller.signal,
    abort: () => controller.abort(new Error("canceled")),
    waiting,
    closed,
    rows,
  };
}

/** Ends the backends whose present statement is like that; answers how many. */
async function kill(statement: string): Promise<number> {
  const killed = await outputs.query(
    `select pg_terminate_backend(pid) from pg_stat_activity
     where datname = current_database() and state = 'active' and query ilike '${statement}'`,
  );
  return killed.length;
}

function stagingTables() {
  return outputs.query(
    `select relname as name, relpersistence as persistence from pg_class
     where relnamespace = to_regnamespace('millrace_staging') and relkind = 'r'`,
  );
}

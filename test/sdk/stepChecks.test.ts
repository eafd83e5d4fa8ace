import { asset, CheckFailed, type CheckResult, ioManager, notNull } from "millrace";
import { describe, expect, test } from "vitest";
import type { IoManager } from "../../src/sdk/ioManager.ts";
import { runStep } from "../../src/sdk/step.ts";
import { fakeEdge } from "./fakeEdge.ts";

describe("checks with user code", () => {
  const rows = [{ celsius: 4 }, { celsius: 99 }];

  test.each([
    ["answers nothing", () => {}, true, null, null],
    ["answers true", () => true, true, null, null],
    ["answers false", () => false, false, null, null],
    ["answers a sentence", async () => "99 is too hot", false, null, "99 is too hot"],
    ["throws", () => Promise.reject(new Error("too hot")), false, null, "too hot"],
    ["counts", () => ({ passed: false, failedRows: 1, message: "hot" }), false, 1, "hot"],
  ])("one that %s", async (_, test, passed, failedRows, message) => {
    const { edge, published } = fakeEdge();
    const checked = asset("checked", {
      checks: [{ name: "plausible", rows: test }],
      materialize: () => rows,
    });
    const { checks } = await runStep(checked, edge);
    expect(checks).toEqual([
      { name: "plausible", passed, failedRows, message, blocking: false, severity: "error" },
    ]);
    expect(published).toMatchObject([{ facts: { checks } }]);
  });

  test("read the rows that are staged, each from the beginning", async () => {
    const { edge } = fakeEdge();
    const read: unknown[] = [];
    const readAll = async (rows: AsyncIterable<unknown>) => {
      for await (const row of rows) read.push(row);
    };
    const checked = asset("checked", {
      checks: [
        { name: "one", rows: readAll },
        { name: "two", rows: readAll },
      ],
      materialize: () => rows,
    });
    await runStep(checked, edge);
    expect(read).toEqual([...rows, ...rows]);
  });

  test("that fail without blocking are recorded and logged, and the asset is published", async () => {
    const { edge, lines } = fakeEdge();
    const checked = asset("checked", {
      checks: [{ name: "plausible", rows: () => ({ passed: false, failedRows: 2, message: "too hot." }) }],
      materialize: () => rows,
    });
    await runStep(checked, edge);
    expect(edge.memory.value(checked.key)).toEqual(rows);
    expect(lines).toEqual(['warn The check "plausible" failed for 2 rows: too hot.']);
  });

  test("that fail and block keep the asset from being published", async () => {
    const { edge, happened } = fakeEdge();
    const tooHot = new Error("99 °C is too hot");
    const checked = asset("checked", {
      checks: [
        { name: "fine", rows: () => true },
        { name: "plausible", blocking: true, rows: () => Promise.reject(tooHot) },
      ],
      materialize: () => rows,
    });
    const error = await runStep(checked, edge).catch(error => error);
    expect(error).toBeInstanceOf(CheckFailed);
    expect(error).toMatchObject({ check: "plausible", failedRows: null, cause: tooHot });
    expect(error.message).toMatch(
      /^checked: the blocking check "plausible" failed: 99 °C is too hot \(.*stepChecks\.test\.ts:\d+\)\. Nothing was published\. Repair the rows or relax the check\.$/,
    );
    expect(error.results.map((it: CheckResult) => [it.name, it.passed])).toEqual([
      ["fine", true],
      ["plausible", false],
    ]);
    expect(happened).toEqual(["stage checked", "discard checked"]);
  });

  test("that are warnings never block", async () => {
    const { edge, published } = fakeEdge();
    const check = { name: "plausible", blocking: true, severity: "warning", rows: () => false } as const;
    await runStep(asset("checked", { checks: [check], materialize: () => rows }), edge);
    expect(published).toHaveLength(1);
  });

  test("whose rows cannot be read fail the step, not the check", async () => {
    const { edge, io } = fakeEdge();
    const stage: IoManager["stage"] = async (output, value) => ({
      ...(await io.stage(output, value)),
      // biome-ignore lint/correctness/useYield: reading fails before the first row.
      read: async function* () {
        throw new Error("the connection is gone");
      },
    });
    const checked = asset("checked", {
      checks: [
        {
          name: "plausible",
          rows: async rows => {
            for await (const _ of rows);
          },
        },
      ],
      materialize: () => rows,
    });
    const error = await runStep(checked, { ...edge, io: () => ({ ...io, stage }) }).catch(error => error);
    expect(error).not.toBeInstanceOf(CheckFailed);
    expect(error.message).toBe("the connection is gone");
  });
});

describe("checks in SQL", () => {
  const sql = { name: "plausible", sql: "celsius < 60", blocking: true } as const;
  const failed = {
    name: "plausible",
    passed: false,
    blocking: true,
    severity: "error",
    failedRows: 3,
    message: null,
  } as const;

  test("run with publishing, and their results are recorded in the same transaction", async () => {
    const { edge, published } = fakeEdge({ sqlResults: [{ ...failed, passed: true, failedRows: 0 }] });
    const { checks } = await runStep(asset("checked", { checks: [sql], materialize: () => [] }), edge);
    expect(checks).toMatchObject([{ name: "plausible", passed: true }]);
    expect(published).toMatchObject([{ facts: { checks: [] }, checks }]);
  });

  test("that fail and block roll the transaction back", async () => {
    const { edge, happened, published } = fakeEdge({ sqlResults: [failed] });
    const checked = asset("checked", {
      checks: [sql, { name: "fine", rows: () => true }],
      materialize: () => [],
    });
    const error = await runStep(checked, edge).catch(error => error);
    expect(error.message).toContain('the blocking check "plausible" failed for 3 rows');
    expect(error.results.map((it: CheckResult) => it.name)).toEqual(["fine", "plausible"]);
    expect(happened).toEqual(["stage checked", "begin", "publish checked", "rollback", "discard checked"]);
    expect(published).toEqual([]);
  });
});

describe("an asset that is stored first and recorded after", () => {
  test("is stored before the transaction that records it", async () => {
    const { edge, happened } = fakeEdge();
    const io = ioManager({
      store: value => happened.push(`store ${JSON.stringify(value)}`),
      load: () => null,
    });
    await runStep(asset("model", { materialize: () => ({ slope: 1 }) }), { ...edge, io: () => io });
    expect(happened).toEqual(['store {"slope":1}', "begin", "commit"]);
  });

  test("is not stored when a check with user code blocks", async () => {
    const { edge, happened } = fakeEdge();
    const io = ioManager({ store: () => happened.push("store"), load: () => null });
    const checked = asset("rows", {
      checks: [{ name: "none", blocking: true, rows: () => false }],
      materialize: async function* () {
        yield { id: 1 };
      },
    });
    await expect(runStep(checked, { ...edge, io: () => io })).rejects.toThrow("Nothing was published");
    expect(happened).toEqual([]);
  });

  test("is recorded, and then fails, when a blocking check in SQL failed", async () => {
    const { edge, io, published } = fakeEdge({
      sqlResults: [
        { name: "c", passed: false, blocking: true, severity: "error", failedRows: 1, message: null },
      ],
    });
    const checked = asset("rows", {
      checks: [{ name: "c", blocking: true, sql: "true" }],
      materialize: () => [],
    });
    const recordedAfter: IoManager = { ...io, guarantee: "recorded after" };
    await expect(runStep(checked, { ...edge, io: () => recordedAfter })).rejects.toThrow(
      "The data is already stored, and nothing downstream runs.",
    );
    expect(published).toHaveLength(1);
  });

  test("has no checks in SQL when it is made of store and load", async () => {
    const { edge, happened } = fakeEdge();
    const io = ioManager({ store: () => happened.push("store"), load: () => null });
    const checked = asset("rows", { checks: [notNull("id")], materialize: () => [] });
    await expect(runStep(checked, { ...edge, io: () => io })).rejects.toThrow(
      "which its I/O manager cannot run",
    );
    expect(happened).toEqual([]);
  });
});

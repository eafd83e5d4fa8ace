import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { type AssetState, type AssetStateName, missingState } from "../../src/model/assetState.ts";
import { describeState, markOf, shownState, stateMarks, worstState } from "../../src/model/stateWords.ts";

const now = Date.parse("2026-02-01T12:00:00Z");

const complete = missingState("city_aggregates" as AssetKey);

describe("a state is told in words", () => {
  check("materialized", { materializedAt: "2026-02-01T10:00:00Z", rows: 1_204 }, "2 h ago · 1,204 rows");
  check("materialized", { materializedAt: "2026-02-01T10:00:00Z" }, "2 h ago");
  check("materialized", { rows: 1 }, "1 row");
  check("materialized", {}, "materialized");
  check("stale", { reason: "raw_weather_data is newer" }, "stale: raw_weather_data is newer");
  check("stale", { reason: "stale: its code changed" }, "stale: its code changed");
  check("stale", {}, "stale");
  check("missing", {}, "never materialized");
  check("queued", { reason: "waits for pool db (2 of 2 in use)" }, "waits for pool db (2 of 2 in use)");
  check("queued", { reason: "no engine is running" }, "queued: no engine is running");
  check("queued", {}, "queued");
  check("running", { since: "2026-02-01T11:59:47.300Z" }, "running 12 s");
  check("running", { since: "2026-02-01T11:59:56.300Z" }, "running 3 s");
  check("running", { since: "2026-02-01T11:59:59.700Z" }, "running");
  check("running", { since: "2026-02-01T12:00:09Z" }, "running");
  check(
    "failed",
    { error: error('column "city" is null (row 812)') },
    'failed: column "city" is null (row 812)',
  );
  check("failed", { error: error("no such file\n    at readings.ts:3") }, "failed: no such file");
  check("failed", { error: error("") }, "failed");
  check("failed", { reason: "the worker died" }, "failed: the worker died");
  check("skipped", { reason: "validated_readings failed" }, "skipped: validated_readings failed");
  check("canceled", { reason: "after 4 s" }, "canceled after 4 s");
  check("canceled", { reason: "the engine stopped" }, "canceled: the engine stopped");
  check("unknown", { reason: "dbt ended without a result" }, "unknown: dbt ended without a result");
  check("partly", { reason: "27 of 31 · 2 failed" }, "27 of 31 · 2 failed");
  check("partly", {}, "partly materialized");
  check("partly", { parts: parts("27 materialized, 2 failed, 2 missing") }, "27 of 31 · 2 failed");
  check("partly", { parts: parts("1 failed, 1200 materialized, 1 failed") }, "1,200 of 1,202 · 2 failed");
  check("partly", { parts: parts("20 materialized, 11 missing") }, "20 of 31");
  check("partly", { parts: parts("20 materialized, 11 stale") }, "31 of 31 · 11 stale");
});

test("what has only holes is partly there; otherwise the worst of the parts is shown", () => {
  const shown = (text: string) => shownState({ state: "partly", parts: parts(text) });
  expect(shown("20 materialized, 11 missing")).toBe("partly");
  expect(shown("20 stale, 11 missing")).toBe("partly");
  expect(shown("20 materialized, 1 failed, 11 missing")).toBe("failed");
  expect(shown("20 materialized, 1 running, 11 missing")).toBe("running");
  expect(shown("31 missing")).toBe("missing");
});

test("no two states share a terminal mark or an icon, but what is partly there and what is missing", () => {
  const { partly, ...others } = stateMarks;
  const marks = Object.values(others);
  expect(new Set(marks.map(it => it.terminal)).size).toBe(marks.length);
  expect(new Set(marks.map(it => it.codicon)).size).toBe(marks.length);
  expect(partly.codicon).toBe(stateMarks.missing.codicon);
});

test("every icon exists in the editor's icon font", () => {
  const font = createRequire(import.meta.url).resolve("@vscode/codicons/dist/codicon.css");
  const css = readFileSync(font, "utf8");
  const missing = Object.values(stateMarks).filter(
    ({ codicon }) => !css.includes(`.codicon-${codicon.replace("~spin", "")}:before`),
  );
  expect(missing).toEqual([]);
});

test("what is partly there looks like its worst part, and a terminal tells how much is there", () => {
  const state = {
    ...complete,
    state: "partly" as const,
    parts: parts("27 materialized, 2 failed, 2 missing"),
  };
  expect(markOf(state)).toEqual({ ...stateMarks.failed, terminal: "27/31" });
  expect(markOf({ ...complete, state: "partly" })).toBe(stateMarks.partly);
  expect(markOf({ ...complete, state: "stale" })).toBe(stateMarks.stale);
});

test("a whole shows the worst of its parts", () => {
  expect(worstState(["materialized", "failed", "running"])).toBe("failed");
  expect(worstState(["materialized", "stale"])).toBe("stale");
  expect(worstState(["materialized", "missing"])).toBe("missing");
  expect(worstState([])).toBe("missing");
  for (const state of Object.keys(stateMarks) as AssetStateName[]) expect(worstState([state])).toBe(state);
});

function check(state: AssetStateName, facts: Partial<AssetState>, expected: string) {
  test(`${state} ${JSON.stringify(facts)} → ${expected}`, () => {
    expect(describeState({ ...complete, ...facts, state }, now)).toBe(expected);
  });
}

function error(message: string) {
  return { message, file: null, line: null, column: null, stack: null };
}

function parts(text: string) {
  return text.split(", ").map(part => {
    const [count, state] = part.split(" ");
    return { state: state as AssetStateName, count: Number(count) };
  });
}

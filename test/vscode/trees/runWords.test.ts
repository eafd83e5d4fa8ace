import { describe, expect, test } from "vitest";
import type { RunSummary, StepSummary } from "../../../src/model/run.ts";
import { spoken, wordsOfRun, wordsOfStep } from "../../../src/vscode/trees/runWords.ts";

const now = Date.parse("2026-02-03T12:00:00Z");

describe("a run in words", () => {
  test("tells how long it took and when; only what did not succeed is named", () => {
    expect(words({ status: "succeeded" })).toBe("3.4 s · 2 min ago");
    expect(words({ status: "failed" })).toBe("failed · 3.4 s · 2 min ago");
    expect(words({ status: "canceled", startedAt: null })).toBe("canceled · 2 min ago");
  });

  test("counts whole seconds while it runs, and says why it waits", () => {
    const running = { startedAt: "2026-02-03T11:59:55.400Z", endedAt: null };
    expect(words({ ...running, status: "running" })).toBe("running 4 s");
    expect(words({ ...running, status: "canceling", startedAt: "2026-02-03T11:59:59.900Z" })).toBe(
      "canceling 1 s",
    );
    const waiting = { status: "queued", startedAt: null, endedAt: null } as const;
    expect(words(waiting)).toBe("queued");
    expect(words({ ...waiting, reason: "waits for run 7" })).toBe("waits for run 7");
  });
});

describe("a step in words", () => {
  test("tells its rows, its seconds, or why it has none", () => {
    expect(ofStep({ status: "succeeded", rows: 4810, durationMs: 1200 })).toBe("1.2 s · 4,810 rows");
    expect(ofStep({ status: "succeeded", durationMs: 30 })).toBe("30 ms");
    expect(ofStep({ status: "running", startedAt: "2026-02-03T11:59:48Z" })).toBe("running 12 s");
    expect(ofStep({ status: "skipped", reason: "validated_readings failed" })).toBe(
      "validated_readings failed",
    );
    expect(ofStep({ status: "queued" })).toBe("queued");
  });

  test("has one line, also when the error has many", () => {
    const error = {
      message: "column city is null\n  in row 812",
      file: null,
      line: null,
      column: null,
      stack: null,
    };
    expect(ofStep({ status: "failed", error })).toBe("column city is null");
  });

  test("names its partitions first", () => {
    const partitions = ["2026-01-01", "2026-01-31"];
    expect(ofStep({ status: "succeeded", rows: 1, partitions })).toBe("2026-01-01 … 2026-01-31 · 1 row");
  });
});

test("a screen reader hears the state that others see as an icon, once", () => {
  expect(spoken("succeeded", "3.4 s")).toBe("succeeded, 3.4 s");
  expect(spoken("running", "running 3 s")).toBe("running 3 s");
});

function words(run: Partial<RunSummary>): string {
  const whole: RunSummary = {
    id: "1",
    status: "succeeded",
    environment: "dev",
    selection: "a",
    requestedBy: "click",
    backfillId: null,
    createdAt: "2026-02-03T11:57:00Z",
    startedAt: "2026-02-03T11:57:56.600Z",
    endedAt: "2026-02-03T11:58:00Z",
    steps: [],
    reason: null,
    error: null,
  };
  return wordsOfRun({ ...whole, ...run }, now);
}

function ofStep(step: Partial<StepSummary>): string {
  const whole: StepSummary = {
    id: "1",
    assets: [],
    partitions: null,
    status: "succeeded",
    rows: null,
    startedAt: null,
    endedAt: null,
    durationMs: null,
    error: null,
    reason: null,
  };
  return wordsOfStep({ ...whole, ...step }, now);
}

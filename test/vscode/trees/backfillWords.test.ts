import { describe, expect, test } from "vitest";
import type { BackfillSummary } from "../../../src/model/backfillState.ts";
import { barOfBackfill, failedPartitions, wordsOfBackfill } from "../../../src/vscode/trees/backfillWords.ts";

const now = Date.parse("2026-02-03T12:00:00Z");

describe("a backfill in words", () => {
  test("counts all its assets, and says how long it will take at this pace", () => {
    expect(words({ materialized: 312, failed: 3 })).toBe("312 of 1,000 · 3 failed · 2 min 10 s left");
    expect(words({ materialized: 0 })).toBe("0 of 1,000");
  });

  test("says that it does not go on, and promises no time then", () => {
    expect(words({ materialized: 312 }, { status: "paused" })).toBe("paused · 312 of 1,000");
  });

  test("tells how long it took and when it ended", () => {
    const endedAt = "2026-02-03T11:59:30Z";
    expect(words({ materialized: 1000 }, { status: "succeeded", endedAt })).toBe(
      "1,000 of 1,000 · 30 s · 30 s ago",
    );
    expect(words({ materialized: 996, failed: 1, skipped: 3 }, { status: "failed", endedAt })).toBe(
      "failed · 996 of 1,000 · 1 failed · 3 skipped · 30 s · 30 s ago",
    );
  });

  test("has a bar that is full only when nothing is left", () => {
    expect(barOfBackfill(backfillOf({ materialized: 999 }))).toBe("▰▰▰▰▰▰▰▰▰▱");
    expect(barOfBackfill(backfillOf({ materialized: 900, failed: 60, skipped: 40 }))).toBe("▰▰▰▰▰▰▰▰▰▰");
    expect(barOfBackfill(backfillOf({ targeted: 0 }))).toBe("▰▰▰▰▰▰▰▰▰▰");
  });
});

test("of many partitions that failed the first are named", () => {
  expect(failedPartitions(["2026-01-01"])).toBe("2026-01-01");
  expect(failedPartitions(["a", "b", "c", "d", "e"])).toBe("a, b, c … (5)");
});

function words(
  progress: Partial<BackfillSummary["progress"][number]>,
  parts: Partial<BackfillSummary> = {},
): string {
  return wordsOfBackfill({ ...backfillOf(progress), ...parts }, now);
}

function backfillOf(progress: Partial<BackfillSummary["progress"][number]>): BackfillSummary {
  const none = { targeted: 1000, materialized: 0, running: 0, failed: 0, skipped: 0 };
  return {
    id: "b1",
    status: "running",
    environment: "dev",
    selection: "weather/daily_readings",
    partitions: "2026-01-01 … 2026-01-31 (31)",
    requestedBy: "click",
    createdAt: "2026-02-03T11:59:00Z",
    endedAt: null,
    progress: [{ asset: "a" as never, ...none, ...progress }],
    failures: [],
    error: null,
  };
}

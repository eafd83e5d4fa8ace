import { describe, expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { type AssetState, missingState } from "../../src/model/assetState.ts";
import { partitionCounts, wordsOfAsset, wordsOfParts, wordsOfRow } from "../../src/model/assetWords.ts";

const now = Date.parse("2026-02-03T12:00:00Z");

describe("a partitioned asset in words", () => {
  test("is what is there of what there could be, and what is wrong", () => {
    const parts = [
      { state: "materialized", count: 20 },
      { state: "failed", count: 2 },
      { state: "stale", count: 7 },
      { state: "missing", count: 2 },
    ] as const;
    expect(words({ state: "partly", parts })).toBe("27/31 · 2 failed · 7 stale");
    expect(wordsOfParts(stateOf({ state: "partly", parts }))).toBe(
      "2 failed, 7 stale, 2 never materialized, 20 materialized",
    );
  });

  test("tells when it was made while all is well", () => {
    const parts = [{ state: "materialized", count: 1_200 }] as const;
    expect(words({ state: "materialized", parts })).toBe("1,200/1,200 · 2 h ago");
  });

  test("shows at once that a click was heard", () => {
    const parts = [{ state: "missing", count: 3 }] as const;
    expect(words({ state: "queued", parts, reason: "waits for the engine to start" })).toBe(
      "waits for the engine to start",
    );
  });
});

test("an asset without partitions is said as everywhere", () => {
  expect(words({ state: "materialized", rows: 3 })).toBe("2 h ago · 3 rows");
});

describe("where there is room", () => {
  const row = (state: Partial<AssetState>) => wordsOfRow(stateOf(state), now);

  test("it is said when partitions were made, and why some are stale", () => {
    const parts = [
      { state: "materialized", count: 20 },
      { state: "stale", count: 7 },
      { state: "missing", count: 4 },
    ] as const;
    expect(row({ state: "partly", parts, staleReason: "raw is newer" })).toBe(
      "27/31 · 7 stale: raw is newer · 2 h ago",
    );
    expect(row({ state: "partly", parts, materializedAt: null })).toBe("27/31 · 7 stale");
    expect(row({ state: "materialized", parts: [{ state: "materialized", count: 332 }] })).toBe(
      "332/332 · 2 h ago",
    );
    expect(partitionCounts(stateOf({ parts }))).toEqual({
      total: 31,
      present: 27,
      stale: 7,
      failed: 0,
      missing: 4,
    });
  });

  test("it is said that old data stays behind what failed or did not run", () => {
    expect(row({ state: "failed", rows: 3, reason: "no luck" })).toBe(
      "failed (the 3 rows of 2 h ago stay): no luck",
    );
    expect(row({ state: "skipped", rows: null, reason: "raw failed" })).toBe(
      "skipped (what was made 2 h ago stays): raw failed",
    );
    expect(row({ state: "failed", materializedAt: null, rows: null, reason: "no luck" })).toBe(
      "failed: no luck",
    );
    expect(row({ state: "stale", rows: 3, reason: "raw is newer" })).toBe(
      "stale: raw is newer · 2 h ago · 3 rows",
    );
    expect(row({ state: "materialized", rows: 3 })).toBe("2 h ago · 3 rows");
  });
});

function words(state: Partial<AssetState>): string {
  return wordsOfAsset(stateOf(state), now);
}

function stateOf(state: Partial<AssetState>): AssetState {
  return { ...missingState("a" as AssetKey), materializedAt: "2026-02-03T10:00:00Z", ...state };
}

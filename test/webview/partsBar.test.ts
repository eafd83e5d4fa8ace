import { describe, expect, test } from "vitest";
import type { AssetStateName } from "../../src/model/assetState.ts";
import { partsBar } from "../../webview/shared/partsBar.ts";

describe("a partitions bar", () => {
  test("gives each range the length of its share", () => {
    check("materialized 14, failed 2, missing 4", 100, "materialized 0-70, failed 70-80, missing 80-100");
  });

  test("joins ranges of one state that touch", () => {
    check("materialized 1, materialized 1, stale 2", 8, "materialized 0-4, stale 4-8");
  });

  test("shows a single failure among a million partitions", () => {
    check(
      "materialized 500000, failed 1, materialized 499999",
      150,
      "materialized 0-75, failed 75-76, materialized 76-150",
    );
  });

  test("shows the worst of the ranges that share a pixel", () => {
    check("materialized 1, stale 1, materialized 1, stale 1", 2, "stale 0-2");
  });

  test("is empty when there are no partitions", () => {
    check("", 100, "");
    check("missing 0", 100, "");
  });
});

function check(parts: string, width: number, pieces: string) {
  const given = parts
    .split(", ")
    .filter(Boolean)
    .map(it => ({ state: it.split(" ")[0] as AssetStateName, count: Number(it.split(" ")[1]) }));
  const found = partsBar(given, width);
  expect(found.map(({ state, x, width }) => `${state} ${x}-${x + width}`).join(", ")).toBe(pieces);
}

import { expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { differenceInWords } from "../../src/model/conditionDifference.ts";
import type { ConditionExplanation, ExplainedPart } from "../../src/model/conditionExplanation.ts";

const asset = "summary" as AssetKey;
const raw = "raw" as AssetKey;

function part(words: string, trueCount: number, more: Partial<ExplainedPart> = {}): ExplainedPart {
  const { candidateCount = 3 } = more;
  const outcome = candidateCount === 0 ? "notEvaluated" : trueCount > 0 ? "true" : "false";
  return { words, asset, outcome, trueCount, candidateCount, truePartitions: "", parts: [], ...more };
}

const explained = (tree: ExplainedPart): ConditionExplanation => ({
  asset,
  requested: 0,
  partitions: "",
  reason: "waits for an update of raw",
  tree,
});

const difference = (before: ExplainedPart, after: ExplainedPart) =>
  differenceInWords(explained(before), explained(after));

test("the innermost part that came to something else is named, with what it was", () => {
  const tree = (count: number) =>
    part("carried on", 0, {
      parts: [
        part("anything upstream updated", count, { parts: [part("updated", count, { asset: raw })] }),
        part("in progress", 0),
      ],
    });
  expect(difference(tree(0), tree(1))).toBe("updated (raw): 1 of 3, was 0 of 3");
  expect(difference(tree(1), tree(1))).toBeNull();
});

test("which partitions, when their count is the same; true and false, where there is one", () => {
  expect(
    difference(
      part("missing", 1, { truePartitions: "2026-02-01" }),
      part("missing", 1, { truePartitions: "2026-02-02" }),
    ),
  ).toBe("missing: 1 of 3 (2026-02-02), was 1 of 3 (2026-02-01)");
  expect(
    difference(part("missing", 0, { candidateCount: 1 }), part("missing", 1, { candidateCount: 1 })),
  ).toBe("missing: true now");
  expect(
    difference(part("missing", 1, { candidateCount: 1 }), part("missing", 0, { candidateCount: 1 })),
  ).toBe("missing: not true any more");
  expect(difference(part("missing", 1), part("missing", 0, { candidateCount: 0 }))).toBe(
    "missing: not asked, was 1 of 3",
  );
});

test("another rule is said to be one, and long words are cut", () => {
  expect(difference(part("missing", 0), part("failed", 0))).toBe("its rule was edited");
  const long = difference(part("x", 1, { truePartitions: "y".repeat(900) }), part("x", 2));
  expect(long).toHaveLength(240);
});

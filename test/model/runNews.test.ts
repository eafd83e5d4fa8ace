import { expect, test } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { StepSummary } from "../../src/model/run.ts";
import { failureInWords } from "../../src/model/runNews.ts";

const step = (status: StepSummary["status"], partitions: string[] | null, message = ""): StepSummary => ({
  ...{ id: "1", assets: ["daily" as AssetKey], partitions, status },
  ...{ rows: null, startedAt: null, endedAt: null, durationMs: null, reason: null },
  error: message === "" ? null : { message, file: "assets.ts", line: 3, column: 1, stack: null },
});

test("a failed run is told by the first step that failed, with its partitions, its line and how many more", () => {
  const steps = [
    step("succeeded", null),
    step("failed", ["2026-01-01", "2026-01-03"], "no such file\nat all"),
    step("failed", null, "x"),
    step("skipped", null),
  ];
  expect(failureInWords({ steps, error: null })).toBe(
    "daily 2026-01-01 … 2026-01-03: assets.ts:3: no such file (and 1 more)",
  );
  expect(failureInWords({ steps: [step("succeeded", null)], error: null })).toBeNull();
  const lost = { message: "The engine was lost.", file: null, line: null, column: null, stack: null };
  expect(failureInWords({ steps: [], error: lost })).toBe("The engine was lost.");
});

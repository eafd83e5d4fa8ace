import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createBackfillProgress } from "../../src/cli/backfillProgress.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillSummary } from "../../src/model/backfillState.ts";

const { isTTY } = process.stdout;
let written: string[];

beforeEach(() => {
  written = [];
  vi.stubEnv("TERM", "xterm");
  vi.spyOn(performance, "now").mockReturnValue(1_000);
  vi.spyOn(process.stdout, "write").mockImplementation(text => written.push(String(text)) > 0);
});

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  process.stdout.isTTY = isTTY;
});

test("on a terminal a bar is drawn over the one before, with rate and time left", () => {
  process.stdout.isTTY = true;
  const view = createBackfillProgress({});
  view.follow("1");
  view.show(backfill({ materialized: 0, running: 4 }));
  expect(drawn()).toEqual([expect.stringMatching(/^░{24} {2}daily {2}0\/100 {2}4 running$/), "begins"]);
  vi.spyOn(performance, "now").mockReturnValue(3_000);
  view.show(backfill({ materialized: 48, failed: 2, running: 4 }));
  expect(written.some(it => it.startsWith("\u001b[2A"))).toBe(true);
  expect(drawn().slice(-2)).toEqual([
    expect.stringMatching(/^█{12}▒░{11} {2}daily {2}48\/100 {2}4 running {2}2 failed$/),
    "25/s · 2 s left",
  ]);
  view.show({ ...backfill({ materialized: 50 }), status: "paused" });
  expect(drawn().at(-1)).toBe("paused · millrace backfill resume 1  goes on");
  view.end(backfill({ materialized: 97, failed: 1, skipped: 2 }));
  expect(drawn().at(-1)).toMatch(/^█+▒ {2}daily {2}97\/100 {2}1 failed {2}2 given up$/);
});

test("elsewhere only the end is printed, and nothing of another backfill", () => {
  process.stdout.isTTY = false;
  const view = createBackfillProgress({});
  view.follow("1");
  view.show(backfill({ materialized: 48 }));
  view.show({ ...backfill({ materialized: 1 }), id: "2" });
  expect(written).toEqual([]);
  view.end(backfill({ materialized: 100 }));
  expect(drawn()).toEqual([expect.stringMatching(/^█{24} {2}daily {2}100\/100$/)]);
});

/** What was written, without colours and movements of the cursor. */
function drawn(): string[] {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals are controlled by them.
  return written.map(it => it.replace(/\u001b\[[\d;]*[A-Za-z]/g, "").trimEnd()).filter(it => it !== "");
}

function backfill(progress: Partial<BackfillSummary["progress"][number]>): BackfillSummary {
  const none = { targeted: 100, materialized: 0, running: 0, failed: 0, skipped: 0 };
  return {
    ...{ id: "1", status: "running", environment: "dev", selection: "daily", requestedBy: "test" },
    partitions: "2026-01-01 … 2026-04-10 (100)",
    ...{ createdAt: "2026-02-03T11:59:00Z", endedAt: null, failures: [], error: null },
    progress: [{ asset: "daily" as AssetKey, ...none, ...progress }],
  };
}

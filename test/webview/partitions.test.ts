import { JSDOM } from "jsdom";
import { describe, expect, test, vi } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { BackfillPlan, BackfillSummary } from "../../src/model/backfillState.ts";
import { connect, type Remote } from "../../src/protocol/channel.ts";
import type { BackfillRequest, PartitionsHost, PartitionsView } from "../../src/protocol/partitions.ts";
import { startPartitions } from "../../webview/partitions/partitions.ts";
import { tooltipLines } from "../../webview/partitions/words.ts";
import { largePartitions, rangesOf, weatherPartitions } from "../../webview/preview/partitionSamples.ts";
import { stillBrowser } from "../../webview/shared/browser.ts";
import { ports } from "../support/ports.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const readings = "weather/daily_readings" as AssetKey;

describe("the keyboard", () => {
  test("moves from partition to partition and from line to line, and the grid follows", async () => {
    const { view, press, active } = await shown();
    await view.select(readings, "2026-02-02");
    expect(active()).toBe("2026-02-02, materialized");
    press("ArrowRight");
    expect(active()).toBe("2026-02-03, materialized");
    press("ArrowDown");
    expect(active()).toContain("2026-02-03-00:00");
    press("End");
    press("ArrowUp");
    expect(active()).toMatch(/^2026-02-28, /);
  });

  test("extends a range with Shift, and says how it stands", async () => {
    const { view, press, said } = await shown();
    await view.select(readings, "2026-01-08");
    press("ArrowRight", { shiftKey: true });
    press("ArrowRight", { shiftKey: true });
    press("ArrowRight", { shiftKey: true });
    expect(said()).toBe("Selected daily_readings · 2026-01-08 … 2026-01-11 (4) · 2 failed, 2 materialized.");
  });

  test("plans with Enter, launches with Enter, and leaves with Escape", async () => {
    const { view, press, document, requests, button } = await shown();
    await view.select(readings, "2026-01-10...2026-01-13");
    press("Enter");
    await vi.waitUntil(() => !button("Launch").disabled);
    expect(document.activeElement?.id).toBe("field-partitions");
    press("Enter", {}, document.activeElement as HTMLElement);
    await vi.waitUntil(() => document.querySelector(".planner")?.hasAttribute("hidden"));
    expect(requests.at(-1)).toEqual({
      does: "launch",
      selection: "weather/daily_readings",
      partitions: "2026-01-10...2026-01-13",
      only: ["missing", "failed", "stale"],
      maxParallel: null,
      requestedBy: "partitions",
    });
    expect(document.activeElement?.getAttribute("role")).toBe("grid");
  });

  test("enters the grid of an asset of two dimensions, and comes back", async () => {
    const { view, press, lines, said } = await shown();
    await view.select("weather/region_days" as AssetKey, null);
    press("Enter");
    expect(lines()).toHaveLength(6);
    expect(lines()[0]).toMatch(/^north, /);
    press("Escape");
    press("Escape");
    expect(lines()).toHaveLength(10);
    expect(said()).toBe("All assets.");
  });

  test("leaves chords to the editor, but for those that leap", async () => {
    const { view, press, active } = await shown();
    await view.select(readings, "2026-01-02");
    expect(press("p", { ctrlKey: true })).toBe(false);
    expect(press("ArrowRight", { ctrlKey: true })).toBe(true);
    expect(active()).toMatch(/, failed$/);
  });
});

describe("the planner", () => {
  test("asks for what wants repair, and for all of it when all is well", async () => {
    const { view, press, requests, box } = await shown();
    await view.select(readings, "2025-12-01...2025-12-05");
    press("Enter");
    await vi.waitUntil(() => requests.length > 0);
    expect(requests.at(-1)?.only).toEqual([]);
    box("missing").click();
    await vi.waitUntil(() => requests.length > 1);
    expect(requests.at(-1)?.only).toEqual(["missing"]);
  });

  test("shows what it would do: counts of each asset, runs and time", async () => {
    const { view, press, document } = await shown();
    await view.select(readings, "2026-01-10...2026-01-13");
    press("Enter");
    await vi.waitUntil(() => document.querySelector(".sum")?.textContent);
    expect(document.querySelector(".sum")?.textContent).toBe("3 partitions in 2 runs, about 1 min 30 s");
    expect([...document.querySelectorAll(".preview td")].map(it => it.textContent)).toEqual([
      "2",
      "1",
      "–",
      "–",
    ]);
  });

  test("says what is wrong with a range in the host's words, and launches nothing", async () => {
    const plan = () => Promise.reject(new Error('There is no partition "2026-02-31".'));
    const { view, press, document, button } = await shown({ plan });
    await view.select(readings, "2026-01-10");
    press("Enter");
    await vi.waitUntil(() => document.querySelector(".preview .fault")?.textContent);
    expect(document.querySelector(".preview .fault")?.textContent).toBe(
      'There is no partition "2026-02-31".',
    );
    expect(button("Launch").disabled).toBe(true);
  });

  test("takes the newest answer, whichever comes last", async () => {
    const answers: ((plan: BackfillPlan) => void)[] = [];
    const plan = () => new Promise<BackfillPlan>(resolve => answers.push(resolve));
    const { view, press, document, button } = await shown({ plan });
    await view.select(readings, "2026-01-10");
    press("Enter");
    button("Last 7").click();
    await vi.waitUntil(() => answers.length === 2);
    answers[1]?.({ targets: [], runs: 0, estimatedMs: null, notes: ["the newer"] });
    await vi.waitUntil(() => document.querySelector(".notes li"));
    answers[0]?.({ targets: [], runs: 1, estimatedMs: null, notes: ["the older"] });
    await new Promise(resolve => setTimeout(resolve, 20));
    expect(document.querySelector(".notes")?.textContent).toBe("the newer");
  });

  test("marks the range of a preset in the picture", async () => {
    const { view, press, button, caption, document } = await shown();
    await view.select(readings, "2026-01-10");
    press("Enter");
    button("Last 7").click();
    expect(caption()).toContain("2026-02-22 … 2026-02-28 (7)");
    expect(document.querySelector(".about")?.textContent).toContain("2026-02-22 … 2026-02-28 (7)");
  });

  test("tells about a single partition, with the way to its run", async () => {
    const { view, press, button, asked, document } = await shown();
    await view.select(readings, "2026-01-10");
    press("Enter");
    await vi.waitUntil(() => button("Open run"));
    expect(document.querySelector(".about")?.textContent).toContain("2 h ago · 1,204 rows · 840 ms");
    button("Open run").click();
    await vi.waitUntil(() => asked.includes("openRun run-7"));
  });
});

describe("a backfill that runs", () => {
  test("shows how far it is, and offers what can be done to it", async () => {
    const { view, backfills, button, asked } = await shown();
    await view.showBackfills([backfillOf({ status: "running" })]);
    expect(backfills()).toEqual(["weather/daily_readings  2026-01-01 … 2026-01-31 (31)12 of 31 · 2 failed"]);
    button("Pause").click();
    await vi.waitUntil(() => asked.includes("pause b1"));
    await view.showBackfills([backfillOf({ status: "paused" })]);
    expect(button("Pause")).toBeUndefined();
    button("Resume").click();
    button("Cancel", ".backfill button").click();
    await vi.waitUntil(() => asked.includes("cancel b1"));
    const ended = { endedAt: "2026-03-01T11:59:00Z" };
    await view.showBackfills([backfillOf({ status: "failed", ...ended })]);
    button("Retry failed and missing").click();
    await vi.waitUntil(() => asked.includes("retry b1"));
    await view.showBackfills([backfillOf({ status: "succeeded", ...ended })]);
    expect(backfills()).toEqual([]);
  });

  test("changes the picture under the selection, which stays", async () => {
    const { view, active, caption } = await shown();
    await view.select(readings, "2026-01-10");
    const before = active();
    await view.update([{ asset: readings, ranges: rangesOf("m120") }]);
    expect(active()).toBe("2026-01-10, materialized");
    expect(before).toBe("2026-01-10, failed");
    expect(caption()).toBe("daily_readings · 2026-01-10 · materialized");
  });
});

test("the tooltip tells why a partition failed and where, and what is there of the run before", () => {
  const details = {
    ...{ materializedAt: "2026-03-01T10:00:00Z", rows: 1204, durationMs: 840, runId: "7", reason: null },
    error: { message: "the file is empty", file: "daily.ts", line: 8, column: 3, stack: null },
  };
  const lines = (known: Parameters<typeof tooltipLines>[3]) =>
    tooltipLines(readings, "2026-01-10", "failed", known, now).map(it => it.text);
  expect(lines(details).slice(0, -1)).toEqual([
    "2026-01-10",
    readings,
    "failed",
    "the file is empty (daily.ts:8)",
    "2 h ago · 1,204 rows · 840 ms",
  ]);
  const stale = { ...details, error: null, reason: "raw is newer" };
  expect(lines(stale).slice(3, 5)).toEqual(["raw is newer", "2 h ago · 1,204 rows · 840 ms"]);
  expect(lines(null)).toEqual(["2026-01-10", readings, "failed"]);
});

describe("the picture", () => {
  test("comes back after a reload with what was selected and looked at", async () => {
    const first = await shown();
    await first.view.select("weather/region_days" as AssetKey, null);
    first.press("Enter");
    first.press("ArrowDown");
    first.press("ArrowLeft", { shiftKey: true });
    const second = await shown({}, first.memory());
    expect(second.lines()).toEqual(first.lines());
    expect(second.caption()).toBe(first.caption());
  });

  test("says why there is nothing to see, and what to do about it", async () => {
    const { view, document, asked, button } = await shown();
    await view.show({ now, rows: [] });
    expect(document.querySelector(".empty")?.textContent).toContain("No asset has partitions yet.");
    await view.showEmpty("The engine does not run.", "Try again");
    button("Try again").click();
    await vi.waitUntil(() => asked.includes("takeAction"));
  });

  test("filters by name and group", async () => {
    const { document, lines } = await shown();
    const field = document.querySelector<HTMLInputElement>(".search input") as HTMLInputElement;
    field.value = "stations";
    field.dispatchEvent(new (document.defaultView as Window & typeof globalThis).Event("input"));
    expect(lines().map(it => it.split(",")[0])).toEqual(["stations/by_region", "stations/by_operator"]);
    expect(document.querySelector(".found")?.textContent).toBe("2 of 10");
  });

  test("of dynamic partitions shows the keys that there are now", async () => {
    const { view, active } = await shown();
    await view.select("stations/by_operator" as AssetKey, "knmi");
    expect(active()).toBe("knmi, stale");
  });

  test("keeps few elements for readers, however many assets and partitions there are", async () => {
    const { view, document } = await shown();
    await view.show(largePartitions(90, now));
    expect(document.querySelectorAll('[role="row"]').length).toBe(60);
    expect(document.querySelector('[role="grid"]')?.getAttribute("aria-rowcount")).toBe("90");
    expect(document.querySelector('[role="grid"]')?.getAttribute("aria-colcount")).toBe("100020");
  });

  test("refuses a message that makes no sense, with its place", async () => {
    const { view } = await shown();
    const ranges = [{ first: 5, last: 3, state: "materialized" as const }];
    await expect(view.update([{ asset: readings, ranges }])).rejects.toThrow(
      "update: row 0: the range 5 to 3 is out of order; send ranges from left to right.",
    );
    const unknown = [{ first: 0, last: 3, state: "<b>" as never }];
    await expect(view.update([{ asset: readings, ranges: unknown }])).rejects.toThrow("send one of");
  });
});

async function shown(answers: Partial<PartitionsHost> = {}, remembered: unknown = null) {
  const { window } = new JSDOM("<body></body>", { pretendToBeVisual: true });
  const { document } = window;
  const [ours, theirs] = ports();
  const asked: string[] = [];
  const requests: (BackfillRequest & { does: "plan" | "launch" })[] = [];
  const host: PartitionsHost = {
    ready: () => {},
    details: async () => ({
      materializedAt: "2026-03-01T10:00:00Z",
      rows: 1204,
      durationMs: 840,
      runId: "run-7",
      error: null,
      reason: null,
    }),
    async plan(request) {
      requests.push({ does: "plan", ...request });
      return planned;
    },
    async launch(request) {
      requests.push({ does: "launch", ...request });
      return { backfillId: "b1" };
    },
    act: async (id, action) => void asked.push(`${action} ${id}`),
    openRun: id => void asked.push(`openRun ${id}`),
    openSource: asset => void asked.push(`openSource ${asset}`),
    takeAction: () => void asked.push("takeAction"),
    ...answers,
  };
  const view: Remote<PartitionsView> = connect<PartitionsHost, PartitionsView>(theirs, host);
  const memory = {
    read: () => remembered,
    write: (state: unknown) => {
      remembered = structuredClone(state);
    },
  };
  startPartitions(document.body, ours, memory, stillBrowser({ width: 1200, height: 600 }, now));
  await view.show(weatherPartitions(now));
  const grid = document.querySelector('[role="grid"]') as HTMLElement;
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map(it => it.textContent ?? "");

  return {
    view,
    document,
    asked,
    requests,
    memory: () => remembered,
    said: () => document.querySelector(".stage [aria-live]")?.textContent ?? "",
    caption: () => document.querySelector(".caption")?.textContent ?? "",
    lines: () => texts('[role="rowheader"]'),
    backfills: () => texts(".backfill .what").map((it, at) => it + texts(".backfill .words")[at]),
    active: () =>
      document.getElementById(grid.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "",
    button: (label: string, selector = "button") =>
      [...document.querySelectorAll<HTMLButtonElement>(selector)].find(
        it => it.getAttribute("aria-label") === label || it.textContent === label,
      ) as HTMLButtonElement,
    box: (label: string) =>
      [...document.querySelectorAll(".checkbox")]
        .find(it => it.textContent?.startsWith(label))
        ?.querySelector("input") as HTMLInputElement,
    /** Answers whether the picture took the key. */
    press(name: string, keys: KeyboardEventInit = {}, target: HTMLElement = grid) {
      return !target.dispatchEvent(
        new window.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...keys }),
      );
    },
  };
}

const planned: BackfillPlan = {
  targets: [
    {
      asset: readings,
      ranges: [{ first: 70, last: 72 }],
      partitions: "2026-03-12 … 2026-03-14",
      missing: 2,
      failed: 1,
      stale: 0,
      done: 0,
    },
  ],
  runs: 2,
  estimatedMs: 90_000,
  notes: [],
};

function backfillOf(parts: Partial<BackfillSummary>): BackfillSummary {
  return {
    id: "b1",
    status: "running",
    environment: "dev",
    selection: readings,
    partitions: "2026-01-01 … 2026-01-31 (31)",
    requestedBy: "click",
    createdAt: "2026-03-01T11:58:00Z",
    endedAt: null,
    progress: [{ asset: readings, targeted: 31, materialized: 12, running: 4, failed: 2, skipped: 0 }],
    failures: [],
    error: null,
    ...parts,
  };
}

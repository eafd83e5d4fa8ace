import { JSDOM } from "jsdom";
import { describe, expect, test, vi } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { RunSummary } from "../../src/model/run.ts";
import { connect, type Remote } from "../../src/protocol/channel.ts";
import type { RunsHost, RunsView } from "../../src/protocol/runs.ts";
import { largeRuns, logOf, type RunSample, weatherRuns } from "../../webview/preview/runSamples.ts";
import { startRuns } from "../../webview/runs/runs.ts";
import { stillBrowser } from "../../webview/shared/browser.ts";
import { ports } from "../support/ports.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

describe("the keyboard", () => {
  test("moves from lane to lane and from run to run, and the grid follows", async () => {
    const { press, active, said } = await shown();
    press("ArrowDown");
    expect(active()).toBe("Run 91, waits for run 90, which writes weather/daily_readings · click");
    press("ArrowDown");
    expect(active()).toContain("Run 79, queued");
    press("ArrowLeft", { ctrlKey: true });
    expect(active()).toContain("Run 44, failed · 20 s");
    press("Home");
    press("ArrowLeft");
    expect(said()).toBe("Nothing further on.");
  });

  test("goes with Enter to the steps, over them with the arrows, and back with Escape", async () => {
    const { view, press, document, step, asked, texts } = await shown();
    await view.select("14", null);
    press("Enter");
    const steps = document.activeElement as HTMLElement;
    expect(steps.getAttribute("role")).toBe("listbox");
    press("ArrowDown", {}, steps);
    expect(step()).toBe("raw_weather_data, materialized, 3.1 s · 4,810 rows, on the critical path");
    press("End", {}, steps);
    expect(step()).toContain("station_coverage, skipped, validated_readings failed, after");
    press("m", {}, steps);
    press("Enter", {}, steps);
    await vi.waitUntil(() => asked.length >= 2);
    expect(asked.slice(-2)).toEqual(["materialize station_coverage", "openSource station_coverage"]);
    press("ArrowLeft", {}, steps);
    expect(texts(".details-head h2")).toEqual(["Run 13: +station_coverage"]);
    expect(document.activeElement).toBe(steps);
    press("Escape", {}, steps);
    expect(document.activeElement?.getAttribute("role")).toBe("treegrid");
  });

  test("opens and closes a backfill with Space, which says so", async () => {
    const { view, press, said, lanes } = await shown();
    await view.select("44", null);
    expect(lanes()[1]).toMatch(/^false Backfill weather\/daily_readings/);
    press(" ");
    expect(said()).toBe("weather/daily_readings is open.");
    expect(lanes()[1]).toMatch(/^true /);
    expect(lanes()[0]).toMatch(/^null weather\/daily_readings, 1 run: 1 queued/);
  });

  test("retries what failed with R, and selects the new run when it is there", async () => {
    const { view, press, asked, active, sample } = await shown();
    await view.select("14", null);
    press("r");
    await vi.waitUntil(() => asked.includes("retry 14 left"));
    const next = {
      ...(sample.runs.find(it => it.id === "14") as RunSummary),
      id: "200",
      status: "running" as const,
    };
    await view.update([{ ...next, endedAt: null, createdAt: new Date(now).toISOString() }], []);
    expect(active()).toContain("Run 200, running");
  });

  test("leaves keys in fields alone, and filters with Slash", async () => {
    const { press, document, lanes, found } = await shown();
    press("/");
    const field = document.activeElement as HTMLInputElement;
    expect(field.getAttribute("aria-label")).toBe("Filter by words");
    expect(press("n", {}, field)).toBe(false);
    field.value = "currency";
    field.dispatchEvent(
      new (document.defaultView as never as typeof globalThis).Event("input", { bubbles: true }),
    );
    expect(lanes()).toEqual(["null currency_rates, 1 run: 1 succeeded"]);
    expect(found()).toBe("1 of 70");
  });
});

describe("a run that is looked at", () => {
  test("is told to the host, and shown with its steps, its error, its checks and its log", async () => {
    const { view, asked, document, texts } = await shown();
    await view.select("14", "validated_readings" as AssetKey);
    await vi.waitUntil(() => texts(".log-row").length > 0);
    expect(asked).toContain("look 14");
    expect(texts(".details-head h2")).toEqual(["Run 14: +station_coverage"]);
    expect(texts(".gantt .row .name")).toContain("city_aggregates");
    expect(texts(".facts .fact-error p")[0]).toContain('column "city" is null');
    expect(texts(".facts .link")).toEqual(["assets/phase3Partitions.ts:41"]);
    expect(texts(".fact-checks li")).toEqual([
      "failed: notNull(city): 3 rows (blocking)",
      "plausible (warning)",
    ]);
    expect(texts(".facts > .quiet")).toEqual([
      "Critical path: raw_weather_data → stg_readings → fct_station_hours, 12 s of 14 s",
    ]);
    (document.querySelector(".facts .link") as HTMLElement).click();
    await vi.waitUntil(() => asked.at(-1) === "openError 14 14.2");
    expect(document.querySelector(".log-row.is-marked .who")?.textContent).toBe("validated_readings");
  });

  test("offers what can be done in its state", async () => {
    const { view, buttons, asked } = await shown();
    const offered = async (id: string) => {
      await view.select(id, null);
      return [...buttons().keys()];
    };
    const always = ["Copy the run's id", "Open the log as a file", "Close"];
    expect(await offered("90")).toEqual(["Cancel", ...always]);
    expect(await offered("14")).toEqual(["Retry what failed", "Run all again", ...always]);
    expect(await offered("11")).toEqual(["Run all again", ...always]);
    buttons().get("Run all again")?.click();
    await view.select("90", null);
    buttons().get("Cancel")?.click();
    await vi.waitUntil(() => asked.at(-1) === "cancel 90");
    expect(asked).toContain("retry 11 all");
  });

  test("is told what it says as it says it; another run's lines are not its own", async () => {
    const { view, texts } = await shown();
    await view.select("90", null);
    await vi.waitUntil(() => texts(".log-row").length > 0);
    const line = {
      at: new Date(now).toISOString(),
      level: "warn" as const,
      asset: null,
      message: "hot\nhotter",
    };
    await view.appendLog("90", [line]);
    await view.appendLog("14", [{ ...line, message: "elsewhere" }]);
    expect(texts(".log-row .said").slice(-2)).toEqual(["warn: hot", "hotter"]);
  });

  test("says to screen readers how it ended, while others say nothing", async () => {
    const { view, said, sample } = await shown();
    await view.select("90", null);
    const changed = (id: string, status: RunSummary["status"]) => {
      const run = sample.runs.find(it => it.id === id) as RunSummary;
      return view.update([{ ...run, status, endedAt: new Date(now).toISOString() }], []);
    };
    await changed("91", "failed");
    expect(said()).toBe("");
    await changed("90", "succeeded");
    expect(said()).toBe("Run 90: succeeded.");
  });

  test("has only those lines in the document that are in view", async () => {
    const { view, texts, sample } = await shown();
    await view.select("90", null);
    const [line] = logOf(sample.runs.find(it => it.id === "11") as RunSummary);
    await view.showDetails(
      "90",
      [],
      Array.from({ length: 50_000 }, (_, at) => ({
        ...(line as never as object),
        message: `line ${at}`,
      })) as never,
    );
    expect(texts(".log-row").length).toBeLessThan(120);
  });

  test("tells a refusal where one looks, and to screen readers", async () => {
    const { view, press, said, caption } = await shown({ refuses: "Run 14 left nothing to retry." });
    await view.select("14", null);
    press("r");
    await vi.waitUntil(() => said() !== "");
    expect(said()).toBe("Run 14 left nothing to retry.");
    expect(caption()).toBe("Run 14 left nothing to retry.");
  });
});

describe("the picture", () => {
  test("is drawn again where it was after a reload", async () => {
    const first = await shown();
    await first.view.select("44", null);
    first.press(" ");
    first.press("+");
    const again = await shown({ memory: first.memory() });
    expect(again.active()).toContain("Run 44, failed");
    expect(again.lanes()[1]).toMatch(/^true /);
    expect(again.memory()).toEqual(first.memory());
  });

  test("says that nothing has run, that nothing passes the filter, and what the host says", async () => {
    const { view, texts, document } = await shown({
      sample: { runs: [], backfills: [], details: new Map() },
    });
    expect(texts(".empty p")).toEqual(["Nothing has run yet. Materialize an asset, and watch it here."]);
    await view.show(weatherRuns(now).runs, []);
    expect(texts(".empty p")).toEqual([]);
    const states = document.querySelector('[aria-label="State"]') as HTMLSelectElement;
    states.value = "failed";
    const assets = document.querySelector('[aria-label="Asset"]') as HTMLSelectElement;
    assets.value = "currency_rates";
    assets.dispatchEvent(new (document.defaultView as never as typeof globalThis).Event("change"));
    expect(texts(".empty p")).toEqual(["No run passes the filter."]);
    (document.querySelector(".empty button") as HTMLElement).click();
    expect(texts(".empty p")).toEqual([]);
    await view.showEmpty("No folder is open.", "Open folder");
    expect(texts(".empty p")).toEqual(["No folder is open."]);
  });

  test("holds few elements, however many runs there are", async () => {
    const { document } = await shown({ sample: largeRuns(2_000, now) });
    expect(document.querySelectorAll("*").length).toBeLessThan(900);
  });

  test("refuses messages that are not in the form it knows, with the place", async () => {
    const { view } = await shown();
    const [run] = weatherRuns(now).runs;
    await expect(view.update([{ ...(run as RunSummary), status: "done" as never }], [])).rejects.toThrow(
      'update: run 0: status is "done"; send one of queued, dispatched',
    );
    await expect(view.update([{ ...(run as RunSummary), createdAt: "today" }], [])).rejects.toThrow(
      'update: run 0: createdAt is "today"; send an instant in ISO 8601.',
    );
    await expect(view.select("", null)).rejects.toThrow("select: run is empty");
  });
});

async function shown({
  sample = weatherRuns(now),
  memory: remembered = null,
  refuses = null,
}: {
  sample?: RunSample;
  memory?: unknown;
  refuses?: string | null;
} = {}) {
  const { window } = new JSDOM("<body></body>", { pretendToBeVisual: true });
  const { document } = window;
  const [ours, theirs] = ports();
  const asked: string[] = [];
  const note =
    (name: string) =>
    async (...args: unknown[]) => {
      asked.push([name, ...args].join(" "));
    };
  const view: Remote<RunsView> = connect<RunsHost, RunsView>(theirs, {
    ready() {},
    look(runId) {
      asked.push(`look ${runId}`);
      const run = sample.runs.find(it => it.id === runId);
      if (run) void view.showDetails(run.id, sample.details.get(run.id) ?? [], logOf(run));
    },
    cancel: note("cancel"),
    async retry(runId, scope) {
      if (refuses !== null) throw new Error(refuses);
      asked.push(`retry ${runId} ${scope}`);
      return { runId: "200" };
    },
    materialize: note("materialize"),
    copy: note("copy"),
    openSource: note("openSource"),
    openError: note("openError"),
    openLog: note("openLog"),
    takeAction: note("takeAction"),
  });
  let kept = remembered;
  const memory = {
    read: () => kept,
    write: (state: unknown) => {
      kept = structuredClone(state);
    },
  };
  startRuns(document.body, ours, memory, stillBrowser({ width: 1200, height: 400 }, now));
  await view.show(sample.runs, sample.backfills);
  const grid = document.querySelector('[role="treegrid"]') as HTMLElement;
  const texts = (selector: string) =>
    [...document.querySelectorAll(selector)].map(it => it.textContent ?? "");
  const activeOf = (of: Element | null) =>
    document.getElementById(of?.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "";

  return {
    view,
    document,
    asked,
    sample,
    texts,
    memory: () => kept,
    active: () => activeOf(grid),
    step: () => activeOf(document.querySelector('[role="listbox"]')),
    said: () => document.querySelector(".stage [aria-live]")?.textContent ?? "",
    caption: () => document.querySelector(".caption")?.textContent ?? "",
    found: () => document.querySelector(".toolbar .found")?.textContent ?? "",
    lanes: () =>
      [...document.querySelectorAll(".twin-row")].map(
        it => `${it.getAttribute("aria-expanded")} ${it.querySelector('[role="rowheader"]')?.textContent}`,
      ),
    buttons: () =>
      new Map(
        [...document.querySelectorAll<HTMLButtonElement>(".details-head button")]
          .filter(it => !it.hasAttribute("hidden"))
          .map(it => [it.getAttribute("aria-label") ?? "", it]),
      ),
    /** Answers whether the picture took the key. */
    press(name: string, keys: KeyboardEventInit = {}, target: HTMLElement = grid) {
      return !target.dispatchEvent(
        new window.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...keys }),
      );
    },
  };
}

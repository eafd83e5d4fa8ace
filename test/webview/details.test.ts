import { JSDOM } from "jsdom";
import { describe, expect, test, vi } from "vitest";
import type { AssetDetails } from "../../src/model/assetDetails.ts";
import { connect } from "../../src/protocol/channel.ts";
import type { DetailsHost, DetailsSurroundings, DetailsView } from "../../src/protocol/details.ts";
import { startDetails } from "../../webview/details/details.ts";
import { resultText, stateText } from "../../webview/details/words.ts";
import { compiledText, detailSample } from "../../webview/preview/detailSamples.ts";
import { stillBrowser } from "../../webview/shared/browser.ts";
import { ports } from "../support/ports.ts";

const now = Date.parse("2026-02-01T12:00:00Z");
const model = sample("model");

describe("the page of a dbt model", () => {
  test("shows its state, its columns with what tests them, its checks, its neighbours and its SQL", async () => {
    const { document, view } = await page();
    await view.show(model, around);
    await view.showSql(model.asset, sql);
    expect(text(document, "h1")).toBe("daily_weather_summary");
    expect(text(document, ".state-words")).toBe("stale: stg_readings is stale: raw/readings is newer");
    expect(texts(document, ".stats dd")).toEqual(["2 h ago", "4,810", "1.2 s", "due soon since 1 h ago"]);
    expect(text(document, ".partitions .words")).toBe("27 of 31 partitions · 2 failed · 3 stale");
    expect(texts(document, ".columns tbody th")).toEqual([
      "city",
      "day",
      "celsius",
      "most_humid",
      "readings",
    ]);
    const chips = [...(document.querySelectorAll(".columns tr")[1]?.querySelectorAll(".chip") ?? [])];
    expect(chips.map(it => it.textContent)).toEqual(["✓not_null", "✗relationships"]);
    expect(chips[1]?.getAttribute("aria-label")).toMatch(
      /relationships_daily.*: failed: Got 3 results.* · 2 h ago/,
    );
    expect(texts(document, ".upstream .name")).toEqual(["stg_readings", "cities"]);
    expect(document.querySelector(".upstream button")?.getAttribute("aria-label")).toBe(
      "stg_readings, stale",
    );
    expect(text(document, ".sql code")).toBe(compiledText);
    expect(text(document, ".description strong")).toBe("city and day");
  });

  test("hands on what is clicked: neighbours, runs, checks, rules, places", async () => {
    const { document, view, asked, click } = await page();
    await view.show(model, around);
    for (const selector of [".downstream button", ".run-button", ".history li button", ".checks li .link"])
      click(selector);
    click('[aria-label="Run celsius_is_plausible"]');
    for (const name of ["daily from 2026-01-01", "eager"])
      [...document.querySelectorAll<HTMLElement>(".facts .link")]
        .find(it => it.textContent === name)
        ?.click();
    await vi.waitUntil(() => asked.length === 8);
    expect(asked).toEqual([
      "ready null",
      "look reports/city_report",
      "act showRun",
      "openRun 412",
      "openCheck not_null",
      "runCheck range",
      "act showPartitions",
      "act showWhy",
    ]);
  });

  test("unfolds the way to the cause, and leads to each asset on it", async () => {
    const { document, view, asked, click } = await page();
    await view.show(model, around);
    expect(document.querySelectorAll(".stale-path li")).toHaveLength(0);
    click(".why-button");
    expect(texts(document, ".stale-path li")).toEqual([
      "daily_weather_summary 2026-01-31 stg_readings 2026-01-31 is stale",
      "stg_readings 2026-01-31 raw/readings 2026-01-31 is newer",
    ]);
    expect(document.querySelector(".why-button")?.getAttribute("aria-expanded")).toBe("true");
    click(".stale-path li:last-child button");
    await vi.waitUntil(() => asked.includes("look stg_readings"));
  });

  test("brings a column's test into view among the checks", async () => {
    const { document, view, click } = await page();
    await view.show(model, around);
    click(".columns tr:nth-child(2) .chip");
    expect(document.activeElement?.textContent).toBe("not_null_daily_weather_summary_day");
  });

  test("marks the checks that are being run, and then their result", async () => {
    const { document, view } = await page();
    await view.show(model, around);
    await view.showRunning(["range"]);
    const row = [...document.querySelectorAll(".checks li")].find(it =>
      /plausible/.test(it.textContent ?? ""),
    );
    expect(row?.textContent).toBe("▸celsius_is_plausiblerunningRun celsius_is_plausible");
    expect(document.querySelector<HTMLButtonElement>(".checks .tools button")?.disabled).toBe(true);
    await view.showRunning([]);
    expect(row?.textContent).toContain("not run yet · warns only");
  });
});

describe("the page of an asset", () => {
  test("announces what it shows, and says the same no second time", async () => {
    const { document, view } = await page();
    const said = () => text(document, ".for-readers");
    await view.show(sample("typescript"), around);
    expect(said()).toBe("weather/daily_city_averages: running 14 s");
    const later = sample("typescript");
    const since = new Date(now - 20_000).toISOString();
    await view.show({ ...later, state: later.state && { ...later.state, since } }, around);
    expect(said()).toBe("weather/daily_city_averages: running 14 s");
    await view.show({ ...later, state: later.state && { ...later.state, state: "materialized" } }, around);
    expect(said()).toBe("weather/daily_city_averages: materialized");
  });

  test("takes the keyboard along to an asset that was clicked, and leaves it where it is else", async () => {
    const { document, view, click, asked } = await page();
    await view.show(model, around);
    click(".upstream button");
    await vi.waitUntil(() => asked.includes("look stg_readings"));
    await view.show(sample("typescript"), { ...around, canGoBack: true });
    expect(document.activeElement?.tagName).toBe("H1");
    (document.activeElement as HTMLElement).blur();
    await view.show(model, around);
    expect(document.activeElement?.tagName).toBe("BODY");
  });

  test("has keys for what its buttons do, where they may be pressed", async () => {
    const { view, asked, press } = await page();
    await view.show(model, { ...around, canGoBack: true });
    press("m");
    press("M", { shiftKey: true });
    press("r");
    press("o");
    press("ArrowLeft", { altKey: true });
    await vi.waitUntil(() => asked.length === 6);
    expect(asked.slice(1)).toEqual([
      ...["act materialize", "act materializeWithUpstream", "act showRows", "act openSource", "back"],
    ]);
    await view.show(model, { ...around, canRun: false });
    for (const key of ["m", "r", "o"]) press(key);
    await vi.waitUntil(() => asked.length === 7);
    expect(asked.at(-1)).toBe("act openSource");
  });

  test("starts nothing in Restricted Mode, and says so", async () => {
    const { document, view } = await page();
    await view.show(model, { ...around, canRun: false, notice: "In Restricted Mode no process is started." });
    await view.showSql(model.asset, sql);
    const labels = ["Materialize", "With upstream", "Rows", "Run all", "Compile"];
    const found = [...document.querySelectorAll("button")].filter(it =>
      labels.includes(it.getAttribute("aria-label") ?? ""),
    );
    expect(found.map(it => [it.textContent, it.disabled])).toEqual(labels.map(it => [it, true]));
    expect(text(document, ".notice")).toBe("In Restricted Mode no process is started.");
    expect(texts(document, ".facts .link")).not.toContain("eager");
  });

  test("cuts long lists, and shows them to their end when asked", async () => {
    const { document, view, click } = await page();
    await view.show(sample("wide"), around);
    expect(document.querySelectorAll(".columns tbody tr")).toHaveLength(40);
    expect(text(document, ".columns .more")).toBe("260 more");
    click(".columns .more");
    expect(document.querySelectorAll(".columns tbody tr")).toHaveLength(300);
    expect(text(document, ".downstream .more")).toBe("976 more in the lineage");
    expect(text(document, "#title-downstream .number")).toBe(" 1,000");
  });

  test("keeps over a reload what it shows, and whether it stays", async () => {
    const { view, memory } = await page();
    await view.show(model, { ...around, isKept: true });
    const kept = { root: "/weather", asset: "daily_weather_summary", isKept: true };
    expect(memory.written).toEqual(kept);
    const again = await page(kept);
    expect(again.asked).toEqual([`ready ${JSON.stringify(kept)}`]);
    const broken = await page({ root: 1, asset: null });
    expect(broken.asked).toEqual(["ready null"]);
  });

  test("leaves out what an exposure or a source has not", async () => {
    const { document, view } = await page();
    const shownParts = () =>
      [...document.querySelectorAll("section:not([hidden])")].map(it => it.className.replace("part ", ""));
    await view.show(sample("exposure"), around);
    expect(shownParts()).toEqual(["facts", "upstream"]);
    await view.show(sample("source"), around);
    expect(shownParts()).toEqual(["columns", "checks", "facts", "downstream"]);
  });

  test("refuses a message that it does not understand, and says what to send", async () => {
    const { view } = await page();
    await expect(view.show({ ...model, kind: "table" as never }, around)).rejects.toThrow(
      "send one of typescript",
    );
    await expect(view.show({ ...model, checks: [{ id: "a" }] as never }, around)).rejects.toThrow(
      "check: name",
    );
    await expect(view.showRunning("all" as never)).rejects.toThrow("send a list");
  });
});

describe("words", () => {
  test("say how a check came out, and how much of it", () => {
    const [check] = model.checks;
    if (!check?.result) throw new Error("The sample has no check with a result.");
    const of = (result: Partial<typeof check.result>) =>
      resultText(
        { ...check, result: { ...(check.result as NonNullable<typeof check.result>), ...result } },
        false,
        now,
      );
    expect(of({})).toBe("passed · 2 h ago");
    expect(of({ status: "failed", failedRows: 3 })).toBe("failed for 3 rows · 2 h ago");
    expect(of({ status: "warned", failedRows: 1, message: "1 row is late\nsee log" })).toBe(
      "warns: 1 row is late · 2 h ago",
    );
    expect(of({ status: "failed", failedPartitions: 2 })).toBe("failed in 2 partitions · 2 h ago");
  });

  test("say of what is outside that somebody else fills or reads it", () => {
    expect(stateText(sample("source"), now)).toBe("filled by somebody else");
    expect(stateText(sample("exposure"), now)).toBe("reads what is upstream");
  });
});

const around: DetailsSurroundings = {
  ...{ root: "/weather", canRun: true, isAsking: false, notice: null, isKept: false, canGoBack: false },
};

const sql = { text: compiledText, compiledAt: null, isOutdated: false, isCompiling: false, error: null };

function sample(name: string): AssetDetails {
  return detailSample(name, now) as AssetDetails;
}

async function page(remembered: unknown = null) {
  const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
  const { document } = window;
  const [here, there] = ports();
  const asked: string[] = [];
  const note =
    (what: string) =>
    (...args: unknown[]) =>
      void asked.push(
        [what, ...args.map(it => (typeof it === "string" ? it : JSON.stringify(it)))].join(" "),
      );
  const view = connect<DetailsHost, DetailsView>(there, {
    ...{ ready: note("ready"), look: note("look"), back: note("back"), keep: note("keep"), act: note("act") },
    ...{ openRun: note("openRun"), runCheck: note("runCheck"), openCheck: note("openCheck") },
    takeAction: note("takeAction"),
  });
  const memory = {
    written: null as unknown,
    read: () => remembered,
    write(state: unknown) {
      memory.written = state;
    },
  };
  startDetails(document.body, here, memory, stillBrowser({ width: 900, height: 700 }, now));
  await vi.waitUntil(() => asked.length === 1);
  return {
    ...{ document, view, asked, memory },
    click: (selector: string) => document.querySelector<HTMLElement>(selector)?.click(),
    press(key: string, more: KeyboardEventInit = {}) {
      const event = new window.KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
      document.body.dispatchEvent(event);
    },
  };
}

function text(document: Document, selector: string): string | null | undefined {
  return document.querySelector(selector)?.textContent;
}

function texts(document: Document, selector: string): (string | null)[] {
  return [...document.querySelectorAll(selector)].map(it => it.textContent);
}

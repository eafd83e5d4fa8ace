import { JSDOM } from "jsdom";
import { describe, expect, test, vi } from "vitest";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { connect, type Remote } from "../../src/protocol/channel.ts";
import type { LineageHost, LineageView } from "../../src/protocol/lineage.ts";
import { startLineage } from "../../webview/lineage/lineage.ts";
import { largeSample, mixedSample } from "../../webview/preview/samples.ts";
import { stillBrowser } from "../../webview/shared/browser.ts";
import { ports } from "../support/ports.ts";

const now = Date.parse("2026-03-01T12:00:00Z");

describe("the keyboard", () => {
  test("walks along the edges, and the list follows", async () => {
    const { press, active } = await shownPicture();
    press("ArrowDown");
    expect(active()).toContain("noaa.stations");
    press("ArrowRight");
    expect(active()).toContain("stg_stations");
    press("ArrowUp");
    expect(active()).toContain("raw_weather_data");
    press("ArrowRight");
    expect(active()).toContain("validated_readings");
    press("ArrowLeft");
    expect(active()).toContain("raw_weather_data");
  });

  test("says which neighbour it came to, and where there is none", async () => {
    const { view, press, said } = await shownPicture();
    await view.select(key("city_aggregates"));
    press("ArrowLeft");
    expect(said()).toBe("Upstream of city_aggregates, 1 of 1.");
    press("ArrowLeft");
    press("ArrowLeft");
    press("ArrowLeft");
    expect(said()).toBe("Nothing upstream of noaa.stations.");
  });

  test("opens the source with Enter, and materializes with M", async () => {
    const { view, press, asked } = await shownPicture();
    await view.select(key("city_aggregates"));
    press("Enter");
    press("m");
    press("M", { shiftKey: true });
    await vi.waitUntil(() => asked.length === 3);
    expect(asked).toEqual([
      "openSource city_aggregates",
      "materialize city_aggregates",
      "materialize city_aggregates with upstream",
    ]);
  });

  test("asks to materialize neither a source nor nothing", async () => {
    const { view, press, asked, button } = await shownPicture();
    press("m");
    await view.select(key("noaa.stations"));
    press("m");
    press("Enter");
    await vi.waitUntil(() => asked.length > 0);
    expect(asked).toEqual(["openSource noaa.stations"]);
    expect(button("Materialize").disabled).toBe(true);
  });

  test("shows details with I or the button, also of a source, and tells what the user selects", async () => {
    const chosen: string[] = [];
    const { view, press, asked, button } = await shownPicture(mixedSample(now), {
      choose: asset => void chosen.push(asset),
    });
    expect(button("Details").disabled).toBe(true);
    await view.select(key("noaa.stations"));
    press("i");
    button("Details").click();
    await vi.waitUntil(() => asked.length === 2);
    expect(asked).toEqual(["showDetails noaa.stations", "showDetails noaa.stations"]);
    // What the editor selects, it knows already.
    expect(chosen).toEqual([]);
    press("ArrowRight");
    await vi.waitUntil(() => chosen.length === 1);
    expect(chosen).not.toContain("noaa.stations");
  });

  test("leaves chords to the editor", async () => {
    const { view, press, asked } = await shownPicture();
    await view.select(key("city_aggregates"));
    expect(press("m", { ctrlKey: true })).toBe(false);
    expect(press("ArrowLeft", { metaKey: true })).toBe(false);
    await view.select(key("city_aggregates"));
    expect(asked).toEqual([]);
  });

  test("fits the whole picture with Home", async () => {
    const { view, press, transform } = await shownPicture();
    const whole = transform();
    press("+");
    press("+");
    expect(transform()).not.toBe(whole);
    press("Home");
    expect(transform()).toBe(whole);
    await view.select(null);
  });

  test("goes from slash to the filter and from the filter back to the picture", async () => {
    const { document, press, field, list } = await shownPicture();
    press("/");
    expect(document.activeElement).toBe(field);
    press("Enter", {}, field);
    expect(document.activeElement).toBe(list);
  });
});

describe("the list for screen readers", () => {
  test("names each asset with its state in words and its neighbours", async () => {
    const { options } = await shownPicture();
    expect(options()).toContain(
      'validated_readings, TypeScript asset, group weather, failed: column "city" is null (row 812), 1 upstream, 2 downstream',
    );
    expect(options()).toContain(
      "noaa.stations, source, group noaa, outside, not materialized here, 0 upstream, 2 downstream",
    );
    expect(options()).toContain(
      "weather/daily_readings, TypeScript asset, 27 of 31 · 2 failed, 1 upstream, 1 downstream",
    );
    expect(options()).toHaveLength(18);
  });

  test("is one stop of the tab key, with a name, a hint and one active option", async () => {
    const { document, view, list, active } = await shownPicture();
    expect(list.getAttribute("role")).toBe("listbox");
    expect(list.getAttribute("tabindex")).toBe("0");
    expect(list.getAttribute("aria-label")).toBe("Lineage of 18 assets");
    expect(document.getElementById(list.getAttribute("aria-describedby") ?? "")?.textContent).toContain(
      "upstream",
    );
    expect(list.hasAttribute("aria-activedescendant")).toBe(false);
    await view.select(key("stg_readings"));
    expect(active()).toContain("stg_readings");
    expect([...document.querySelectorAll('[aria-selected="true"]')].map(it => it.id)).toEqual([
      list.getAttribute("aria-activedescendant"),
    ]);
  });

  test("announces what was selected from outside", async () => {
    const { view, said } = await shownPicture();
    await view.select(key("forecast"));
    expect(said()).toBe(
      "Selected forecast, TypeScript asset, group forecast, 5 h ago · 96 rows, 1 upstream, 0 downstream.",
    );
  });

  test("follows the states", async () => {
    const { view, options } = await shownPicture();
    const [state] = mixedSample(now).states;
    const since = new Date(now - 12_000).toISOString();
    await view.showStates([{ ...(state as NonNullable<typeof state>), state: "running", since }]);
    expect(options().find(it => it.startsWith("raw_weather_data"))).toContain("running 12 s");
  });

  test("of thousands holds those around the selected one, and tells how many there are", async () => {
    const { view, document, list, active } = await shownPicture(largeSample(3_000, now));
    const last = [...document.querySelectorAll('[role="option"]')].length;
    expect(last).toBe(400);
    await view.select(key("domain_24/members_2998"));
    expect(active()).toContain("domain_24/members_2998");
    const option = document.getElementById(list.getAttribute("aria-activedescendant") ?? "");
    expect(option?.getAttribute("aria-setsize")).toBe("3000");
    expect(Number(option?.getAttribute("aria-posinset"))).toBeGreaterThan(1);
  });
});

describe("the pointer", () => {
  test("selects and shows the source with a click, opens it with two, and lets go beside the cards", async () => {
    const { click, asked, active, list } = await shownPicture();
    click("validated_readings");
    expect(active()).toContain("validated_readings");
    click("validated_readings", "dblclick");
    await vi.waitUntil(() => asked.length === 2);
    expect(asked).toEqual(["showSource validated_readings", "openSource validated_readings"]);
    click(null);
    expect(list.hasAttribute("aria-activedescendant")).toBe(false);
  });

  test("lifts the path of what it hovers", async () => {
    const { click, document } = await shownPicture();
    click("validated_readings", "pointermove");
    const onPath = [...document.querySelectorAll(".card.on-path")].map(it => it.getAttribute("data-key"));
    expect(onPath.sort()).toEqual([
      "city_aggregates",
      "noaa.stations",
      "raw_weather_data",
      "station_coverage",
      "validated_readings",
      "weather_dashboard",
      "weekly_report",
    ]);
    click(null, "pointermove");
    expect(document.querySelector(".card.on-path")).toBeNull();
  });
});

describe("the toolbar", () => {
  test("filters by name and group, and says how many are left", async () => {
    const { document, type, cards } = await shownPicture();
    type("staging");
    expect(cards()).toEqual(["stg_readings", "stg_stations"]);
    expect(document.querySelector(".found")?.textContent).toBe("2 of 18");
    type("");
    expect(cards()).toHaveLength(18);
  });

  test("names a filter that matches nothing, and clears it", async () => {
    const { type, empty, button, cards } = await shownPicture();
    type("nonsense");
    expect(empty()).toBe("No asset matches “nonsense”.");
    button("Clear the filter", ".empty button").click();
    expect(empty()).toBe("");
    expect(cards()).toHaveLength(18);
  });

  test("materializes the selected asset", async () => {
    const { view, asked, button } = await shownPicture();
    expect(button("Materialize").disabled).toBe(true);
    await view.select(key("forecast"));
    button("Materialize").click();
    button("With upstream").click();
    await vi.waitUntil(() => asked.length === 2);
    expect(asked).toEqual(["materialize forecast", "materialize forecast with upstream"]);
  });

  test("says what the host refuses", async () => {
    const { view, press, said, document } = await shownPicture(mixedSample(now), {
      materialize: () => Promise.reject(new Error("No database runs. Start it with: millrace db start")),
    });
    await view.select(key("forecast"));
    press("m");
    await vi.waitUntil(() => said().includes("No database"));
    expect(document.querySelector(".caption")?.textContent).toBe(
      "No database runs. Start it with: millrace db start",
    );
  });
});

describe("what the host tells", () => {
  test("is asked for once the picture can show it", async () => {
    const { readyCalls, empty } = await startedPicture();
    expect(empty()).toBe("Reading the workspace …");
    await vi.waitUntil(() => readyCalls() === 1);
  });

  test("an empty workspace is named, with one thing to do", async () => {
    const { view, asked, empty, button } = await startedPicture();
    await view.show({ assets: [], edges: [] });
    expect(empty()).toBe("There are no assets in this workspace yet.");
    await view.showEmpty("No folder is open.", "Open folder");
    expect(empty()).toBe("No folder is open.");
    button("Open folder", ".empty button").click();
    await vi.waitUntil(() => asked.length === 1);
    expect(asked).toEqual(["takeAction"]);
    await view.show(mixedSample(now).graph);
    expect(empty()).toBe("");
  });

  test("a graph that comes back after an empty workspace is shown whole", async () => {
    const { view, press, transform, cards } = await shownPicture();
    const whole = transform();
    press("+");
    await view.showEmpty("No folder is open.", null);
    expect(cards()).toEqual([]);
    await view.show(mixedSample(now).graph);
    expect(transform()).toBe(whole);
    expect(cards()).toHaveLength(18);
  });

  test("a selection that came before the graph is marked when the graph comes", async () => {
    const { view, active } = await startedPicture();
    await view.select(key("forecast"));
    await view.show(mixedSample(now).graph);
    expect(active()).toContain("forecast");
  });

  test("a selection that the filter hides clears the filter", async () => {
    const { view, type, active, cards } = await shownPicture();
    type("staging");
    await view.select(key("forecast"));
    expect(active()).toContain("forecast");
    expect(cards()).toHaveLength(18);
  });

  test("that nothing is selected, again and again, does not take away what the user selected", async () => {
    const { view, press, active } = await shownPicture();
    await view.select(null);
    press("ArrowDown");
    await view.select(null);
    expect(active()).toContain("noaa.stations");
  });

  test("moves no card when an asset is added", async () => {
    const { view, document } = await shownPicture();
    const places = () =>
      new Map(
        [...document.querySelectorAll(".card")].map(it => [
          it.getAttribute("data-key"),
          it.getAttribute("transform"),
        ]),
      );
    const before = places();
    const { graph } = mixedSample(now);
    const asset = { ...(graph.assets[2] as (typeof graph.assets)[number]), key: key("zz_new") };
    const edges = [...graph.edges, { from: key("forecast"), to: key("zz_new"), kind: "input" as const }];
    await view.show({ assets: [...graph.assets, asset], edges });
    const after = places();
    expect(after.size).toBe(19);
    for (const [name, place] of before) expect([name, after.get(name)]).toEqual([name, place]);
  });

  test("in a form that is no graph is refused with what is wrong, and changes nothing", async () => {
    const { view, cards } = await shownPicture();
    const wrong = { assets: [{ key: "a", kind: "python", group: "default" }], edges: [] };
    await expect(view.show(wrong as never)).rejects.toThrow(
      'show: asset 0: kind is "python"; send one of typescript, dbt, source, exposure.',
    );
    await expect(view.show(null as never)).rejects.toThrow("show: graph is null; send an object.");
    await expect(view.showStates([{ asset: "a", state: "fine" }] as never)).rejects.toThrow(
      'state is "fine"',
    );
    await expect(view.select(7 as never)).rejects.toThrow("select: asset is number; send a text.");
    expect(cards()).toHaveLength(18);
  });
});

describe("what outlives a reload", () => {
  test("is the selection and the zoom, and nothing else", async () => {
    const first = await shownPicture();
    await first.view.select(key("forecast"));
    first.press("+");
    const written = first.memory();
    expect(Object.keys(written as object).sort()).toEqual(["selected", "zoom"]);

    const second = await shownPicture(mixedSample(now), {}, written);
    expect(second.active()).toContain("forecast");
    expect(second.transform()).toBe(first.transform());
  });

  test("in a form we do not know is as if there were nothing", async () => {
    const fresh = await shownPicture();
    for (const memory of ["text", { zoom: { x: 0, y: 0, k: 0 } }, { zoom: { x: "1" }, selected: 3 }]) {
      const { transform } = await shownPicture(mixedSample(now), {}, memory);
      expect(transform()).toBe(fresh.transform());
    }
  });
});

async function shownPicture(
  sample = mixedSample(now),
  answers: Partial<LineageHost> = {},
  memory: unknown = null,
) {
  const picture = await startedPicture(answers, memory);
  await picture.view.show(sample.graph);
  await picture.view.showStates(sample.states);
  return picture;
}

/** The whole picture in a document without a screen, and a host that writes down what it is asked. */
async function startedPicture(answers: Partial<LineageHost> = {}, memory: unknown = null) {
  const { window } = new JSDOM("<!doctype html><body></body>", { pretendToBeVisual: true });
  const { document } = window;
  const asked: string[] = [];
  let ready = 0;
  let remembered = memory;
  const [ours, theirs] = ports();
  const host: LineageHost = {
    ready: () => void ready++,
    choose: () => {},
    showDetails: asset => void asked.push(`showDetails ${asset}`),
    showSource: asset => void asked.push(`showSource ${asset}`),
    openSource: asset => void asked.push(`openSource ${asset}`),
    materialize: (asset, withUpstream) =>
      void asked.push(`materialize ${asset}${withUpstream ? " with upstream" : ""}`),
    takeAction: () => void asked.push("takeAction"),
    ...answers,
  };
  const view: Remote<LineageView> = connect<LineageHost, LineageView>(theirs, host);
  const store = {
    read: () => remembered,
    write: (state: unknown) => {
      remembered = structuredClone(state);
    },
  };
  startLineage(document.body, ours, store, stillBrowser({ width: 1400, height: 700 }, now));
  const list = document.querySelector('[role="listbox"]') as HTMLElement;
  const field = document.querySelector("input") as HTMLInputElement;
  const text = (selector: string) => document.querySelector(selector)?.textContent ?? "";

  return {
    view,
    document,
    asked,
    list,
    field,
    memory: () => remembered,
    readyCalls: () => ready,
    said: () => text('[aria-live="polite"]'),
    empty: () => text(".empty p"),
    options: () => [...document.querySelectorAll('[role="option"]')].map(it => it.textContent),
    active: () =>
      document.getElementById(list.getAttribute("aria-activedescendant") ?? "")?.textContent ?? "",
    cards: () => [...document.querySelectorAll(".card")].map(it => it.getAttribute("data-key")).sort(),
    transform: () => document.querySelector(".content")?.getAttribute("transform"),
    button: (label: string, selector = "button") =>
      [...document.querySelectorAll<HTMLButtonElement>(selector)].find(
        it => it.textContent === label || it.getAttribute("aria-label") === label,
      ) as HTMLButtonElement,
    /** Answers whether the picture took the key. */
    press(name: string, keys: KeyboardEventInit = {}, target: HTMLElement = list) {
      return !target.dispatchEvent(
        new window.KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true, ...keys }),
      );
    },
    type(query: string) {
      field.value = query;
      field.dispatchEvent(new window.Event("input", { bubbles: true }));
    },
    /** In the middle of a card, or beside all cards. */
    click(asset: string | null, event = "click") {
      const [x = 0, y = 0] = asset === null ? [2, 2] : middleOf(document, asset);
      const svg = document.querySelector("svg.picture");
      svg?.dispatchEvent(new window.MouseEvent(event, { clientX: x, clientY: y, bubbles: true }));
    },
  };
}

function middleOf(document: Document, asset: string): number[] {
  const numbers = (element: Element | null) =>
    element
      ?.getAttribute("transform")
      ?.match(/-?[\d.]+/g)
      ?.map(Number) ?? [];
  const [left = 0, top = 0, scale = 1] = numbers(document.querySelector(".content"));
  const [x = 0, y = 0] = numbers(document.querySelector(`[data-key="${asset}"]`));
  return [left + (x + 100) * scale, top + (y + 28) * scale];
}

function key(text: string): AssetKey {
  return text as AssetKey;
}

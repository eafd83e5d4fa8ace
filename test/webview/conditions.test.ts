import { JSDOM } from "jsdom";
import { expect, test, vi } from "vitest";
import { connect } from "../../src/protocol/channel.ts";
import type { ConditionsHost, ConditionsView } from "../../src/protocol/conditions.ts";
import { startConditions } from "../../webview/conditions/conditions.ts";
import { weatherCondition, weatherSimulation } from "../../webview/preview/conditionSamples.ts";
import { stillBrowser } from "../../webview/shared/browser.ts";
import { ports } from "../support/ports.ts";

const now = Date.parse("2026-02-02T12:00:00Z");

test("shows why it waits now, and how it was when it last requested its asset", async () => {
  const { document, press, text } = await shown();
  expect(text(".reason")).toBe("waits for an update of weather/daily_readings 2026-02-02");
  const rows = [...document.querySelectorAll(".part")].map(it => it.getAttribute("aria-label"));
  expect(rows).toEqual([
    "carried on: all of these, not true, 0 of 31",
    "it happened, and was not acted on yet, not true, 0 of 31",
    "something upstream was updated, not true, 0 of 31",
    "weather/daily_readings: any of these, not true, 0 of 31",
    "updated since the daemon last looked, not true, 0 of 31",
    "not in progress, not true, 0 of 31",
  ]);
  expect(text(".legend")).toMatch(/^✓ true {3}✗ not true {3}· not asked: /);
  press("ArrowDown");
  expect(text(".reason")).toBe("requests it 2026-02-01: weather/daily_readings 2026-02-02 was updated");
  expect(document.querySelector(".part .mark")?.textContent).toBe("✓");
  expect(document.activeElement?.getAttribute("aria-selected")).toBe("true");
});

test("what it requested can be opened, and is", async () => {
  const { document, press, asked } = await shown();
  press("ArrowDown");
  document.querySelector<HTMLButtonElement>(".facts button")?.click();
  await vi.waitUntil(() => asked.includes("openRun 40"));
});

test("beside it stands what the rule would have launched, and what was", async () => {
  const { document, text, asked } = await shown();
  await vi.waitUntil(() => asked.includes("simulate 7"));
  await vi.waitUntil(() => text(".what-if p") !== "");
  expect(text(".what-if p")).toBe(
    "This rule would have launched 40 runs in the last 7 days; the rule as it was launched 12.",
  );
  expect([...document.querySelectorAll(".lane")].map(it => it.querySelectorAll("rect").length)).toEqual([
    40, 12,
  ]);
});

test("a rule that is being typed says so; half of one leaves the last that could be played", async () => {
  const { document, text, view } = await shown();
  const typed = { ...weatherSimulation(now, 7), automation: "on cron", isUnsaved: true };
  await view.showSimulation(7, typed, null);
  expect(text(".what-if p")).toBe(
    "This rule as it is typed, on cron, would have launched 40 runs in the last 7 days; the rule as it was launched 12.",
  );
  expect([...document.querySelectorAll(".lane text")].map(it => it.textContent)).toEqual([
    "as typed",
    "launched",
  ]);
  await view.showSimulation(7, typed, "assets.ts:7: Unexpected end of file");
  expect(text(".what-if .untold")).toBe(
    "What is typed now cannot be played: assets.ts:7: Unexpected end of file",
  );
  expect(document.querySelectorAll(".lane").length).toBe(2);
  await view.showSimulation(7, typed, null);
  expect(document.querySelector(".what-if .untold")).toBeNull();
});

test("a look that is told by the same words as the one before says what is another thing", async () => {
  const { document, view } = await shown();
  const { answer, history } = weatherCondition(now);
  const [first, ...rest] = history;
  if (first === undefined) throw new Error("The sample has no history.");
  await view.show(answer, [{ ...first, difference: "missing (raw): 1 of 3, was 0 of 3" }, ...rest]);
  const told = [...document.querySelectorAll(".history .what")].map(it => it.textContent ?? "");
  expect(told[1]).toMatch(/ · missing \(raw\): 1 of 3, was 0 of 3$/);
  expect(told.filter(it => it.includes(" · "))).toHaveLength(1);
});

test("a rule that has requested nothing says what counts for it, and what to do for a first run", async () => {
  const { text, view } = await shown();
  const { answer } = weatherCondition(now);
  if (answer.now === null) throw new Error("The sample has no present look.");
  const news = { ...answer.now.tree, words: "new: the daemon looks at its rule for the first time" };
  const tree = { ...answer.now.tree, parts: [...answer.now.tree.parts, news] };
  await view.show({ ...answer, now: { ...answer.now, tree } }, []);
  expect(text(".facts")).toBe("");
  await view.show({ ...answer, lastRequest: null, now: { ...answer.now, tree } }, []);
  expect(text(".facts")).toMatch(
    /^What was there or missing before .* To have it now, materialize it once; from then on the rule makes it\.$/,
  );
});

test("a message in no known form is refused with what was wrong", async () => {
  const { view } = await shown();
  await expect(view.show({} as never, [])).rejects.toThrow("show: asset is undefined; send a text.");
});

async function shown() {
  const { window } = new JSDOM("<!doctype html><body></body>");
  const { document } = window;
  const [ours, theirs] = ports();
  const asked: string[] = [];
  const say = (words: string) => void asked.push(words);
  const view = connect<ConditionsHost, ConditionsView>(theirs, {
    ready: () => say("ready"),
    simulate(days) {
      say(`simulate ${days}`);
      void view.showSimulation(days, weatherSimulation(now, days), null);
    },
    openSource: () => say("openSource"),
    openRun: runId => say(`openRun ${runId}`),
    takeAction: () => say("takeAction"),
  });
  startConditions(document.body, ours, stillBrowser({ width: 900, height: 600 }, now));
  const { answer, history } = weatherCondition(now);
  await view.show(answer, history);
  return {
    document,
    view,
    asked,
    text: (selector: string) => document.querySelector(selector)?.textContent ?? "",
    press(key: string) {
      const focus = document.querySelector<HTMLElement>("li[aria-selected=true]");
      focus?.dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true }));
    },
  };
}

import { select } from "d3-selection";
import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import type { AssetStateName } from "../../src/model/assetState.ts";
import { largeRuns, type RunSample, weatherRuns } from "../../webview/preview/runSamples.ts";
import { createPen, drawBar } from "../../webview/runs/draw/bars.ts";
import { drawGantt, drawGanttAxis } from "../../webview/runs/draw/gantt.ts";
import { addHatching } from "../../webview/runs/draw/layers.ts";
import { drawFrames, drawTimeline } from "../../webview/runs/draw.ts";
import { lanesOf, linesOf, type TimedRun, timed } from "../../webview/runs/lanes.ts";
import { layoutGantt, readGantt } from "../../webview/runs/layout/gantt.ts";
import { latestSpan, wholeSpan } from "../../webview/runs/layout/timeline.ts";
import { frameOf, layoutTimeline } from "../../webview/runs/layout.ts";
import { laneNote, stepName, stepNote } from "../../webview/runs/words.ts";
import { averageMeasure } from "../../webview/shared/ellipsis.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const weather = weatherRuns(now);

describe("the timeline", () => {
  test("of the newest runs: what goes on, what waits and why, a backfill as one line", async () => {
    const content = newContent();
    const layout = layoutOf(weather, {});
    drawTimeline(content, layout, lettering);
    drawFrames(overlayOf(content), {
      selected: frameOf(layout, "90", now),
      hovered: frameOf(layout, "14", now),
    });
    await expect(text(content)).toMatchFileSnapshot("../golden/runs-timeline.svg");
  });

  test("of an open backfill, from near", async () => {
    const content = newContent();
    const span = { from: now - 240_000, to: now + 10_000 };
    drawTimeline(content, layoutOf(weather, { open: ["backfill 3"], span }), lettering);
    await expect(text(content)).toMatchFileSnapshot("../golden/runs-open.svg");
  });

  test("of 2,000 runs of some days is a handful of elements", async () => {
    const content = newContent();
    const large = largeRuns(2_000, now);
    drawTimeline(content, layoutOf(large, { span: wholeSpan(large.runs.map(timed), now) }), lettering);
    expect(content.querySelectorAll(".bars path").length).toBeLessThan(25);
    expect(content.querySelectorAll("*").length).toBeLessThan(320);
  });

  test("keeps its elements while runs change, and leaves none behind", () => {
    const content = newContent();
    drawTimeline(content, layoutOf(weather, {}), lettering);
    const row = content.querySelector(".row");
    const before = content.innerHTML;
    const fewer = { ...weather, runs: weather.runs.filter(it => it.id === "91") };
    drawTimeline(content, layoutOf(fewer, {}), lettering);
    expect(content.querySelectorAll(".row").length).toBe(1);
    expect(content.querySelector(".row")).toBe(row);
    drawTimeline(content, layoutOf(weather, {}), lettering);
    expect(content.innerHTML).toBe(before);
  });
});

describe("the steps of a run", () => {
  test("that failed, with what it skipped and what decided how long it took", async () => {
    await expectGantt("14", "runs-steps-failed", 2);
  });

  test("that goes on, with a second attempt and a step that waits for others", async () => {
    await expectGantt("90", "runs-steps-running", null);
  });
});

test("each state has a shape of its own, narrow and wide, whatever its colour", () => {
  const states: AssetStateName[] = [
    "materialized",
    "running",
    "queued",
    "failed",
    "canceled",
    "skipped",
    "unknown",
  ];
  for (const width of [5, 60]) {
    const shapes = states.map(state => {
      const pen = createPen();
      const work = state === "queued" ? null : 0;
      drawBar(pen, { state, left: 0, work, right: width, top: 0, height: 14 }, 1000);
      return JSON.stringify(pen.paths().map(({ state: _, ...paths }) => paths));
    });
    expect(new Set(shapes).size).toBe(states.length);
  }
});

async function expectGantt(id: string, name: string, selected: number | null): Promise<void> {
  const content = newContent();
  const run = weather.runs.find(it => it.id === id) as TimedRun["run"];
  const layout = layoutGantt(readGantt(run, weather.details.get(id) ?? [], now), {
    width: 700,
    height: 200,
    scroll: 0,
    now,
  });
  drawGantt(content, layout, ganttLettering, { selected, hovered: null });
  drawGanttAxis(overlayOf(content), layout);
  await expect(text(content)).toMatchFileSnapshot(`../golden/${name}.svg`);
}

const lettering = {
  measureName: averageMeasure(13),
  measureTick: averageMeasure(11),
  noteOf: laneNote,
  whyOf: ({ run }: TimedRun) => run.reason,
};
const ganttLettering = {
  measureName: averageMeasure(13),
  measureNote: averageMeasure(11),
  nameOf: stepName,
  noteOf: stepNote,
};

function layoutOf(
  { runs, backfills }: RunSample,
  { open = [], span }: { open?: string[]; span?: { from: number; to: number } },
) {
  const all = runs.map(timed);
  const lanes = lanesOf(all, new Map(backfills.map(it => [it.id, it])), []);
  return layoutTimeline(linesOf(lanes, new Map(open.map(it => [it, true]))), {
    width: 1000,
    height: 480,
    scroll: 0,
    now,
    timezone: "UTC",
    span: span ?? latestSpan(all, now),
  });
}

function newContent(): SVGGElement {
  const { document } = new JSDOM(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 480"><g class="content"></g><g class="overlay"></g></svg>`,
  ).window;
  addHatching(select(document.querySelector("svg") as SVGSVGElement), "hatching");
  return document.querySelector("g.content") as SVGGElement;
}

function overlayOf(content: SVGGElement): SVGGElement {
  return content.ownerSVGElement?.querySelector("g.overlay") as SVGGElement;
}

function text(content: SVGGElement): string {
  return `${content.ownerSVGElement?.outerHTML.replaceAll("><", ">\n<")}\n`;
}

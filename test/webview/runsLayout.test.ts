import { describe, expect, test } from "vitest";
import type { LogLine } from "../../src/model/run.ts";
import { largeRuns, weatherRuns } from "../../webview/preview/runSamples.ts";
import { choicesOf, filterRuns, noFilter } from "../../webview/runs/filter.ts";
import { keyAction } from "../../webview/runs/keys.ts";
import { lanesOf, linesOf, type TimedRun, timed } from "../../webview/runs/lanes.ts";
import { ganttRowAt, layoutGantt, readGantt } from "../../webview/runs/layout/gantt.ts";
import { packRows } from "../../webview/runs/layout/rows.ts";
import { stripOf } from "../../webview/runs/layout/strip.ts";
import {
  followed,
  latestSpan,
  panned,
  revealing,
  wholeSpan,
  zoomed,
} from "../../webview/runs/layout/timeline.ts";
import {
  axisHeight,
  frameOf,
  layoutTimeline,
  lineHeight,
  scrollTo,
  targetAt,
  widthsOf,
} from "../../webview/runs/layout.ts";
import { createLogRows } from "../../webview/runs/logRows.ts";
import { recall } from "../../webview/runs/memory.ts";
import { walk } from "../../webview/runs/walk.ts";
import { laneNote, laneText, statusText } from "../../webview/runs/words.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const second = 1000;
const sample = weatherRuns(now);
const all = sample.runs.map(timed);
const backfills = new Map(sample.backfills.map(it => [it.id, it]));
const lanes = lanesOf(all, backfills, []);

/** A run so many seconds after the beginning of the picture. */
function run(
  id: number,
  created: number,
  started: number | null,
  ended: number | null,
  status = "succeeded",
) {
  const iso = (seconds: number | null) =>
    seconds === null ? null : new Date(seconds * second).toISOString();
  return timed({
    ...(sample.runs[0] as TimedRun["run"]),
    id: String(id),
    status: status as TimedRun["run"]["status"],
    createdAt: iso(created) as string,
    startedAt: iso(started),
    endedAt: iso(ended),
  });
}

const span = { from: 0, to: 100 * second };

describe("lanes", () => {
  test("gather what asked for the same, and the runs of a backfill under what it makes", () => {
    const drawn = lanes.map(it => `${it.kind} ${it.label} ${it.runs.length} in ${it.rows.length}`);
    expect(drawn).toEqual([
      "selection weather/daily_readings 1 in 1",
      "backfill weather/daily_readings 60 in 4",
      "selection +weather/daily_city_averages 1 in 1",
      "selection +station_coverage 4 in 1",
      "selection dim_station 1 in 1",
      "selection currency_rates 1 in 1",
      "selection city_aggregates 2 in 1",
    ]);
  });

  test("keep their places when runs come, and new ones stand at the top", () => {
    const again = { ...run(100, now / second - 1, null, null, "queued") };
    const known = timed({ ...again.run, id: "101", selection: "dim_station", backfillId: null });
    const next = timed({ ...again.run, id: "102", selection: "new", backfillId: null });
    const after = lanesOf([...all, known, next], backfills, lanes);
    expect(after.map(it => it.label)).toEqual(["new", ...lanes.map(it => it.label)]);
    expect(after.filter(it => lanes.includes(it)).map(it => it.label)).not.toContain("dim_station");
    expect(after.filter(it => lanes.includes(it))).toHaveLength(6);
  });

  test("are one line each until a hand opens a backfill", () => {
    expect(linesOf(lanes, new Map())).toHaveLength(7);
    const open = linesOf(lanes, new Map([["backfill 3", true]]));
    expect(open).toHaveLength(10);
    expect(open.filter(it => it.lane.id === "backfill 3").map(it => [it.isFirst, it.runs.length])).toEqual([
      [true, 20],
      [false, 20],
      [false, 16],
      [false, 4],
    ]);
  });

  test("show runs of the same selection one below the other while they go on, and as one line before and after", () => {
    const lineCount = (...runs: TimedRun[]) => linesOf(lanesOf(runs, new Map(), []), new Map()).length;
    expect(lineCount(run(1, 0, 1, null, "running"), run(2, 5, null, null, "queued"))).toBe(2);
    expect(lineCount(run(1, 0, 1, 10), run(2, 5, 10, null, "running"))).toBe(1);
    expect(lineCount(run(1, 0, 1, 10), run(2, 5, 6, 12))).toBe(1);
    const closed = lanesOf([run(1, 0, 1, null, "running"), run(2, 5, 6, null, "running")], new Map(), []);
    expect(linesOf(closed, new Map(closed.map(it => [it.id, false])))).toHaveLength(1);
  });

  test("say how many of their runs are not well", () => {
    expect(lanes.map(laneNote)).toEqual(["", "57/60", "", "1 of 4 failed", "", "", "2"]);
    expect(laneText(lanes[1] as (typeof lanes)[number])).toBe(
      "Backfill weather/daily_readings 2026-01-01 … 2026-03-01 (60), 60 runs: 55 succeeded, 2 failed, 2 running, 1 queued",
    );
  });
});

describe("the rows of a lane", () => {
  test("hold no two runs at once, but never more than eight", () => {
    const rows = packRows([
      run(1, 0, 0, 10),
      run(2, 5, 5, 8),
      run(3, 8, 8, 20),
      run(4, 10, 11, null, "running"),
    ]);
    expect(rows.map(row => row.map(it => it.run.id))).toEqual([
      ["1", "4"],
      ["2", "3"],
    ]);
    const open = Array.from({ length: 20 }, (_, at) => run(at, at, null, null, "queued"));
    expect(packRows(open).map(it => it.length)).toEqual([1, 1, 1, 1, 1, 1, 1, 13]);
  });
});

describe("a line", () => {
  test("has a bar for each run: waiting, then work; what goes on reaches to the present", () => {
    const { bars, crowds } = stripOf(
      [run(1, 10, 20, 30), run(2, 40, null, 45, "canceled"), run(3, 50, 60, null, "running")],
      span,
      1000,
      90 * second,
    );
    expect(crowds).toEqual([]);
    expect(bars.map(it => [it.left, it.work, it.right])).toEqual([
      [100, 200, 300],
      [400, null, 450],
      [500, 600, 900],
    ]);
  });

  test("leaves out what is not in view", () => {
    const { bars } = stripOf(
      [run(1, -50, -40, -30), run(2, -5, 0, 5), run(3, 200, 210, 220)],
      span,
      1000,
      now,
    );
    expect(bars.map(it => it.run.run.id)).toEqual(["2"]);
  });

  test("turns runs that lie too close into a crowd, in which what failed is seen", () => {
    const runs = Array.from({ length: 400 }, (_, at) =>
      run(at, 10 + at / 10, 10 + at / 10, 10.05 + at / 10, at === 200 ? "failed" : "succeeded"),
    );
    const { bars, crowds } = stripOf(runs, span, 1000, now);
    expect(bars).toEqual([]);
    expect(crowds.map(it => [it.left, it.right, it.runs.length])).toEqual([[100, 503, 400]]);
    const looks = crowds[0]?.pieces.map(it => it.shares.map(share => `${share.state} ${share.part}`).join());
    expect(looks).toEqual([
      "materialized 1",
      expect.stringMatching(/^materialized 0\.\d+,failed 0\.\d+$/),
      "materialized 1",
    ]);
  });

  test("shows a failure in a crowd even when it is one of a hundred", () => {
    const runs = Array.from({ length: 100 }, (_, at) =>
      run(at, 10, 10, 40, at === 50 ? "failed" : "succeeded"),
    );
    expect(stripOf(runs, span, 1000, now).crowds[0]?.pieces).toEqual([
      {
        left: 100,
        right: 400,
        shares: [
          { state: "materialized", part: 0.75 },
          { state: "failed", part: 0.25 },
        ],
      },
    ]);
  });

  test("gives all shares of a crowd together the whole height", () => {
    for (const crowd of lanesOf(largeRuns(500, now).runs.map(timed), new Map(), []).flatMap(
      it => stripOf(it.runs, wholeSpan(all, now), 700, now).crowds,
    )) {
      for (const { shares } of crowd.pieces) {
        expect(shares.reduce((sum, it) => sum + it.part, 0)).toBe(1);
      }
    }
  });
});

describe("the time in view", () => {
  test("is at first that of the newest runs, with the present in it", () => {
    const first = latestSpan(all, now);
    expect(first.to).toBeGreaterThan(now);
    expect(first.from).toBeLessThan(now - 600 * second);
    expect(latestSpan([], now).to - latestSpan([], now).from).toBeCloseTo(63_600, -2);
  });

  test("comes nearer around a pixel, down to seconds, and never farther than all there is", () => {
    const whole = wholeSpan(all, now);
    const near = zoomed(whole, whole, 1000, 4, 250);
    const at = (it: typeof whole) => it.from + (it.to - it.from) / 4;
    expect(at(near)).toBeCloseTo(at(whole), 3);
    expect(zoomed(near, whole, 1000, 1e9, 250).to - zoomed(near, whole, 1000, 1e9, 250).from).toBe(2000);
    const far = zoomed(whole, whole, 1000, 1e-9, 250);
    expect(far.to - far.from).toBeCloseTo((whole.to - whole.from) * 1.05, 3);
  });

  test("moves with the hand as far as there is something, and with the clock while the present is in it", () => {
    const whole = { from: 0, to: 1000 };
    expect(panned({ from: 100, to: 200 }, whole, 100, 50)).toEqual({ from: 150, to: 250 });
    expect(panned({ from: 100, to: 200 }, whole, 100, 5000)).toEqual({ from: 900, to: 1000 });
    expect(followed({ from: 100, to: 200 }, 190, 195)).toEqual({ from: 105, to: 205 });
    expect(followed({ from: 100, to: 150 }, 190, 195)).toEqual({ from: 100, to: 150 });
  });

  test("goes to a run no farther than needed, and not at all when it is in view", () => {
    const whole = { from: 0, to: 1e9 };
    const inView = { from: 0, to: 60_000 };
    expect(revealing(inView, whole, run(1, 10, 11, 20), now)).toBe(inView);
    expect(revealing(inView, whole, run(1, 1000, 1001, 1010), now)).toEqual({ from: 954_800, to: 1_014_800 });
    const long = revealing(inView, whole, run(1, 100, 101, 200), now);
    expect(long.to - long.from).toBe(120_000);
  });
});

describe("the timeline", () => {
  const lines = linesOf(lanes, new Map());
  const view = { width: 1000, height: 600, scroll: 0, now, timezone: "UTC", span: latestSpan(all, now) };
  const layout = layoutTimeline(lines, view);
  const { labelWidth } = widthsOf(1000);

  test("computes only the lines in view", () => {
    const many = Array.from({ length: 500 }, () => lines[0] as (typeof lines)[number]);
    const part = layoutTimeline(many, { ...view, scroll: 1000 });
    expect(part.lines.length).toBe(
      Math.ceil((600 - axisHeight + 1000) / lineHeight) - Math.floor(1000 / lineHeight),
    );
    expect(part.lines[0]?.y).toBe(axisHeight + Math.floor(1000 / lineHeight) * lineHeight - 1000);
  });

  test("names minutes, and what day it is", () => {
    expect(layout.ticks.major.map(it => it.label)).toEqual(["Sun 1 Mar 2026"]);
    expect(layout.ticks.minor.slice(0, 2).map(it => it.label)).toEqual(["11:49", "11:50"]);
  });

  test("finds the run under a point, in a crowd too, and the lane by its name", () => {
    const middle = (line: number) => axisHeight + line * lineHeight + lineHeight / 2;
    expect(targetAt(layout, 20, middle(3))).toEqual({ on: "label", at: 3 });
    const frame = frameOf(layout, "90", now);
    expect(targetAt(layout, (frame?.x ?? 0) + 20, middle(2))).toMatchObject({
      on: "run",
      run: { run: { id: "90" } },
    });
    expect(targetAt(layout, labelWidth + 200, middle(1))).toMatchObject({
      on: "run",
      crowd: expect.anything(),
    });
    expect(targetAt(layout, labelWidth + 300, middle(2))).toEqual({ on: "plot" });
    expect(targetAt(layout, labelWidth + 300, 5)).toEqual({ on: "plot" });
  });

  test("scrolls no more than needed", () => {
    expect(scrollTo(3, { scroll: 0, height: 600 })).toBe(0);
    expect(scrollTo(1, { scroll: 100, height: 600 })).toBe(lineHeight);
    expect(scrollTo(50, { scroll: 0, height: 600 })).toBe(
      50 * lineHeight + axisHeight + lineHeight + 4 - 600,
    );
  });
});

describe("the steps of a run", () => {
  const failed = sample.runs.find(it => it.id === "14") as TimedRun["run"];
  const gantt = readGantt(failed, sample.details.get("14") ?? [], now);
  const layout = layoutGantt(gantt, { width: 800, height: 300, scroll: 0, now });

  test("wait from the end of what they need, and those that decided how long it took are marked", () => {
    expect(gantt.steps.filter(it => it.isCritical).map(it => it.step.assets[0])).toEqual([
      "raw_weather_data",
      "stg_readings",
      "fct_station_hours",
    ]);
    const waits = gantt.steps.map(it =>
      it.started === null || it.ready === null ? null : it.started - it.ready,
    );
    expect(waits.slice(0, 5)).toEqual([0, 50, 50, 100, 100]);
  });

  test("lie in rows, joined by lines from the end of one to the beginning of the next", () => {
    const [raw, cleaned] = layout.rows;
    expect(cleaned?.left).toBe(raw?.right);
    expect(cleaned?.work ?? 0).toBeGreaterThanOrEqual(cleaned?.left ?? 0);
    expect(layout.links.map(it => it.isCritical)).toEqual([false, false, true, true]);
    expect(layout.links[0]?.from).toEqual({ x: raw?.right, y: 13 });
    expect(layout.rows.at(-1)).toMatchObject({ left: null, right: null });
  });

  test("of which only those in view are computed", () => {
    const part = layoutGantt(gantt, { width: 800, height: 52, scroll: 27, now });
    expect(part.rows.map(it => it.at)).toEqual([1, 2, 3]);
    expect(part.totalHeight).toBe(7 * 26);
    expect(ganttRowAt(gantt, 53)).toBe(2);
    expect(ganttRowAt(gantt, 700)).toBeNull();
  });

  test("grow while they go on, and a wait of hours does not press them to a line", () => {
    const open = sample.runs.find(it => it.id === "90") as TimedRun["run"];
    const later = readGantt(open, sample.details.get("90") ?? [], now + 10 * second);
    expect(later.steps[2]?.ended).toBe(now + 10 * second);
    const waited = { ...failed, createdAt: new Date(Date.parse(failed.createdAt) - 7_200_000).toISOString() };
    const { span: long } = readGantt(waited, [], now);
    expect(Date.parse(failed.startedAt ?? "") - long.from).toBeLessThan((long.to - long.from) * 0.25);
  });
});

describe("a filter", () => {
  const ids = (filter: Partial<typeof noFilter>) =>
    filterRuns(all, { ...noFilter, ...filter }).map(it => it.run.id);

  test("lets through by state, asset, who asked, and words that all must be found", () => {
    expect(ids({ status: "failed" })).toEqual(["44", "43", "14"]);
    expect(ids({ status: "open" })).toEqual(["91", "90", "79", "78", "77"]);
    expect(ids({ asset: "forecast/skill" })).toEqual(["90"]);
    expect(ids({ requestedBy: "new_rates" })).toEqual(["17"]);
    expect(ids({ text: "coverage null" })).toEqual(["14"]);
    expect(ids({ text: "coverage", status: "canceled" })).toEqual([]);
    expect(ids({})).toHaveLength(70);
  });

  test("offers what there is", () => {
    const choices = choicesOf(all);
    expect(choices.requestedBy).toEqual(["click", "every_15_minutes", "new_rates"]);
    expect(choices.assets).toContain("weather/hourly_radar");
  });
});

describe("the log", () => {
  const line = (message: string, level: LogLine["level"] = "info", asset: string | null = "a"): LogLine => ({
    at: "2026-03-01T12:00:00Z",
    level,
    asset: asset as LogLine["asset"],
    message,
  });

  test("has a row for each line of a message, without the colours of a terminal", () => {
    const rows = createLogRows();
    rows.reset([line("\u001b[31mred\u001b[0m\n  second\n"), line("")]);
    expect(rows.shown().map(it => [it.text, it.isFirst])).toEqual([
      ["red", true],
      ["  second", false],
      ["", true],
    ]);
  });

  test("is filtered by level, step and words, also what is added later", () => {
    const rows = createLogRows();
    rows.reset([line("one", "debug"), line("two", "warn"), line("three", "error", "b")]);
    rows.filter({ least: "warn", assets: null, text: "" });
    expect(rows.shown().map(it => it.text)).toEqual(["two", "three"]);
    rows.filter({ least: "debug", assets: ["b"], text: "" });
    rows.add([line("four", "info", "b"), line("five")]);
    expect(rows.shown().map(it => it.text)).toEqual(["three", "four"]);
    rows.filter({ least: "debug", assets: null, text: "FO" });
    expect(rows.shown().map(it => it.text)).toEqual(["four"]);
    expect(rows.count()).toBe(5);
  });
});

describe("keys", () => {
  const to = (from: string | null, key: string, ctrlKey = false) => {
    const action = keyAction({ key, ctrlKey, altKey: false, metaKey: false } as KeyboardEvent);
    return action?.do === "move" ? (walk(lanes, from, action.by)?.run.id ?? null) : null;
  };

  test("lead to the runs of a lane, to those that failed, and to the nearest of another lane", () => {
    expect(to(null, "ArrowDown")).toBe("91");
    expect(to("91", "ArrowDown")).toBe("79");
    expect(to("79", "ArrowLeft")).toBe("78");
    expect(to("79", "ArrowLeft", true)).toBe("44");
    expect(to("79", "Home")).toBe("20");
    expect(to("20", "ArrowLeft")).toBeNull();
    expect(to("16", "ArrowDown")).toBeNull();
    expect(to("14", "ArrowDown", true)).toBe("16");
  });
});

test("a waiting run says why, and one that nobody waits for says how it ended", () => {
  const text = (id: string) => statusText((all.find(it => it.run.id === id) as TimedRun).run);
  expect(["91", "90", "14", "11"].map(text)).toEqual([
    "waits for run 90, which writes weather/daily_readings",
    "running",
    "failed",
    "succeeded",
  ]);
});

test("a memory in another form is forgotten", () => {
  expect(recall({ selected: 7, span: { from: 3, to: 1 }, lanes: { a: true, b: 4 } })).toEqual({
    selected: null,
    span: null,
    lanes: { a: true },
  });
});

import { describe, expect, test } from "vitest";
import type { PartitionStateRange } from "../../src/model/backfillState.ts";
import type { PartitionsDefinition } from "../../src/model/partitionsDefinition.ts";
import { type Axis, panned, revealing, wholeSpan, zoomed } from "../../webview/partitions/layout/axis.ts";
import { columnsOf } from "../../webview/partitions/layout/columns.ts";
import { drawnStates, rangeCounter, summedCounter } from "../../webview/partitions/layout/counts.ts";
import { piecesOf } from "../../webview/partitions/layout/pieces.ts";
import { layoutMatrix, targetAt } from "../../webview/partitions/layout.ts";
import { type Block, gridBlocks, overviewBlocks, readMatrix } from "../../webview/partitions/matrix.ts";
import { chosenOf, selectedOf } from "../../webview/partitions/place.ts";
import { walk } from "../../webview/partitions/walk.ts";
import { largePartitions, rangesOf, weatherPartitions } from "../../webview/preview/partitionSamples.ts";
import { timeTicks } from "../../webview/shared/timeTicks.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const day = 24 * 3_600_000;
const regions = { kind: "static", keys: ["a", "b", "c"] } as const;

describe("counting states", () => {
  const ranges = rangesOf("m3 . f2 m4");

  test("answers for any stretch, in whatever order it is asked", () => {
    const count = rangeCounter(ranges);
    expect(named(count(0, 10))).toEqual({ materialized: 7, failed: 2 });
    expect(named(count(3, 4))).toEqual({});
    expect(named(count(2, 6))).toEqual({ materialized: 1, failed: 2 });
    expect(named(count(0, 1))).toEqual({ materialized: 1 });
    expect(named(count(9, 10))).toEqual({ materialized: 1 });
  });

  test("adds up lines that lie above one another", () => {
    const count = summedCounter([ranges, rangesOf(". f6")], 10);
    expect(named(count(0, 1))).toEqual({ materialized: 1 });
    expect(named(count(1, 3))).toEqual({ materialized: 2, failed: 2 });
    expect(named(count(0, 10))).toEqual({ materialized: 7, failed: 8 });
  });
});

describe("columns", () => {
  test("are partitions while there is room, and then bundles that lose none", () => {
    const { across } = trackOf(daily("2020-01-01"));
    const span = { from: Date.parse("2020-01-01Z"), to: Date.parse("2026-01-01Z") };
    const bundles = columnsOf(across, span, 600);
    expect(bundles.length).toBeLessThanOrEqual(300);
    expect(bundles.every((it, at) => at === 0 || it.from === bundles[at - 1]?.to)).toBe(true);
    expect([bundles[0]?.from, bundles.at(-1)?.to]).toEqual([0, 2192]);

    const week = columnsOf(across, { from: span.from, to: span.from + 7 * day }, 700);
    expect(week.map(({ from, to, left, right }) => [from, to, left, right]).slice(0, 2)).toEqual([
      [0, 1, 0, 100],
      [1, 2, 100, 200],
    ]);
  });

  test("leave out what the calendar leaves out", () => {
    const weekdays = { ...daily("2026-02-02"), exclusions: [{ cron: "0 0 * * 0,6" }] };
    const { across } = trackOf(weekdays);
    const columns = columnsOf(
      across,
      { from: Date.parse("2026-02-02Z"), to: Date.parse("2026-02-16Z") },
      1400,
    );
    expect(columns.map(it => it.left)).toEqual([0, 100, 200, 300, 400, 700, 800, 900, 1000, 1100]);
  });
});

describe("pieces", () => {
  const columns = Array.from({ length: 10 }, (_, at) => ({
    from: at,
    to: at + 1,
    left: at * 10,
    right: at * 10 + 10,
  }));

  test("runs of equal state are one rectangle, and holes are nothing", () => {
    const pieces = piecesOf(columns, rangeCounter(rangesOf("m3 . f2 m4")), 1);
    expect(pieces.map(it => [it.left, it.right, it.shares[0]?.state])).toEqual([
      [0, 30, "materialized"],
      [40, 60, "failed"],
      [60, 100, "materialized"],
    ]);
  });

  test("one failure in ten thousand is seen, and a hole keeps a column from being full", () => {
    const count = rangeCounter([
      { first: 0, last: 4998, state: "materialized" },
      { first: 4999, last: 4999, state: "failed" },
      { first: 5000, last: 9998, state: "materialized" },
    ]);
    const [piece] = piecesOf([{ from: 0, to: 10_000, left: 0, right: 2 }], count, 1);
    expect(piece?.shares.map(it => it.state)).toEqual(["materialized", "failed"]);
    expect(piece?.shares[1]?.part).toBeGreaterThanOrEqual(0.25);
    expect(piece?.shares.reduce((sum, it) => sum + it.part, 0)).toBeLessThan(1);
  });
});

describe("the axis", () => {
  const axis: Axis = {
    id: "time",
    kind: "time",
    whole: { from: 0, to: 1000 * day },
    unit: day,
    timezone: "UTC",
  };

  test("is named from years to hours, as near as one comes", () => {
    const labels = (days: number) => {
      const from = Date.parse("2026-02-27Z");
      const { minor, major } = timeTicks({ from, to: from + days * day }, 700, "UTC");
      return [major.slice(0, 2).map(it => it.label), minor.slice(0, 3).map(it => it.label)];
    };
    expect(labels(1)).toEqual([["Fri 27 Feb 2026"], ["00:00", "03:00", "06:00"]]);
    expect(labels(20)).toEqual([
      ["Feb 2026", "Mar 2026"],
      ["27", "28", "1"],
    ]);
    expect(labels(500)).toEqual([
      ["2026", "2027"],
      ["Feb", "Mar", "Apr"],
    ]);
    expect(labels(8000)).toEqual([[], ["2026", "2028", "2030"]]);
  });

  test("begins days where the zone's clocks do, also when they change", () => {
    const from = Date.parse("2026-03-28T00:00:00Z");
    const { minor } = timeTicks({ from, to: from + 4 * day }, 400, "Europe/Berlin");
    expect(minor.filter(it => it.label === "00:00").map(it => new Date(it.value).toISOString())).toEqual([
      "2026-03-27T23:00:00.000Z",
      "2026-03-28T23:00:00.000Z",
      "2026-03-29T22:00:00.000Z",
      "2026-03-30T22:00:00.000Z",
      "2026-03-31T22:00:00.000Z",
    ]);
  });

  test("zooms around the pointer and never leaves what there is", () => {
    const whole = wholeSpan(axis, 1000);
    const nearer = zoomed(axis, whole, 1000, 4, 250);
    expect((nearer.to - nearer.from) / (whole.to - whole.from)).toBeCloseTo(0.25);
    expect(nearer.from + 0.25 * (nearer.to - nearer.from)).toBeCloseTo(
      whole.from + 0.25 * (whole.to - whole.from),
      -3,
    );
    expect(zoomed(axis, nearer, 1000, 1e-9, 250)).toEqual(whole);
    expect(panned(axis, nearer, 1000, -1e9).from).toBe(whole.from);
    const nearest = zoomed(axis, whole, 1000, 1e9, 500);
    expect(nearest.to - nearest.from).toBe(6 * day);
  });

  test("moves to a partition that is out of view or too small", () => {
    const span = { from: 0, to: 100 * day };
    const part = { from: 150 * day, to: 151 * day };
    const moved = revealing(axis, span, 1000, part);
    expect(moved.from).toBeLessThan(part.from);
    expect(moved.to).toBeGreaterThan(part.to);
    expect(moved.to - moved.from).toBe(100 * day);
    expect(revealing(axis, span, 1000, { from: 3 * day, to: 4 * day })).toBe(span);
  });
});

describe("an asset of two dimensions", () => {
  const definition: PartitionsDefinition = {
    kind: "multi",
    dimensions: [
      { name: "day", partitions: daily("2026-02-01") },
      { name: "region", partitions: regions },
    ],
  };
  // Three regions a day: the first day whole, of the second only b.
  const ranges = rangesOf("m3 . f .");

  test("has time across, whichever dimension comes first, and the other one down", () => {
    const [block] = gridBlocks(assetOf(definition, ranges));
    expect([0, 1, 2].map(at => block?.trackAt(at).label)).toEqual(["a", "b", "c"]);
    expect([0, 1, 2].map(at => named(block?.trackAt(at).count(0, 2) ?? []))).toEqual([
      { materialized: 1 },
      { materialized: 1, failed: 1 },
      { materialized: 1 },
    ]);
  });

  test("says a rectangle of its grid as a product of ranges", () => {
    const blocks = gridBlocks(assetOf(definition, ranges));
    const chosen = chosenOf(blocks, {
      anchor: { block: 0, line: 2, across: 4 },
      head: { block: 0, line: 1, across: 1 },
    });
    expect(chosen?.partitions).toBe("2026-02-02|b...2026-02-05|c");
    expect([chosen?.size, chosen?.missing]).toEqual([8, 7]);
    expect(selectedOf(blocks, "x", chosen?.partitions ?? "")).toEqual({
      anchor: { block: 0, line: 1, across: 1 },
      head: { block: 0, line: 2, across: 4 },
    });
  });

  test("is one line among others, where all its lines lie above one another", () => {
    const blocks = overviewBlocks([assetOf(definition, ranges)]);
    const chosen = chosenOf(blocks, {
      anchor: { block: 0, line: 0, across: 0 },
      head: { block: 0, line: 0, across: 1 },
    });
    expect(chosen?.partitions).toBe("2026-02-01|a...2026-02-02|c");
    expect(chosen?.size).toBe(6);
    expect(named(chosen?.counts ?? [])).toEqual({ materialized: 3, failed: 1 });
  });
});

describe("a selection", () => {
  test("takes along the assets that are cut alike, as far as they have those partitions", () => {
    const blocks = overviewBlocks(readMatrix(weatherPartitions(now)));
    const lines = Array.from({ length: blocks[0]?.size ?? 0 }, (_, at) => blocks[0]?.trackAt(at).label);
    const line = lines.indexOf("weather/daily_readings");
    const chosen = chosenOf(blocks, {
      anchor: { block: 0, line, across: 100 },
      head: { block: 0, line: 0, across: 106 },
    });
    expect(chosen?.selection).toBe("forecast/skill or weather/daily_city_averages or weather/daily_readings");
    expect(chosen?.size).toBe(21);
  });

  test("quotes what the grammar would not read", () => {
    const blocks = overviewBlocks([
      { ...assetOf(daily("2026-02-01"), []), asset: "päckchen (neu)" as never },
    ]);
    const place = { block: 0, line: 0, across: 0 };
    expect(chosenOf(blocks, { anchor: place, head: place })?.selection).toBe('key:"päckchen (neu)"');
  });
});

describe("the keyboard", () => {
  test("leaps to where the state changes", () => {
    const blocks = overviewBlocks([assetOf(daily("2026-01-01"), rangesOf("m10 f2 m20"))]);
    const leap = (across: number, sign: 1 | -1) =>
      walk(
        blocks,
        { block: 0, line: 0, across },
        { axis: "across", step: "change", sign },
        { from: 0, to: 1 },
      )?.across;
    expect([leap(0, 1), leap(10, 1), leap(12, 1), leap(12, -1), leap(31, -1)]).toEqual([10, 12, 32, 11, 11]);
  });

  test("keeps the time when it goes to another line", () => {
    const assets = readMatrix(weatherPartitions(now));
    const blocks = overviewBlocks(assets.filter(it => /daily_readings|hourly_radar/.test(it.asset)));
    const down = walk(
      blocks,
      { block: 0, line: 0, across: 100 },
      { axis: "down", step: "one", sign: 1 },
      { from: 0, to: 1 },
    );
    const key = (at: number, across: number) => blocks[0]?.trackAt(at).across.keyAt(across);
    expect(key(1, down?.across ?? 0)).toBe(`${key(0, 100)}-00:00`);
  });
});

describe("the layout", () => {
  test("computes what is in view, and finds the partition under the pointer", () => {
    const blocks = overviewBlocks(readMatrix(largePartitions(50, now)));
    const layout = layoutMatrix(blocks, viewOf(300));
    expect(layout.totalHeight).toBe(40 + 50 * 28);
    expect(layout.blocks[0]?.lines.map(it => it.line)).toEqual(range(10, 22));
    const target = targetAt(layout, layout.labelWidth + 500, 60);
    expect(target).toMatchObject({ on: "partition", place: { block: 0, line: 11 } });
    expect(targetAt(layout, 20, 60)).toMatchObject({ on: "label", place: { line: 11 } });
    expect(targetAt(layout, 500, 10)).toEqual({ on: "axis", block: 0 });
  });

  test("never makes more rectangles than there are pixels, however many ranges there are", () => {
    const blocks = overviewBlocks(readMatrix(largePartitions(1, now)));
    const [line] = layoutMatrix(blocks, viewOf(0)).blocks[0]?.lines ?? [];
    expect(line?.pieces.length).toBeGreaterThan(100);
    expect(line?.pieces.length).toBeLessThan(500);
  });

  test("has nothing under the pointer where an asset has no partitions yet", () => {
    const blocks = overviewBlocks([
      assetOf(daily("2026-02-01"), []),
      { ...assetOf(daily("2020-01-01"), []), asset: "old" as never },
    ]);
    const layout = layoutMatrix(blocks, viewOf(0));
    const line = layout.blocks[0]?.lines.find(it => it.track.label === "x");
    expect(targetAt(layout, layout.labelWidth + 100, (line?.y ?? 0) + 5)).toBeNull();
  });
});

function viewOf(scroll: number) {
  return {
    width: 1200,
    height: 380,
    scroll,
    now,
    spanOf: (axis: Axis, width: number) => wholeSpan(axis, width),
  };
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
}

function named(counts: readonly number[]): Record<string, number> {
  return Object.fromEntries(drawnStates.flatMap((state, at) => (counts[at] ? [[state, counts[at]]] : [])));
}

function trackOf(definition: PartitionsDefinition) {
  const [block] = overviewBlocks([assetOf(definition, [])]) as [Block];
  return block.trackAt(0);
}

function assetOf(definition: PartitionsDefinition, ranges: PartitionStateRange[]) {
  const row = { asset: "x" as never, group: "default", definition, ranges };
  return readMatrix({ now, rows: [row] })[0] as ReturnType<typeof readMatrix>[number];
}

function daily(start: string) {
  return {
    kind: "daily",
    cron: "0 0 * * *",
    start: `${start}T00:00`,
    end: null,
    timezone: "UTC",
    keyFormat: "%Y-%m-%d",
    endOffset: 0,
    exclusions: [],
  } as const;
}

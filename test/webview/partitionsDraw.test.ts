import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { drawMarks, drawMatrix } from "../../webview/partitions/draw.ts";
import { wholeSpan } from "../../webview/partitions/layout/axis.ts";
import { framesOf, layoutMatrix } from "../../webview/partitions/layout.ts";
import {
  type Block,
  gridBlocks,
  overviewBlocks,
  readMatrix,
  updateMatrix,
} from "../../webview/partitions/matrix.ts";
import { chosenOf, selectedOf } from "../../webview/partitions/place.ts";
import { lineShareText } from "../../webview/partitions/words.ts";
import { largePartitions, rangesOf, weatherPartitions } from "../../webview/preview/partitionSamples.ts";
import { averageMeasure } from "../../webview/shared/ellipsis.ts";
import type { Span } from "../../webview/shared/span.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const day = 24 * 3_600_000;
const weather = readMatrix(weatherPartitions(now));

describe("the matrix", () => {
  test("of assets over time and over lists, from afar", async () => {
    await expectPicture(overviewBlocks(weather), "partitions-far");
  });

  test("from so near that each state has its mark", async () => {
    await expectPicture(overviewBlocks(weather), "partitions-near", {
      from: now - 50 * day,
      to: now - 8 * day,
    });
  });

  test("of one asset of two dimensions", async () => {
    const asset = weather.find(it => it.asset === "weather/region_days");
    await expectPicture(asset ? gridBlocks(asset) : [], "partitions-grid");
  });

  test("with a range that is selected in two assets, with its handles", async () => {
    const blocks = overviewBlocks(weather.filter(it => it.asset.includes("daily")));
    const content = newContent();
    const layout = layoutOf(blocks);
    const found = selectedOf(blocks, "weather/daily_city_averages", "2026-02-01...2026-02-14");
    const selected = found && { anchor: found.anchor, head: { ...found.head, line: 1 } };
    const chosen = selected && chosenOf(blocks, selected);
    const frames = selected && chosen ? framesOf(layout, selected, chosen) : [];
    drawMarks(content, { frames, cursor: null, hovered: null });
    expect(chosen?.size).toBe(28);
    await expect(text(content)).toMatchFileSnapshot("../golden/partitions-selected.svg");
  });
});

describe("what is drawn", () => {
  test("is a handful of elements, however many partitions there are", () => {
    const content = drawn(overviewBlocks(readMatrix(largePartitions(50, now))));
    expect(content.querySelectorAll(".pieces path").length).toBeLessThan(25);
    expect(content.querySelectorAll("*").length).toBeLessThan(260);
  });

  test("keeps its elements while a backfill runs, and leaves none behind", () => {
    const content = newContent();
    const before = overviewBlocks(weather);
    drawMatrix(content, layoutOf(before), lettering);
    const piece = content.querySelector(".pieces .state-materialized .solid");
    const ranges = rangesOf("m120");
    const after = updateMatrix(weather, [{ asset: "weather/daily_readings" as never, ranges }]);
    drawMatrix(content, layoutOf(overviewBlocks(after)), lettering);
    expect(content.querySelector(".pieces .state-materialized .solid")).toBe(piece);
    const shares = [...content.querySelectorAll(".row")].map(it => it.textContent);
    expect(shares).toContain("daily_readings120/120");
    drawMatrix(content, layoutOf(before), lettering);
    expect(content.innerHTML).toBe(drawn(before).innerHTML);
  });

  test("tells every state by its shape too", () => {
    const count = (blocks: readonly Block[]) =>
      [...drawn(blocks).querySelectorAll(".pieces path[d]")].map(it =>
        it.getAttribute("d")?.replace(/-?[\d.]+/g, ""),
      );
    for (const near of [9, 60]) {
      const shapes = "msfrqu".split("").map(letter => {
        const row = { ...weatherPartitions(now).rows[0], ranges: rangesOf(`${letter}${near}`) } as never;
        const [asset] = readMatrix({ now, rows: [row] });
        return JSON.stringify([
          count(asset ? overviewBlocks([asset]) : []),
          heightsOf(asset ? overviewBlocks([asset]) : []),
        ]);
      });
      expect(new Set(shapes).size).toBe(6);
    }
  });
});

/** From where to where the first surface of a state reaches. */
function heightsOf(blocks: readonly Block[]): (string | undefined)[] {
  return [...drawn(blocks).querySelectorAll(".pieces path[d]")].map(it =>
    it
      .getAttribute("d")
      ?.match(/^M[-\d.]+,([\d.]+)\D+[-\d.]+v([-\d.]+)/)
      ?.slice(1)
      .join(),
  );
}

async function expectPicture(blocks: readonly Block[], name: string, span?: Span): Promise<void> {
  const content = newContent();
  drawMatrix(content, layoutOf(blocks, span), lettering);
  await expect(text(content)).toMatchFileSnapshot(`../golden/${name}.svg`);
}

const lettering = {
  measureName: averageMeasure(13),
  measureTick: averageMeasure(11),
  shareOf: ({ track }: { track: ReturnType<Block["trackAt"]> }) => lineShareText(track),
};

function layoutOf(blocks: readonly Block[], span?: Span) {
  return layoutMatrix(blocks, {
    width: 1000,
    height: 480,
    scroll: 0,
    now,
    spanOf: (axis, width) => (span && axis.kind === "time" ? span : wholeSpan(axis, width)),
  });
}

function drawn(blocks: readonly Block[]): SVGGElement {
  const content = newContent();
  drawMatrix(content, layoutOf(blocks), lettering);
  return content;
}

function newContent(): SVGGElement {
  const { document } = new JSDOM(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 480"><g class="content"></g></svg>`,
  ).window;
  return document.querySelector("g") as SVGGElement;
}

function text(content: SVGGElement): string {
  return `${content.ownerSVGElement?.outerHTML.replaceAll("><", ">\n<")}\n`;
}

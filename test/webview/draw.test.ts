import { JSDOM } from "jsdom";
import { describe, expect, test } from "vitest";
import { indexGraph } from "../../src/model/assetGraph.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import type { Scene } from "../../webview/lineage/draw/scene.ts";
import { draw, drawScale } from "../../webview/lineage/draw.ts";
import { layout } from "../../webview/lineage/layout.ts";
import { pathThrough } from "../../webview/lineage/path.ts";
import { largeSample, mixedSample, type Sample } from "../../webview/preview/samples.ts";
import { averageMeasure } from "../../webview/shared/ellipsis.ts";
import type { Frame } from "../../webview/shared/zoom.ts";
import { graphOf } from "../support/graphs.ts";

const now = Date.parse("2026-03-01T12:00:00Z");
const everything: Frame = { x: -1000, y: -1000, width: 10_000, height: 10_000, scale: 1 };

describe("the picture", () => {
  test("of assets in all states", async () => {
    await expectPicture(sceneOf(mixedSample(now)), everything, "mixed");
  });

  test("with the path of the selected asset", async () => {
    await expectPicture(sceneOf(mixedSample(now), "validated_readings"), everything, "selected");
  });

  test("from so far that only names can be read", async () => {
    await expectPicture(sceneOf(mixedSample(now)), { ...everything, scale: 0.5 }, "names");
  });

  test("from afar, where states are dots", async () => {
    await expectPicture(
      sceneOf(mixedSample(now), "validated_readings"),
      { ...everything, scale: 0.2 },
      "dots",
    );
  });

  test("of a cycle, a long edge, a loop and names in other scripts", async () => {
    const graph = graphOf(
      "a → b → 気象データ\n気象データ → a\na → Ünïcödé/naïve_ḿödel → c → d\na → d\nd → d",
    );
    await expectPicture(sceneOf({ graph, states: [] }), everything, "cycle");
  });
});

describe("what is drawn", () => {
  test("is what the frame shows, and no more", () => {
    const scene = sceneOf(largeSample(2_000, now));
    const { card, assets } = scene.layout;
    const frame = { x: 900, y: 3000, width: 1400, height: 800, scale: 1 };
    const inFrame = assets.filter(
      ({ x, y }) =>
        x + card.width > frame.x &&
        x < frame.x + frame.width &&
        y + card.height > frame.y &&
        y < frame.y + frame.height,
    );
    const cards = [...drawn(scene, frame).querySelectorAll(".card")].map(it => it.getAttribute("data-key"));
    expect(cards.sort()).toEqual(inFrame.map(it => it.asset.key).sort());
    expect(cards.length).toBeGreaterThan(10);
  });

  test("is every edge that crosses the frame, also one whose ends lie outside", () => {
    const scene = sceneOf({ graph: graphOf("a → b → c → d → e"), states: [] });
    const [, b] = scene.layout.assets;
    const middle = { x: (b?.x ?? 0) + 210, y: -10, width: 10, height: 100, scale: 1 };
    const content = drawn(scene, middle);
    expect(content.querySelectorAll(".card")).toHaveLength(0);
    expect(content.querySelectorAll(".edge")).toHaveLength(1);
  });

  test("from afar is a handful of elements, however many assets there are", () => {
    const content = drawn(sceneOf(largeSample(2_000, now)), { ...everything, scale: 0.1 });
    expect(content.querySelectorAll("*").length).toBeLessThan(60);
    const dots = [...content.querySelectorAll(".far-dots:not(.on-path) .dot")];
    const count = dots.reduce((sum, dot) => sum + (dot.getAttribute("d")?.split("M").length ?? 1) - 1, 0);
    expect(count).toBe(2_000);
  });

  test("keeps the element of a card when its state changes", () => {
    const content = newContent();
    const sample = mixedSample(now);
    draw(content, sceneOf(sample), everything);
    const before = cardOf(content, "validated_readings");
    expect(before?.getAttribute("class")).toContain("state-failed");
    const running = {
      ...sample.states[2],
      asset: "validated_readings" as AssetKey,
      state: "running" as const,
    };
    draw(content, sceneOf({ ...sample, states: [...sample.states, running as never] }), everything);
    expect(cardOf(content, "validated_readings")).toBe(before);
    expect(before?.getAttribute("class")).toBe("card kind-typescript state-running is-running");
  });

  test("moves from cards to dots and back without leaving anything behind", () => {
    const content = newContent();
    const scene = sceneOf(mixedSample(now));
    draw(content, scene, everything);
    const near = content.innerHTML;
    draw(content, scene, { ...everything, scale: 0.1 });
    expect(content.querySelector(".card")).toBeNull();
    draw(content, scene, everything);
    expect(content.innerHTML).toBe(near);
  });

  test("shows no mark on a source or an exposure that nobody materializes", () => {
    const sample = mixedSample(now);
    const missing = { ...sample.states[0], asset: "noaa.stations" as AssetKey, state: "missing" as const };
    const content = drawn(sceneOf({ ...sample, states: [missing as never] }), everything);
    expect(cardOf(content, "noaa.stations")?.querySelectorAll(".state-mark path")).toHaveLength(0);
  });
});

async function expectPicture(scene: Scene, frame: Frame, name: string): Promise<void> {
  const content = newContent();
  draw(content, scene, frame);
  drawScale(content, frame);
  const svg = content.ownerSVGElement as SVGSVGElement;
  const { x, y, width, height } = scene.layout.bounds;
  svg.setAttribute("viewBox", `${x - 20} ${y - 20} ${width + 40} ${height + 40}`);
  await expect(`${svg.outerHTML.replaceAll("><", ">\n<")}\n`).toMatchFileSnapshot(
    `../golden/lineage-${name}.svg`,
  );
}

function sceneOf({ graph, states }: Sample, selected: string | null = null): Scene {
  const key = selected as AssetKey | null;
  return {
    layout: layout(graph),
    states: new Map(states.map(it => [it.asset, it])),
    selected: key,
    path: key === null ? null : pathThrough(indexGraph(graph), key),
    measureName: averageMeasure(13),
    measureGroup: averageMeasure(11),
  };
}

function drawn(scene: Scene, frame: Frame): SVGGElement {
  const content = newContent();
  draw(content, scene, frame);
  return content;
}

function newContent(): SVGGElement {
  const { document } = new JSDOM(`<svg xmlns="http://www.w3.org/2000/svg"><g class="content"></g></svg>`)
    .window;
  return document.querySelector("g") as SVGGElement;
}

function cardOf(content: SVGGElement, key: string): Element | null {
  return content.querySelector(`[data-key="${key}"]`);
}

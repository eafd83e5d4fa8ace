import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { color, contrast } from "./support/colors.ts";
import { openPreviews, themes } from "./support/previews.ts";

const previews = openPreviews();

describe.each(themes)("in a browser, in the theme %s", theme => {
  test("the picture breaks no rule of the content security policy, and reports no error", async () => {
    const { page, complaints } = await open({ theme });
    await page.keyboard.press("ArrowDown");
    await page.mouse.move(700, 300);
    await page.mouse.wheel(0, 2000);
    await page.locator(".far-dots .dot").first().waitFor({ state: "attached" });
    expect(complaints).toEqual([]);
  });

  test("everything stands out from what it lies on", async () => {
    const { page } = await open({ theme });
    const paper = await color(page, "body", "background-color");
    const card = await color(page, ".card .surface", "fill");
    const onPaper = { edge: [".edge", "stroke", 1.9], outline: [".card .surface", "stroke", 1.9] } as const;
    for (const [name, [selector, property, least]] of Object.entries(onPaper)) {
      expect.soft(contrast(await color(page, selector, property), paper), name).toBeGreaterThan(least);
    }
    const onCard = {
      name: [".card .name", "fill", 4.5],
      group: [".card .group", "fill", 4.5],
      icon: [".card .kind", "stroke", 4.5],
      materialized: [".state-mark.state-materialized .solid", "fill", 3],
      failed: [".state-mark.state-failed .line", "stroke", 3],
      running: [".state-mark.state-running .line", "stroke", 3],
      queued: [".state-mark.state-queued .line", "stroke", 3],
    } as const;
    for (const [name, [selector, property, least]] of Object.entries(onCard)) {
      expect.soft(contrast(await color(page, selector, property), card), name).toBeGreaterThan(least);
    }
  });

  test("from afar a state is seen as a dot in its colour", async () => {
    const { page } = await open({ theme, width: 300 });
    const dot = ".dots.state-materialized .dot";
    const middle = await page.evaluate<[number, number]>(`(() => {
      const [, x, y] = document.querySelector("${dot}").getAttribute("d").match(/M(\\d+),(\\d+)/);
      const place = new DOMPoint(+x, +y).matrixTransform(document.querySelector(".content").getScreenCTM());
      return [place.x, place.y];
    })()`);
    expect(await pixel(page, middle)).toEqual(await color(page, dot, "stroke"));
  });

  test("the path of the selected asset has another colour or another weight than the rest", async () => {
    const { page } = await open({ theme });
    await page.mouse.click(...(await middleOf(page, "validated_readings")));
    const look = async (selector: string) => [
      await color(page, selector, "stroke"),
      await style(page, selector, "stroke-width"),
      await style(page, selector, "stroke-opacity"),
    ];
    expect(await page.locator(".edge.on-path").count()).toBe(7);
    expect(await look(".edge.on-path")).not.toEqual(await look(".edge:not(.on-path)"));
  });
});

describe("in a browser", () => {
  test("the keyboard alone reaches an asset, materializes it and opens its source", async () => {
    const { page, wishes } = await open({});
    for (let stop = 0; stop < 9 && !(await page.locator(".twin:focus").count()); stop++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("m");
    await page.keyboard.press("Shift+M");
    await page.keyboard.press("Enter");
    await expect
      .poll(wishes)
      .toEqual([
        "materialize stg_stations",
        "materialize stg_stations with upstream",
        "open the source of stg_stations",
      ]);
    expect(await page.locator(".card.is-selected").getAttribute("data-key")).toBe("stg_stations");
  });

  test("what is in view as a whole stays so when the panel becomes smaller, though an asset is selected", async () => {
    const { page } = await open({});
    await page.mouse.click(...(await middleOf(page, "forecast")));
    await page.keyboard.press("ArrowLeft");
    const large = await transform(page);
    await page.setViewportSize({ width: 1400, height: 560 });
    await expect.poll(() => transform(page)).not.toBe(large);
    await page.mouse.move(0, 0);
    const small = await settledTransform(page);
    await page.keyboard.press("Home");
    expect(await settledTransform(page)).toBe(small);
  });

  test("a click shows the source, a double click opens it and does not zoom", async () => {
    const { page, wishes } = await open({});
    const before = await transform(page);
    await page.mouse.dblclick(...(await middleOf(page, "forecast")));
    const show = "show the source of forecast";
    await expect.poll(wishes).toEqual([show, show, "open the source of forecast"]);
    expect(await transform(page)).toBe(before);
  });

  test("the pointer drags the picture, and a drag selects nothing", async () => {
    const { page } = await open({});
    const [x = 0, y = 0] = await placeOf(page);
    await page.mouse.move(...(await middleOf(page, "forecast")));
    await page.mouse.down();
    await page.mouse.move(400, 640, { steps: 4 });
    await page.mouse.move(500, 680, { steps: 4 });
    const [heldX = 0, heldY = 0] = await placeOf(page);
    await page.mouse.move(600, 720, { steps: 4 });
    await page.mouse.up();
    const [endX = 0, endY = 0] = await placeOf(page);
    expect([heldX, heldY]).not.toEqual([x, y]);
    expect([endX - heldX, endY - heldY]).toEqual([100, 40]);
    expect(await page.locator(".is-selected").count()).toBe(0);
  });

  test("of 5,000 assets only those in view are in the document", async () => {
    const { page } = await open({ sample: "5000" });
    await page.keyboard.press("ArrowDown");
    // While the picture moves to the first of them, those on the way come and go.
    const cards = () => page.locator(".card").count();
    await expect.poll(async () => (await cards()) > 5 && (await cards()) < 200).toBe(true);
  });

  test("nothing moves by itself when the user wants less motion", async () => {
    const moving = async (page: Page) => page.evaluate<number>("document.getAnimations().length");
    const { page } = await open({});
    expect(await moving(page)).toBeGreaterThan(0);
    await page.emulateMedia({ reducedMotion: "reduce" });
    expect(await moving(page)).toBe(0);
    await page.emulateMedia({ reducedMotion: "no-preference" });
    await page.evaluate("document.body.classList.add('vscode-reduce-motion')");
    expect(await moving(page)).toBe(0);
  });

  test("the hover tells the state in words, inside the window", async () => {
    const { page } = await open({ width: 700 });
    await page.mouse.move(...(await middleOf(page, "weekly_report")));
    const tooltip = page.locator(".tooltip.is-shown");
    await tooltip.waitFor();
    expect(await tooltip.textContent()).toContain("outside, not materialized here");
    const box = await tooltip.boundingBox();
    expect((box?.x ?? 0) + (box?.width ?? 0)).toBeLessThanOrEqual(700);
  });

  test("the page around it changes theme and sample", async () => {
    const page = await previews.page();
    await page.goto(previews.url());
    await page.getByLabel("theme").selectOption("light");
    await page.getByLabel("sample").selectOption("nothing");
    const frame = page.frameLocator("iframe");
    await frame.getByRole("button", { name: "Open folder" }).click();
    await expect
      .poll(() => page.locator("output").textContent())
      .toBe("The host was asked to take the action that was offered.");
    expect(await frame.locator("body.vscode-light").count()).toBe(1);
  });
});

interface Chosen {
  readonly theme?: string;
  readonly sample?: string;
  readonly width?: number;
}

async function open({ theme = "dark", sample = "mixed", width = 1400 }: Chosen) {
  const viewport = { width, height: 760 };
  const opened = await previews.open("lineage", { theme, sample, viewport });
  await opened.page
    .locator(".content[transform] :is(.card, .far-dots)")
    .first()
    .waitFor({ state: "attached" });
  return opened;
}

async function middleOf(page: Page, asset: string): Promise<[number, number]> {
  const box = await page.locator(`[data-key="${asset}"] .surface`).boundingBox();
  if (!box) throw new Error(`${asset} is not drawn.`);
  return [box.x + box.width / 2, box.y + box.height / 2];
}

async function transform(page: Page): Promise<string> {
  return (await page.locator(".content").getAttribute("transform")) ?? "";
}

/** After it has glided to its place. */
async function settledTransform(page: Page): Promise<string> {
  for (let before = ""; ; ) {
    await page.waitForTimeout(400);
    const now = await transform(page);
    if (now === before) return now;
    before = now;
  }
}

/** Where the picture's own zero lies in the window. */
async function placeOf(page: Page): Promise<number[]> {
  return ((await transform(page)).match(/-?[\d.]+/g) ?? []).slice(0, 2).map(Number);
}

function style(page: Page, selector: string, property: string): Promise<string> {
  return page.evaluate<string>(
    `getComputedStyle(document.querySelector(${JSON.stringify(selector)})).getPropertyValue("${property}")`,
  );
}

/** What the screen shows at one place. */
async function pixel(page: Page, [x, y]: readonly [number, number]): Promise<number[]> {
  const clip = { x: Math.floor(x), y: Math.floor(y), width: 1, height: 1 };
  const picture = (await page.screenshot({ clip })).toString("base64");
  const reader = await previews.page();
  return reader.evaluate<number[]>(`(async () => {
    const bytes = Uint8Array.from(atob("${picture}"), it => it.charCodeAt(0));
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    pen.drawImage(await createImageBitmap(new Blob([bytes], { type: "image/png" })), 0, 0);
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  })()`);
}

import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { expectToStandOut } from "./support/colors.ts";
import { openPreviews, themes } from "./support/previews.ts";

const previews = openPreviews();

describe.each(themes)("runs in a browser, in the theme %s", theme => {
  test("break no rule of the content security policy, and stand out from the paper", async () => {
    const { page, complaints } = await open({ theme });
    await lane(page, "+station_coverage").click();
    await page.locator(".gantt .row .name", { hasText: "validated_readings" }).click();
    await page.locator(".fact-error .link").waitFor();
    await expectToStandOut(page, [
      [".timeline .bars .state-materialized .solid", "fill", 3],
      [".timeline .bars .state-failed .tinted", "stroke", 3],
      [".timeline .bars .state-running .solid", "fill", 3],
      [".frame", "stroke", 3],
      [".critical .outline", "stroke", 4.5],
      [".names .row .name", "fill", 4.5],
      [".names .row .note", "fill", 4.5],
      [".reasons text", "fill", 4.5],
      [".axis .minor text", "fill", 4.5],
      [".gantt .row .note", "fill", 4.5],
      [".log-row .time", "color", 4.5],
      [".log-row .said", "color", 4.5],
      [".fact-error .link", "color", 4.5],
    ]);
    expect(complaints).toEqual([]);
  });
});

describe("runs in a browser", () => {
  test("are reached by the keyboard alone: a run, its steps, its log, and the retry", async () => {
    const { page, wishes } = await open({});
    for (let stop = 0; stop < 12 && !(await page.locator(".stage .twin:focus").count()); stop++)
      await page.keyboard.press("Tab");
    for (let lanes = 0; lanes < 4; lanes++) await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("End");
    expect(await page.locator(".fact-head strong").textContent()).toBe("station_coverage");
    for (let stop = 0; stop < 9 && !(await page.locator(".log:focus").count()); stop++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("Escape");
    await page.keyboard.press("Escape");
    await page.keyboard.press("r");
    await expect.poll(wishes).toContain("retry what is left of run 14");
    await expect.poll(() => page.locator(".details-head h2").textContent()).toBe("Run 92: +station_coverage");
  });

  test("grow while they go on, say what they say as they say it, and follow it until the hand scrolls", async () => {
    const { page } = await open({});
    await lane(page, "+station_coverage").click();
    await page.getByRole("button", { name: "Retry what failed" }).click();
    await page.locator(".log-row", { hasText: "line 3" }).waitFor();
    const width = () => page.locator(".frame").evaluate(it => Number(it.getAttribute("width")));
    const before = await width();
    await expect.poll(width, { timeout: 5_000 }).toBeGreaterThan(before);
    const follow = page.getByLabel("Follow");
    expect(await follow.isChecked()).toBe(true);
    await page.locator(".log-row", { hasText: "line 19" }).waitFor();
    await page.locator(".log").hover();
    await page.mouse.wheel(0, -2_000);
    await expect.poll(() => follow.isChecked()).toBe(false);
    await page.locator(".details-head .about", { hasText: "succeeded" }).waitFor();
  });

  test("part when one comes nearer with the wheel, and the axis goes with them", async () => {
    const { page } = await open({});
    const box = await page.locator(".axis-paper").first().boundingBox();
    const before = await page.locator(".axis .minor text").first().textContent();
    await page.mouse.move((box?.x ?? 0) + 900, 118);
    await page.keyboard.down("Control");
    for (let turn = 0; turn < 6; turn++) await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await expect.poll(() => page.locator(".axis .minor text").first().textContent()).not.toBe(before);
  });

  test("give a run more room when its border is moved by keys or by hand", async () => {
    const { page } = await open({});
    await lane(page, "+station_coverage").click();
    const height = async () => (await page.locator(".details").boundingBox())?.height ?? 0;
    const before = await height();
    const border = page.getByRole("separator", { name: "Height of the run" });
    await border.press("ArrowUp");
    await expect.poll(height).toBeGreaterThan(before + 10);
    const box = await border.boundingBox();
    await page.mouse.move(600, box?.y ?? 0);
    await page.mouse.down();
    await page.mouse.move(600, (box?.y ?? 0) + 150, { steps: 4 });
    await page.mouse.up();
    await expect.poll(height).toBeLessThan(before);
    await border.dblclick({ position: { x: 300, y: 0 } });
    await expect.poll(height).toBeCloseTo(before, 0);
  });

  test("tell about the one under the pointer", async () => {
    const { page } = await open({});
    const waiting = await page.locator(".reasons text").first().boundingBox();
    await page.mouse.move((waiting?.x ?? 0) + (waiting?.width ?? 0) + 20, (waiting?.y ?? 0) + 6);
    await expect
      .poll(() => page.locator(".tooltip.is-shown").textContent())
      .toMatch(/^Run 91: weather\/daily_readingswaits for run 90.*0 of 1 step/);
  });

  test("are shown again where they were after a reload", async () => {
    const { page } = await open({});
    await lane(page, "+station_coverage").click();
    await page.keyboard.press("+");
    await page.reload();
    await page.locator(".details-head h2", { hasText: "Run 14" }).waitFor();
    await page.locator(".frame").waitFor();
  });

  test("open the log of a long run at the first error, and scroll through all of it", async () => {
    const { page } = await open({ sample: "steps", ready: ".timeline .bars path[d]" });
    await page.locator(".names .row .name").first().click();
    await page.locator(".log-row").first().waitFor();
    expect(await page.locator(".log-row").count()).toBeLessThan(90);
    await page.locator(".log").press("End");
    await page.locator(".log-row", { hasText: "rows stored" }).last().waitFor();
    await page.getByLabel("Find in the log").fill("model_200 needs");
    await expect.poll(() => page.locator(".log-row").count()).toBe(1);
  });
});

async function open({
  theme = "dark",
  sample = "weather",
  ready = ".reasons text",
}: {
  theme?: string;
  sample?: string;
  ready?: string;
}) {
  const viewport = { width: 1300, height: 800 };
  const { page, complaints, wishes } = await previews.open("runs", { theme, sample, viewport });
  await page.locator(ready).first().waitFor({ state: "attached" });
  return { page, complaints, wishes: async () => (await wishes()).map(it => it.split(":")[0]) };
}

function lane(page: Page, name: string) {
  return page.locator(".names .row .name", { hasText: name }).first();
}

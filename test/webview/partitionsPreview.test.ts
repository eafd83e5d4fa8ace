import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { widthsOf } from "../../webview/partitions/layout.ts";
import { expectToStandOut } from "./support/colors.ts";
import { openPreviews, themes } from "./support/previews.ts";

const previews = openPreviews();

describe.each(themes)("partitions in a browser, in the theme %s", theme => {
  test("break no rule of the content security policy, from the drag to the launch", async () => {
    const { page, complaints, wishes } = await open({ theme });
    await drag(page, [0.9, "daily_readings"], [0.99, "daily_readings"]);
    const launch = page.getByRole("button", { name: "Launch" });
    await launch.click();
    await page.locator(".backfill").waitFor();
    await expect.poll(wishes).toHaveLength(1);
    expect(complaints).toEqual([]);
  });

  test("stand out from the paper in each state, and so do words and frame", async () => {
    const { page } = await open({ theme });
    await page.mouse.click(...(await pointIn(page, 0.98, "daily_readings")));
    await page.locator(".frame").waitFor();
    await expectToStandOut(page, [
      [".pieces .state-materialized .solid", "fill", 3],
      [".pieces .state-failed .tinted", "stroke", 3],
      [".pieces .state-queued .tinted", "stroke", 3],
      [".frame", "stroke", 3],
      [".row .name", "fill", 4.5],
      [".row .share", "fill", 4.5],
      [".axis .minor text", "fill", 4.5],
    ]);
  });
});

describe("partitions in a browser", () => {
  test("are selected by the keyboard alone, planned and launched", async () => {
    const { page, wishes } = await open({});
    for (let stop = 0; stop < 9 && !(await page.locator(".twin:focus").count()); stop++)
      await page.keyboard.press("Tab");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Shift+ArrowLeft");
    await page.keyboard.press("Enter");
    await expect.poll(() => page.getByRole("button", { name: "Launch" }).isEnabled()).toBe(true);
    await page.keyboard.press("Enter");
    await expect.poll(wishes).toEqual([expect.stringMatching(/^launch forecast\/skill \S+\.\.\.\S+$/)]);
  });

  test("come nearer around the pointer with Control and the wheel, and the axis with them", async () => {
    const { page } = await open({});
    const before = await page.locator(".axis .minor").first().textContent();
    await page.mouse.move(...(await pointIn(page, 0.95, "daily_readings")));
    await page.keyboard.down("Control");
    for (let turn = 0; turn < 8; turn++) await page.mouse.wheel(0, -120);
    await page.keyboard.up("Control");
    await expect.poll(() => page.locator(".axis .minor").first().textContent()).not.toBe(before);
  });

  test("tell about the one under the pointer, with its last run", async () => {
    const { page } = await open({});
    await page.mouse.move(...(await pointIn(page, 0.9, "daily_readings")));
    await expect
      .poll(() => page.locator(".tooltip.is-shown").textContent())
      .toContain("2 h ago · 1,204 rows · 840 ms");
  });

  test("are shown again where they were after a reload", async () => {
    const { page } = await open({});
    await page.mouse.dblclick(...(await labelOf(page, "region_days")));
    await page.locator(".where", { hasText: "weather/region_days" }).waitFor();
    await page.keyboard.press("Shift+ArrowLeft");
    const caption = await page.locator(".caption").textContent();
    await page.reload();
    await page.locator(".frame").first().waitFor();
    expect(await page.locator(".where").textContent()).toBe("weather/region_days");
    expect(await page.locator(".caption").textContent()).toBe(caption);
  });

  test("change while a backfill runs, until nothing is left to do", async () => {
    const { page } = await open({});
    const share = page.locator(".row", { hasText: "skill" }).locator(".share");
    await page.mouse.click(...(await labelOf(page, "skill")));
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Launch" }).click();
    await page.locator('.bar[role="progressbar"]').waitFor();
    await expect.poll(() => share.textContent(), { timeout: 10_000 }).toMatch(/^3\d\/40$/);
    await page.getByRole("button", { name: "Retry failed and missing" }).waitFor();
  });
});

async function open({ theme = "dark" }: { theme?: string }) {
  const viewport = { width: 1300, height: 620 };
  const opened = await previews.open("partitions", { theme, sample: "weather", viewport });
  await opened.page.locator(".pieces path[d]").first().waitFor({ state: "attached" });
  return opened;
}

/** A point in the line of an asset, so far along what is in view. */
async function pointIn(page: Page, part: number, name: string): Promise<[number, number]> {
  const [, y] = await labelOf(page, name);
  const plot = await page.locator(".axis-paper").first().boundingBox();
  const { labelWidth, plotWidth } = widthsOf(plot?.width ?? 0);
  return [(plot?.x ?? 0) + labelWidth + plotWidth * part, y];
}

async function labelOf(page: Page, name: string): Promise<[number, number]> {
  const box = await page.locator(".row .name", { hasText: new RegExp(`^${name}$`) }).boundingBox();
  if (!box) throw new Error(`${name} is not drawn.`);
  return [box.x + 10, box.y + box.height / 2];
}

async function drag(
  page: Page,
  from: readonly [number, string],
  to: readonly [number, string],
): Promise<void> {
  await page.mouse.move(...(await pointIn(page, ...from)));
  await page.mouse.down();
  await page.mouse.move(...(await pointIn(page, ...to)), { steps: 5 });
  await page.mouse.up();
}

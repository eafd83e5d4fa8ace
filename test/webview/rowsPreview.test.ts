import { expect, test } from "vitest";
import { openPreviews, themes } from "./support/previews.ts";

const previews = openPreviews();

test.each(themes)(
  "rows break no rule of the content security policy in the theme %s, and their names stay above them",
  async theme => {
    const viewport = { width: 900, height: 420 };
    const { page, complaints } = await previews.open("rows", { theme, sample: "weather", viewport });
    await page.getByRole("columnheader", { name: "celsius" }).click();
    expect(await page.getByRole("row").nth(1).textContent()).toContain("-9.9");
    await page.getByRole("gridcell").first().focus();
    await page.keyboard.press("Control+End");
    const head = await page.getByRole("columnheader").first().boundingBox();
    const stage = await page.locator(".stage").boundingBox();
    expect(head?.y).toBeCloseTo(stage?.y ?? -1, 0);
    expect(await page.getByRole("row").last().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  },
);

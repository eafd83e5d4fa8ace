import type { Page } from "playwright-core";
import { describe, expect, test } from "vitest";
import { expectToStandOut } from "./support/colors.ts";
import { openPreviews, themes } from "./support/previews.ts";

const previews = openPreviews();

describe.each(themes)("the page of an asset in a browser, in the theme %s", theme => {
  test("breaks no rule of the content security policy, whatever it shows", async () => {
    for (const sample of ["model", "typescript", "source", "exposure", "restricted", "wide", "nothing"]) {
      const { page, complaints } = await open({ theme, sample });
      if (sample === "model") await page.getByRole("button", { name: "Why" }).click();
      if (sample === "wide") await page.getByRole("button", { name: "260 more" }).click();
      expect(complaints, sample).toEqual([]);
      await page.close();
    }
  });

  test("can be read: words, results and marks stand out from the paper", async () => {
    const { page } = await open({ theme });
    await expectToStandOut(page, [
      [".state-words", "color", 4.5],
      [".stats dt", "color", 4.5],
      [".columns td.type", "color", 4.5],
      [".checks .link", "color", 4.5],
      [".checks .said", "color", 4.5],
      [".neighbour .name", "color", 4.5],
      [".checks .is-passed .result", "color", 3],
      [".checks .is-failed .result", "color", 3],
      [".card .state-mark .solid", "fill", 2],
    ]);
  });
});

describe("the page of an asset in a browser", () => {
  test("stays where it is while news arrive: nothing moves", async () => {
    const { page } = await open({});
    const before = await places(page);
    await page.getByRole("button", { name: "Materialize", exact: true }).click();
    await page.locator(".state-words", { hasText: "running" }).waitFor();
    expect(await places(page)).toEqual(before);
    await page.locator(".state-words", { hasText: /^materialized$/ }).waitFor();
    expect(await places(page)).toEqual(before);
    await page.getByRole("button", { name: "Run all" }).click();
    await page.locator(".checks .is-running").first().waitFor();
    expect(await places(page)).toEqual(before);
  });

  test("is walked by the keyboard alone: to a neighbour, and back", async () => {
    const { page } = await open({});
    await page.locator(".upstream button").first().focus();
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "weather/daily_city_averages" }).waitFor();
    expect(await page.evaluate("document.activeElement.tagName")).toBe("H1");
    await page.keyboard.press("Alt+ArrowLeft");
    await page.getByRole("heading", { name: "daily_weather_summary" }).waitFor();
    await page.locator(".columns .chip").first().focus();
    await page.keyboard.press("Enter");
    expect(await page.evaluate("document.activeElement.textContent")).toBe(
      "not_null_daily_weather_summary_city",
    );
  });

  test.each([320, 420, 700, 1400])(
    "has room for everything at a width of %s: nothing runs out of it",
    async width => {
      for (const sample of ["model", "wide"]) {
        const { page } = await open({ sample, width });
        const [content, room] = await page.evaluate<[number, number]>(
          "[document.querySelector('.page').scrollWidth, document.querySelector('.page').clientWidth]",
        );
        expect(content, sample).toBeLessThanOrEqual(room);
        await page.close();
      }
    },
  );
});

async function open({ theme = "dark", sample = "model", width = 1000 }) {
  const viewport = { width, height: 800 };
  const { page, complaints } = await previews.open("details", { theme, sample, viewport });
  await page.locator(sample === "nothing" ? ".empty button" : "h1[title]").waitFor();
  return { page, complaints };
}

/** Where each part of the page begins, and how large it is. */
function places(page: Page): Promise<unknown> {
  return page.evaluate(`[...document.querySelectorAll(".card, .stats dd, .part, .columns tr, .checks li")].map(it => {
    const { x, y, width, height } = it.getBoundingClientRect();
    return [it.className, x, y, width, height].join(" ").replace(/is-\\w+ /, "");
  })`);
}

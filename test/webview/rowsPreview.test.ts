import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { servePreview } from "../../scripts/servePreview.ts";

let browser: Browser;
let preview: Awaited<ReturnType<typeof servePreview>>;

beforeAll(async () => {
  preview = await servePreview();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"],
  });
});

afterAll(async () => {
  await browser?.close();
  await preview?.close();
});

test.each(["dark", "light", "contrast", "contrast-light"])(
  "rows break no rule of the content security policy in the theme %s, and their names stay above them",
  async theme => {
    const page = await browser.newPage({ viewport: { width: 900, height: 420 } });
    const complaints: string[] = [];
    page.on("pageerror", error => complaints.push(error.message));
    page.on("console", message => void (message.type() === "error" && complaints.push(message.text())));
    await page.goto(`${preview.url}rows.html?theme=${theme}&sample=weather`);
    await page.getByRole("columnheader", { name: "celsius" }).click();
    expect(await page.getByRole("row").nth(1).textContent()).toContain("-9.9");
    await page.getByRole("gridcell").first().focus();
    await page.keyboard.press("Control+End");
    const head = await page.getByRole("columnheader").first().boundingBox();
    const stage = await page.locator(".stage").boundingBox();
    expect(head?.y).toBeCloseTo(stage?.y ?? -1, 0);
    expect(await page.getByRole("row").last().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await page.close();
  },
);

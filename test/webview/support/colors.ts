import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Expects that what is drawn stands out from the paper of the page, each by its ratio at least. */
export async function expectToStandOut(
  page: Page,
  drawn: readonly (readonly [selector: string, property: string, least: number])[],
): Promise<void> {
  const paper = await color(page, "body", "background-color");
  for (const [selector, property, least] of drawn) {
    expect.soft(contrast(await color(page, selector, property), paper), selector).toBeGreaterThan(least);
  }
}

/** A colour as the screen shows it, painted onto the paper by a canvas. */
export async function color(page: Page, selector: string, property: string): Promise<number[]> {
  const style = (of: string, name: string) =>
    `getComputedStyle(document.querySelector(${JSON.stringify(of)})).getPropertyValue("${name}")`;
  return page.evaluate<number[]>(`(() => {
    const pen = new OffscreenCanvas(1, 1).getContext("2d");
    for (const color of [${style("body", "background-color")}, ${style(selector, property)}]) {
      pen.fillStyle = color;
      pen.fillRect(0, 0, 1, 1);
    }
    return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3);
  })()`);
}

/** The ratio by which two colours differ for the eye (WCAG). */
export function contrast(a: readonly number[], b: readonly number[]): number {
  const [light = 0, dark = 0] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = color
    .map(part => part / 255)
    .map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

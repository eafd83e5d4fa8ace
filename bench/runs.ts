import { chromium, type Page } from "playwright-core";
import { servePreview } from "../scripts/servePreview.ts";
import { fromSamples, type Report } from "./figures/figure.ts";
import { chromiumPath, reportSize } from "./figures/picture.ts";

/** The picture of runs in a headless browser, which draws in software. */
export async function bench(report: Report) {
  const preview = await servePreview();
  const browser = await chromium.launch({
    executablePath: await chromiumPath(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-sync",
    ],
  });
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 800 } });
    const samples: number[] = [];
    for (let n = 0; n < 7; n++) samples.push(await paint(page, preview.url));
    report(
      fromSamples(samples, 50, {
        figure: "2,000 runs painted",
        unit: "ms",
        budget: 300,
        better: "lower",
        peer: null,
      }),
    );
    const frame = { unit: "ms", budget: 10, better: "lower", peer: null } as const;
    await page.keyboard.press("0");
    const zoomed = await framesOf(page, step => page.mouse.wheel(0, step < 30 ? -60 : 60), "Control");
    report(
      fromSamples(zoomed, 95, {
        ...frame,
        figure: "a frame of zooming over 2,000 runs, script and layout, p95",
      }),
    );
    await page.keyboard.press("ArrowDown");
    await page.locator(".log-row").first().waitFor();
    const changed = await framesOf(page, () => page.evaluate("change()"));
    report(
      fromSamples(changed, 95, {
        ...frame,
        figure: "a frame in which one of 2,000 runs changed, script and layout, p95",
      }),
    );
  } finally {
    await browser.close();
    await preview.close();
  }
  reportSize(report, "runs");
}

/** From the arrival of the host's message to the frame in which the runs are seen. */
async function paint(page: Page, url: string): Promise<number> {
  await page.goto("about:blank");
  await page.addInitScript(`addEventListener("message", ({ data }) => {
    if (data.method !== "show" || window.began) return;
    window.began = performance.now();
    const [runs] = data.args;
    let at = 0;
    window.change = () => window.postMessage({ id: 100000 + at, method: "update", args: [[{ ...runs[at++ % 40], status: "running", endedAt: null }], []] }, origin);
    requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now() - window.began; }));
  }, { capture: true });`);
  await page.goto(`${url}runs.html?theme=dark&sample=2000`);
  await page.locator(".bars path[d]").first().waitFor({ state: "attached" });
  for (;;) {
    const painted = await page.evaluate<number | null>("window.painted ?? null");
    if (painted !== null) return painted;
    await page.waitForTimeout(5);
  }
}

/** The milliseconds of script, style and layout that each of sixty deeds costs. */
async function framesOf(
  page: Page,
  act: (step: number) => Promise<unknown>,
  key?: string,
): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const parts = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];
    return metrics.reduce((sum, it) => sum + (parts.includes(it.name) ? it.value * 1000 : 0), 0);
  };
  const samples: number[] = [];
  await page.mouse.move(900, 300);
  if (key) await page.keyboard.down(key);
  for (let step = 0; step < 60; step++) {
    const before = await spent();
    await act(step);
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    samples.push((await spent()) - before);
  }
  if (key) await page.keyboard.up(key);
  await session.detach();
  return samples;
}

import { chromium, type Page } from "playwright-core";
import { servePreview } from "../scripts/servePreview.ts";
import { fromSamples, type Report } from "./figures/figure.ts";
import { chromiumPath, reportSize } from "./figures/picture.ts";

/** The matrix of partitions in a headless browser, which draws in software. */
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
    const painted = { unit: "ms", budget: 300, better: "lower", peer: null } as const;
    for (const { sample, figure } of [
      { sample: "100000", figure: "matrix of 100,000 partitions painted" },
      { sample: "wide", figure: "matrix of 50 × 100,000 partitions painted" },
    ]) {
      const samples: number[] = [];
      for (let n = 0; n < 7; n++) samples.push(await paint(page, preview.url, sample));
      report(fromSamples(samples, 50, { figure, ...painted }));
    }
    report(
      fromSamples(await zoom(page), 95, {
        figure: "a frame of zooming over 50 × 100,000 partitions, script and layout, p95",
        unit: "ms",
        budget: null,
        better: "lower",
        peer: null,
      }),
    );
  } finally {
    await browser.close();
    await preview.close();
  }
  reportSize(report, "partitions");
}

/** From the arrival of the host's message to the frame in which the matrix is seen. */
async function paint(page: Page, url: string, sample: string): Promise<number> {
  await page.goto("about:blank");
  await page.addInitScript(`addEventListener("message", ({ data }) => {
    if (data.method !== "show" || window.began) return;
    window.began = performance.now();
    requestAnimationFrame(() => setTimeout(() => { window.painted = performance.now() - window.began; }));
  }, { capture: true });`);
  await page.goto(`${url}partitions.html?theme=dark&sample=${sample}`);
  await page.waitForFunction("window.painted !== undefined && document.querySelector('.pieces path[d]')");
  return page.evaluate<number>("window.painted");
}

/** The milliseconds of script, style and layout of each turn of the wheel. */
async function zoom(page: Page): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const parts = ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"];
    return metrics.reduce((sum, it) => sum + (parts.includes(it.name) ? it.value * 1000 : 0), 0);
  };
  const samples: number[] = [];
  await page.mouse.move(800, 400);
  await page.keyboard.down("Control");
  for (let step = 0; step < 60; step++) {
    const before = await spent();
    await page.mouse.wheel(0, step < 30 ? -20 : 20);
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    samples.push((await spent()) - before);
  }
  await page.keyboard.up("Control");
  await session.detach();
  return samples;
}

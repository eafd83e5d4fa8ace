import { chromium, type Page } from "playwright-core";
import { servePreview } from "../scripts/servePreview.ts";
import { layout } from "../webview/lineage/layout.ts";
import { largeSample } from "../webview/preview/samples.ts";
import { fromSamples, type Report } from "./figures/figure.ts";
import { chromiumPath, reportSize } from "./figures/picture.ts";

/** Layout in numbers; the picture itself in a headless browser, which draws in software. */
export async function bench(report: Report) {
  for (const { count, budget, dagre } of [
    { count: 1_000, budget: 100, dagre: 831 },
    { count: 5_000, budget: 700, dagre: 11_039 },
    { count: 10_000, budget: 1_500, dagre: 25_422 },
  ]) {
    const { graph } = largeSample(count, 0);
    const samples = Array.from({ length: 9 }, () => timed(() => layout(graph)));
    const figure = `layout of ${count.toLocaleString("en-US")} assets`;
    const peer = { name: "dagre tight-tree, measured separately", value: dagre };
    report(fromSamples(samples, 50, { figure, unit: "ms", budget, better: "lower", peer }));
  }
  await benchInBrowser(report);
  reportSize(report, "lineage");
}

async function benchInBrowser(report: Report) {
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
    const open = (sample: string) => page.goto(`${preview.url}lineage.html?theme=dark&sample=${sample}`);
    const shown: number[] = [];
    for (let n = 0; n < 5; n++) {
      await open("nothing");
      await page.locator(".empty button").waitFor();
      shown.push(await showGraph(page, 1_000));
    }
    const first = {
      figure: "1,000 assets arrive → first frame",
      unit: "ms",
      budget: null,
      peer: null,
    } as const;
    report(fromSamples(shown, 50, { ...first, better: "lower" }));

    await open("5000");
    await page.locator(".far-dots .dot").first().waitFor({ state: "attached" });
    report(frameFigure("a frame of panning over 5,000 dots, script and layout, p95", await pan(page)));
    // The first asset, with its surroundings at a readable size.
    await page.keyboard.press("ArrowDown");
    await page.locator(".card.is-selected").waitFor();
    await page.keyboard.press("Escape");
    await page.waitForTimeout(500);
    report(frameFigure("a frame of panning over cards of 5,000, script and layout, p95", await pan(page)));
  } finally {
    await browser.close();
    await preview.close();
  }
}

function frameFigure(figure: string, samples: readonly number[]) {
  return fromSamples(samples, 95, { figure, unit: "ms", budget: 10, better: "lower", peer: null });
}

/** From the message of the host to the frame in which the graph is seen. */
function showGraph(page: Page, count: number): Promise<number> {
  const message = { id: 1_000, method: "show", args: [largeSample(count, 0).graph] };
  return page.evaluate<number>(`new Promise(resolve => {
    const start = performance.now();
    new MutationObserver((_, observer) => {
      observer.disconnect();
      requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - start)));
    }).observe(document.querySelector(".content"), { childList: true });
    postMessage(${JSON.stringify(message)}, origin);
  })`);
}

/** The milliseconds of script, style and layout that each step of a drag costs, to its frame. */
async function pan(page: Page): Promise<number[]> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  const spent = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    const seconds = metrics
      .filter(({ name }) => ["ScriptDuration", "LayoutDuration", "RecalcStyleDuration"].includes(name))
      .reduce((sum, { value }) => sum + value, 0);
    return seconds * 1000;
  };
  const samples: number[] = [];
  await page.mouse.move(1200, 700);
  await page.mouse.down();
  for (let step = 1; step <= 120; step++) {
    const before = await spent();
    await page.mouse.move(1200 - step * 9, 700 - step * 4);
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))");
    samples.push((await spent()) - before);
  }
  await page.mouse.up();
  await session.detach();
  return samples;
}

function timed(work: () => unknown): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

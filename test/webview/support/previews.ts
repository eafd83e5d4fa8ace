import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, afterEach, beforeAll } from "vitest";
import { servePreview } from "../../../scripts/servePreview.ts";

export const themes = ["dark", "light", "contrast", "contrast-light"];

/** A picture in a browser. */
export interface OpenedPreview {
  readonly page: Page;
  /** Errors, and rules of the content security policy that were broken. */
  readonly complaints: string[];
  /** What was asked of the editor. */
  wishes(): Promise<string[]>;
}

export interface Previews {
  /** An empty page. */
  page(): Promise<Page>;
  /** The address of the page around all pictures. */
  url(): string;
  open(
    picture: string,
    shown: { theme: string; sample: string; viewport: { width: number; height: number } },
  ): Promise<OpenedPreview>;
}

/** One browser with the previews for all tests of a file; each test begins without pages. */
export function openPreviews(): Previews {
  let browser: Browser;
  let preview: Awaited<ReturnType<typeof servePreview>>;

  beforeAll(async () => {
    preview = await servePreview();
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox", "--disable-gpu", "--disable-quic", ...quiet],
    });
  });

  // A page that is left open goes on animating.
  afterEach(async () => {
    for (const context of browser.contexts()) await context.close();
  });

  afterAll(async () => {
    await browser?.close();
    await preview?.close();
  });

  return {
    page: () => browser.newPage(),
    url: () => preview.url,
    async open(picture, { theme, sample, viewport }) {
      const page = await browser.newPage({ viewport });
      const complaints: string[] = [];
      page.on("pageerror", error => complaints.push(error.message));
      page.on("console", message => void (message.type() === "error" && complaints.push(message.text())));
      await page.addInitScript(
        "window.wishes = []; addEventListener('message', ({ data }) => data.wish && wishes.push(data.wish));",
      );
      await page.goto(`${preview.url}${picture}.html?theme=${theme}&sample=${sample}`);
      return { page, complaints, wishes: () => page.evaluate<string[]>("wishes") };
    },
  };
}

const quiet = [
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

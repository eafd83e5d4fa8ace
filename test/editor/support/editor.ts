import { mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type BrowserContext, chromium } from "playwright-core";
import { type RunningServer, startServer } from "./codeServer.ts";
import { type EditorWindow, openWindow } from "./window.ts";

/** A real VS Code with the built extension in it, and a browser to use it with. */
export interface Editor {
  readonly server: RunningServer;
  /** Opens a folder in a window of its own. */
  open(folder: string): Promise<EditorWindow>;
  stop(): Promise<void>;
}

export interface EditorOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Whether folders are trusted without a question; as a user meets it when false. */
  readonly trusted?: boolean;
  readonly size?: { readonly width: number; readonly height: number };
  /** Pixels of a screenshot for each of the page's. */
  readonly scale?: number;
  /** The folder that the extension is installed in; without one it is installed first. */
  readonly extensions?: string;
}

/** Where pictures of what was tested are put, for people to look at; each user of a machine has a folder of their own. */
export const screenshots =
  process.env.MILLRACE_SCREENSHOTS ??
  join(tmpdir(), ["millrace-screenshots", process.getuid?.() || ""].filter(Boolean).join("-"));

export async function startEditor({
  settings = {},
  trusted = true,
  size = { width: 1280, height: 800 },
  scale = 1,
  extensions,
}: EditorOptions = {}): Promise<Editor> {
  const trust = trusted
    ? { "security.workspace.trust.enabled": false }
    : { "security.workspace.trust.enabled": true, "security.workspace.trust.startupPrompt": "never" };
  await mkdir(screenshots, { recursive: true });
  const server = await startServer({
    settings: { ...trust, ...settings },
    ...(extensions ? { extensions } : {}),
  });
  let browser: BrowserContext | undefined;
  try {
    browser = await startBrowser(server, size, scale);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return {
    server,
    open: async folder => openWindow(await (browser as BrowserContext).newPage(), server.origin, folder),
    async stop() {
      await browser?.close();
      await server.stop();
    },
  };
}

async function startBrowser(
  server: RunningServer,
  viewport: { width: number; height: number },
  deviceScaleFactor: number,
) {
  const executablePath = await findChromium();
  if (executablePath === null) throw new Error("There is no Chromium. Install it, or name one in CHROMIUM.");
  const quiet = ["--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-sync"];
  return chromium.launchPersistentContext(join(server.folder, "browser"), {
    executablePath,
    headless: true,
    viewport,
    deviceScaleFactor,
    args: ["--no-sandbox", "--disable-gpu", "--disable-component-update", ...quiet],
  });
}

async function findChromium(): Promise<string | null> {
  const script = new URL("../../../scripts/chromium.mjs", import.meta.url).href;
  return ((await import(script)) as { findChromium(): string | null }).findChromium();
}

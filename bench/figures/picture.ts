import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { fromSamples, type Report } from "./figure.ts";

/** How much JavaScript a picture loads. */
export function reportSize(report: Report, picture: string): void {
  const file = fileURLToPath(new URL(`../../dist/webview/${picture}.js`, import.meta.url));
  const figure = `JavaScript of the ${picture} picture`;
  const options = { figure, unit: "kB", budget: 150, better: "lower", peer: null } as const;
  report(fromSamples([statSync(file).size / 1000], 50, options));
}

/** The same browser that the tests use; the script that finds it is plain JavaScript. */
export async function chromiumPath(): Promise<string> {
  const script = new URL("../../scripts/chromium.mjs", import.meta.url).href;
  const { findChromium } = (await import(script)) as { findChromium(): string | null };
  const path = findChromium();
  if (path === null) throw new Error("There is no Chromium. Install it, or name its executable in CHROMIUM.");
  return path;
}

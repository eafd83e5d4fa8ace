import { spawnSync } from "node:child_process";
import { globSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fromSamples, type Report } from "./figures/figure.ts";

/** What is downloaded and parsed before anything happens. */
export function bench(report: Report) {
  for (const picture of globSync("dist/webview/*.js")) {
    size(report, `script of the picture ${basename(picture, ".js")}`, picture, "kB", 150);
  }
  size(report, "bundle of the extension", "dist/extension.cjs", "kB", null);
  const folder = mkdtempSync(join(tmpdir(), "millrace-bundles-"));
  try {
    const vsix = join(folder, "millrace.vsix");
    const packed = spawnSync(process.execPath, ["scripts/package.mjs", "--out", vsix], {
      stdio: [null, 2, 2],
    });
    if (packed.status !== 0) throw new Error("The VSIX could not be packed.");
    size(report, "VSIX", vsix, "MB", 3);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function size(report: Report, figure: string, file: string, unit: "kB" | "MB", budget: number | null) {
  const value = statSync(file).size / (unit === "kB" ? 1e3 : 1e6);
  report(fromSamples([value], 50, { figure, unit, budget, better: "lower", peer: null }));
}

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { context } from "esbuild";

const clone = fileURLToPath(new URL("..", import.meta.url));

/** Serves every picture with sample data on this machine only; each request sees the sources as they are now. */
export async function servePreview({ port = 0 } = {}): Promise<{ url: string; close(): Promise<void> }> {
  const build = await context({
    absWorkingDir: clone,
    entryPoints: {
      preview: "webview/preview/main.ts",
      lineage: "webview/preview/lineage.ts",
      lineageStyle: "webview/lineage/lineage.css",
      partitions: "webview/preview/partitions.ts",
      partitionsStyle: "webview/partitions/partitions.css",
      conditions: "webview/preview/conditions.ts",
      conditionsStyle: "webview/conditions/conditions.css",
      runs: "webview/preview/runs.ts",
      runsStyle: "webview/runs/runs.css",
      rows: "webview/preview/rows.ts",
      rowsStyle: "webview/rows/rows.css",
      details: "webview/preview/details.ts",
      detailsStyle: "webview/details/details.css",
    },
    outdir: "webview/preview/built",
    bundle: true,
    format: "esm",
    target: "chrome130",
    sourcemap: "inline",
    logLevel: "warning",
    write: false,
  });
  const served = await build.serve({ host: "127.0.0.1", port, servedir: join(clone, "webview", "preview") });
  return { url: `http://127.0.0.1:${served.port}/`, close: () => build.dispose() };
}

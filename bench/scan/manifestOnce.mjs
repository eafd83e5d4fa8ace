import { readFileSync } from "node:fs";

/**
 * Reads one manifest in a process of its own, beside everything else or by nothing but JSON.parse, and prints how
 * many megabytes the process has taken at the most (RSS); its threads count.
 */
const [module, path] = process.argv.slice(2);
const read =
  module === "JSON.parse" ? async () => JSON.parse(readFileSync(path, "utf8")) : await aside(module);
const graph = await read();
process.stdout.write(
  JSON.stringify({
    megabytes: process.resourceUsage().maxRSS / 1024,
    models: (graph.assets ?? Object.keys(graph.nodes)).length,
  }),
);
process.exit();

async function aside(module) {
  const { readManifestAside } = await import(module);
  return () => readManifestAside(path, "manifest.json");
}

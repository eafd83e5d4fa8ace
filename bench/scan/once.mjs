import { monitorEventLoopDelay } from "node:perf_hooks";

/** One cold scan in a process of its own: prints how long it took, and how long it held its thread at most. */
const [scanModule, root] = process.argv.slice(2);
const { scanWorkspace } = await import(scanModule);
const resolution = 1;
const delay = monitorEventLoopDelay({ resolution });
delay.enable();
await new Promise(resolve => setTimeout(resolve, 50));
delay.reset();
const start = performance.now();
const { assets, edges, problems } = await scanWorkspace(root);
const milliseconds = performance.now() - start;
// The histogram learns of the last turn of the loop in the next one.
await new Promise(resolve => setTimeout(resolve, 20));
process.stdout.write(
  JSON.stringify({
    milliseconds,
    longestBlock: delay.max / 1e6 - resolution,
    assets: assets.length,
    edges: edges.length,
    problems: problems.length,
  }),
);
process.exit();

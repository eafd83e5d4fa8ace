import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { files } from "./automation/files.ts";
import type { TicksMeasured } from "./automation/manyTicks.ts";
import { inWorkspace } from "./automation/workspace.ts";
import type { Report } from "./figures/figure.ts";
import { processorSeconds } from "./figures/processes.ts";

const sensors = `import { sensor, skip } from "millrace";
export const all = Array.from({ length: 1_000 }, (_, i) =>
  sensor("idle_" + i, { every: "30 s", run: () => skip("nothing new") }));`;

/** How soon a file is noticed, what a thousand sensors cost that find nothing, and whether ticks pile up. */
export async function bench(report: Report) {
  await files(report);
  await inWorkspace({ "sensors.ts": sensors }, root => idleCost(root, report));
  await manyTicks(report);
}

const idleSeconds = 30;

/** The share of one processor that a daemon takes, with the process of its sensors. */
async function idleCost(root: string, report: Report) {
  const cli = fileURLToPath(new URL("../dist/cli.js", import.meta.url));
  const daemon = spawn(process.execPath, [cli, "daemon"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  await sleep(40_000);
  const before = await processorSeconds(daemon.pid ?? 0);
  await sleep(idleSeconds * 1_000);
  const used = (await processorSeconds(daemon.pid ?? 0)) - before;
  daemon.kill("SIGTERM");
  await once(daemon, "exit");
  const value = Number(((used / idleSeconds) * 100).toPrecision(3));
  report({
    figure: "1,000 sensors every 30 s that find nothing, share of one processor",
    ...{ value, unit: "%", budget: null, better: "lower", n: 1, min: value, max: value, peer: null },
  });
}

/**
 * Memory is told by what is in use after a collection, and by what the process takes when its heap has little room:
 * with much room V8 takes it, whether it needs it or not.
 */
async function manyTicks(report: Report) {
  const script = fileURLToPath(new URL("automation/manyTicks.ts", import.meta.url));
  const child = fork(script, ["50000", "100000"], {
    execArgv: ["--expose-gc", "--max-old-space-size=64", "--max-semi-space-size=4"],
  });
  const measured: TicksMeasured[] = [];
  child.on("message", it => measured.push(it as TicksMeasured));
  await once(child, "exit");
  const [early, late] = measured;
  if (early === undefined || late === undefined) throw new Error("The ticks did not come to their end.");
  const figure = (name: string, megabytes: number, budget: number | null) => {
    const value = Number(Math.max(0, megabytes).toPrecision(3));
    const rest = { unit: "MB", better: "lower" as const, n: late.ticks, min: value, max: value, peer: null };
    report({ figure: name, value, budget, ...rest });
  };
  figure("engine's heap in use after 100,000 ticks", late.heap, null);
  figure("its growth from 50,000 to 100,000 ticks", late.heap - early.heap, 2);
  figure("engine's memory (PSS) after 100,000 ticks, with a heap of 64 MB at most", late.engine, null);
  figure("its growth from 50,000 to 100,000 ticks, resident", late.engine - early.engine, 20);
  figure("growth of the processes that evaluate sensors, in the same time", late.sensors - early.sensors, 20);
  figure("state of 100,000 ticks that came to nothing", late.state, 10);
}

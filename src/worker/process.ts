import { connect, type Port } from "../protocol/channel.ts";
import type { WorkerClient, WorkerHost } from "../protocol/worker.ts";
import { createWorker } from "./worker.ts";

const engine = connect<WorkerHost, WorkerClient>(
  parentPort(),
  createWorker(process.argv[2] ?? "unnamed", {
    logged: (stepId, runId, lines) => void engine.logged(stepId, runId, lines),
    evaluating: name => void engine.evaluating(name),
  }),
);

/** The engine's end of the process channel; without an engine there is no reason to live. */
function parentPort(): Port {
  process.once("disconnect", () => process.exit(0));
  // Ctrl-C in a terminal, and who stops a service, reach the whole group; the engine decides what it means for a
  // running step.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});
  return {
    post: message => void process.send?.(message),
    onMessage: listener => void process.on("message", listener),
    onClose: () => {},
  };
}

import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { FileScan } from "./fileScan.ts";
import { readScansMessage } from "./scanMessage.ts";

/** A thread that scans beside the calling one; it answers in the order in which it was asked. */
export interface ScanThread {
  /** Rejects when the thread has died. */
  scan(files: string[]): Promise<FileScan[]>;
  stop(): Promise<unknown>;
}

/** Starts threads; none where their script is not installed. */
export function startScanThreads(root: string, count: number): ScanThread[] {
  const script = threadScript();
  return script === null ? [] : Array.from({ length: count }, () => startThread(script, root));
}

function startThread(script: string, root: string): ScanThread {
  const worker = new Worker(script, {
    workerData: { root },
    env: withCompileCache(process.env),
    // Trees are thrown away as fast as they are made: with more room for what is young it is collected less often.
    resourceLimits: { maxYoungGenerationSizeMb: 96 },
  });
  const asked: { resolve(scans: FileScan[]): void; reject(error: Error): void }[] = [];
  let ended: Error | null = null;
  worker.on("message", (scans: string) => asked.shift()?.resolve(readScansMessage(scans)));
  worker.on("error", error => end(error as Error));
  worker.on("exit", () => end(new Error("A thread of the scan has ended.")));

  return {
    scan: files =>
      new Promise((resolve, reject) => {
        if (ended) return reject(ended);
        asked.push({ resolve, reject });
        worker.postMessage(files);
      }),
    stop: () => worker.terminate(),
  };

  function end(error: Error) {
    ended ??= error;
    for (const { reject } of asked.splice(0)) reject(ended);
  }
}

/** The compiled parser is kept where Node keeps such things: compiling it is a sixth of a thread's work. */
function withCompileCache(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { NODE_COMPILE_CACHE: join(tmpdir(), "node-compile-cache"), ...env };
}

/** Its source when this runs from source, else the bundle beside this one (or beside its folder). */
export function threadScript(): string | null {
  // A CommonJS bundle has no `import.meta.url`.
  const { url } = import.meta as { url?: string };
  const here = url === undefined ? __dirname : dirname(fileURLToPath(url));
  const candidates = ["thread.ts", "scanThread.js", "../scanThread.js"].map(it => join(here, it));
  return candidates.find(it => existsSync(it)) ?? null;
}

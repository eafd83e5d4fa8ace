import type { ScannedGraph } from "../model/assetGraph.ts";
import type { LogLine } from "../model/run.ts";
import type { DefinitionsBundle } from "../protocol/worker.ts";
import type { Definitions } from "./definitions.ts";
import { startWorkerProcess, type WorkerProcess } from "./workerProcess.ts";

/** The workers of one engine: one warm process for each set of definitions that is still in use. */
export interface Workers {
  /** Starts a worker with these definitions, and answers what it found; at once when one is warm. */
  load(definitions: Definitions): Promise<ScannedGraph>;
  /** A living worker with these definitions. */
  get(digest: string): Promise<WorkerProcess>;
  loaded(): string[];
  /** Ends the workers of definitions that nobody needs any more. */
  keepOnly(digests: ReadonlySet<string>): void;
  stop(): Promise<void>;
  kill(): void;
}

type Started = Promise<{ process: WorkerProcess; graph: ScannedGraph }>;

interface Loaded {
  definitions: Definitions;
  /** Null after it died: the next one who asks starts another. */
  worker: Started | null;
}

export function createWorkers(
  bundle: Omit<DefinitionsBundle, "modules">,
  logged: (stepId: string | null, runId: string | null, lines: LogLine[]) => void,
): Workers {
  const byDigest = new Map<string, Loaded>();
  /** Who was still loading then would start a process that nobody ends. */
  let isStopped = false;

  return {
    load: async definitions => (await ensure(definitions)).graph,
    async get(digest) {
      const known = byDigest.get(digest);
      if (!known) throw new Error("The definitions of this run are not loaded here any more. Run it again.");
      return (await ensure(known.definitions)).process;
    },
    loaded: () => [...byDigest.keys()],
    keepOnly(digests) {
      for (const [digest, { worker }] of byDigest) {
        if (digests.has(digest)) continue;
        byDigest.delete(digest);
        void stop(worker);
      }
    },
    kill() {
      isStopped = true;
      for (const { worker } of byDigest.values()) void worker?.then(({ process }) => process.kill());
    },
    async stop() {
      isStopped = true;
      const all = [...byDigest.values()];
      byDigest.clear();
      await Promise.all(all.map(({ worker }) => stop(worker)));
    },
  };

  function ensure(definitions: Definitions): Started {
    const known = byDigest.get(definitions.digest) ?? { definitions, worker: null };
    byDigest.set(definitions.digest, known);
    if (known.worker) return known.worker;
    if (isStopped) return Promise.reject(new Error("The engine has stopped."));
    const started = start(known);
    known.worker = started;
    started.catch(() => {
      if (known.worker === started) known.worker = null;
    });
    return started;
  }

  async function start(known: Loaded) {
    const { definitions } = known;
    const process = startWorkerProcess(logged);
    const died = process.ended.then(({ reason }) => {
      known.worker = null;
      throw new Error(`The worker process ended while it loaded the asset files (${reason}).`);
    });
    died.catch(() => {});
    const { graph } = await Promise.race([process.load({ ...bundle, modules: definitions.modules }), died]);
    // What does not compile is told once, by the bundler, with its own position.
    const broken = new Set(definitions.problems.map(it => it.file));
    const problems = [...definitions.problems, ...graph.problems.filter(it => !broken.has(it.file))];
    return { process, graph: { ...graph, problems } };
  }
}

async function stop(worker: Started | null): Promise<void> {
  const started = await worker?.catch(() => null);
  await started?.process.stop();
}

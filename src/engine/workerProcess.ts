import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import type { LogLine, RunError } from "../model/run.ts";
import type { SensorOrder, SensorOutcome } from "../model/sensorTick.ts";
import { connect, type Port, type Remote } from "../protocol/channel.ts";
import type {
  DefinitionsBundle,
  LoadedDefinitions,
  StepOrder,
  StepOutcome,
  WorkerClient,
  WorkerHost,
} from "../protocol/worker.ts";
import { workerEntry } from "./installation.ts";

/** A child process that runs user code; nothing of the user's is ever loaded here. */
export interface WorkerProcess {
  readonly id: string;
  readonly pid: number;
  /** How many steps it runs now. */
  readonly running: number;
  load(bundle: DefinitionsBundle): Promise<LoadedDefinitions>;
  runStep(order: StepOrder): Promise<StepOutcome>;
  cancelStep(stepId: string): void;
  /** The sensor whose function was called and did not come back yet. */
  readonly holder: string | null;
  /** Rejects when the process ends under it. */
  runSensor(order: SensorOrder): Promise<SensorOutcome>;
  cancelSensor(id: string): void;
  /** Resolves at once, unless user code holds the process. */
  ping(): Promise<void>;
  /** Asks about what is stored; rejects when the process ends meanwhile. */
  readonly stored: Pick<Remote<WorkerHost>, "previewRows" | "runChecks" | "storedColumns">;
  readonly inspector: Pick<Remote<WorkerHost>, "openInspector" | "closeInspector">;
  /** Lets it close what user code opened, then ends it. */
  stop(): Promise<void>;
  kill(): void;
  /** The engine ended it: what it ran besides was lost through no fault of its own. */
  readonly wasKilled: boolean;
  readonly ended: Promise<{ reason: string }>;
}

const stopGraceMs = 3_000;

/** Starts a worker; `logged` hears what user code says, and what the process prints outside of any step. */
export function startWorkerProcess(
  logged: (stepId: string | null, runId: string | null, lines: LogLine[]) => void,
  nodeOptions: readonly string[] = [],
): WorkerProcess {
  const id = randomUUID();
  const child = fork(fileURLToPath(workerEntry), [id], {
    execArgv: ["--enable-source-maps", "--disable-warning=ExperimentalWarning", ...nodeOptions],
    serialization: "advanced",
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  let tail = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      tail = (tail + text).slice(-4_000);
      logged(null, null, [
        { at: new Date().toISOString(), level: "info", asset: null, message: text.trimEnd() },
      ]);
    });
  }
  const ended = new Promise<{ reason: string }>(resolve => {
    // Also whoever writes to a process that has just ended; that it ended is told by its exit.
    child.on("error", error => {
      if (child.pid === undefined) resolve({ reason: error.message });
    });
    child.once("exit", (code, signal) =>
      resolve({ reason: `${signal ?? `exit code ${code}`}${lastWords(tail)}` }),
    );
  });
  const host: Remote<WorkerHost> = connect<WorkerClient, WorkerHost>(childPort(child), {
    logged: (stepId, runId, lines) => logged(stepId, runId, lines),
    evaluating(name) {
      holder = name;
    },
  });
  let holder: string | null = null;
  let running = 0;
  let wasKilled = false;

  return {
    id,
    pid: child.pid ?? 0,
    get running() {
      return running;
    },
    load: bundle => host.load(bundle),
    async runStep(order) {
      running++;
      try {
        // It rejects when the process ends. To wait for that end beside each step would keep what waits for ever.
        return await host.runStep(order);
      } catch (error) {
        // The channel closes a moment before the exit is known.
        const { reason } = await Promise.race([ended, sleep(1_000).then(() => ({ reason: String(error) }))]);
        return lost(reason);
      } finally {
        running--;
      }
    },
    get holder() {
      return holder;
    },
    runSensor: order => host.runSensor(order),
    ping: () => host.ping(),
    cancelSensor: tickId => void host.cancelSensor(tickId).catch(() => {}),
    stored: host,
    inspector: host,
    cancelStep: stepId => void host.cancelStep(stepId).catch(() => {}),
    async stop() {
      void host.stop().catch(() => {});
      await Promise.race([ended, sleep(stopGraceMs)]);
      child.kill("SIGKILL");
      await ended;
    },
    kill() {
      wasKilled = true;
      child.kill("SIGKILL");
    },
    get wasKilled() {
      return wasKilled;
    },
    ended,
  };
}

function lost(reason: string): StepOutcome {
  const message = `The worker process ended while it ran this step (${reason}). Nothing was published.`;
  const error: RunError = { message, file: null, line: null, column: null, stack: null };
  return { status: "lost", error };
}

function lastWords(tail: string): string {
  const line = tail
    .trim()
    .split("\n")
    .findLast(it => /error|fatal/i.test(it));
  return line ? `: ${line.trim().slice(0, 300)}` : "";
}

function childPort(child: ChildProcess): Port {
  return {
    post: message => void child.send(message as object, () => {}),
    onMessage: listener => void child.on("message", listener),
    onClose: listener => void child.once("disconnect", listener),
  };
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms).unref());
}

import type { SensorOrder, SensorOutcome } from "../../model/sensorTick.ts";
import type { DefinitionsBundle } from "../../protocol/worker.ts";
import type { Definitions } from "../definitions.ts";
import { startWorkerProcess, type WorkerProcess } from "../workerProcess.ts";

/**
 * Evaluates sensors in processes of their own, apart from those that run steps. They share one; a sensor that
 * holds it up is noticed within a second, and from then on is evaluated in a process of its own, which is
 * killed when its time is up. So none of them can stop another one.
 */
export interface SensorProcesses {
  /** Rejects when the signal aborts; everything else that goes wrong is a failed outcome. */
  evaluate(order: SensorOrder, definitions: Definitions, signal: AbortSignal): Promise<SensorOutcome>;
  /** Ends all processes; the next evaluation starts one. */
  stop(): Promise<void>;
}

export interface SensorProcessSettings {
  bundle: Omit<DefinitionsBundle, "modules" | "sensorsOnly">;
  /** So long one evaluation may take. */
  timeoutMs: number;
}

interface Shared {
  readonly digest: string;
  readonly process: WorkerProcess;
  readonly loaded: Promise<unknown>;
  /** By the name of the sensor, which never overlaps itself. */
  readonly active: Map<string, (why: Displaced) => void>;
  watching: NodeJS.Timeout | undefined;
  /** It takes nothing new, and ends with what it has. */
  retired: boolean;
}

/** So often one is evaluated beside others before it is tried by itself. */
const mostTogether = 6;
/** Sensors in processes of their own at once. */
const mostAlone = 4;
const pingMs = 250;
/** User code that holds its process for so many of them holds up others. */
const heldPings = 3;
/** Megabytes of memory, and characters of output, that the sensors of one process may use. */
const memoryLimit = 512;
const outputLimit = 8_000_000;
/** What was told to stop may close so long what it opened. */
const closeGraceMs = 1_000;
/** A process that has been idle for so long is not kept. */
const idleMs = 60_000;

export function createSensorProcesses({ bundle, timeoutMs }: SensorProcessSettings): SensorProcesses {
  let shared: Shared | null = null;
  let idle: NodeJS.Timeout | undefined;
  /** What held up or ended a process, of the present definitions. */
  const apart = new Set<string>();
  let digestOfApart = "";
  const alone = new Set<WorkerProcess>();
  const waiting: (() => void)[] = [];
  /** Evaluations that were told to stop, until they have. */
  const closing = new Map<WorkerProcess, Promise<unknown>>();
  let aloneCount = 0;

  return {
    async evaluate(order, definitions, signal) {
      if (digestOfApart !== definitions.digest) apart.clear();
      digestOfApart = definitions.digest;
      for (let attempt = 0; attempt < mostTogether && !apart.has(order.name); attempt++) {
        try {
          return await evaluateTogether(order, definitions, signal);
        } catch (error) {
          if (signal.aborted) throw error;
          // Somebody held the process or ended it. Does nobody know who, it shows when each has its own.
          if (!(error instanceof Displaced && error.isByAnother)) break;
        }
      }
      return evaluateAlone(order, definitions, signal);
    },
    async stop() {
      clearTimeout(idle);
      const ended = shared;
      shared = null;
      await Promise.all(closing.values());
      for (const process of alone) process.kill();
      if (ended) {
        clearInterval(ended.watching);
        ended.process.kill();
        await ended.process.ended;
      }
    },
  };

  async function evaluateTogether(
    order: SensorOrder,
    definitions: Definitions,
    signal: AbortSignal,
  ): Promise<SensorOutcome> {
    clearTimeout(idle);
    const host = sharedProcess(definitions);
    const displaced = new Promise<never>((_, reject) => host.active.set(order.name, reject));
    displaced.catch(() => {});
    try {
      await Promise.race([host.loaded, displaced]);
      watch(host);
      return await within(host.process, order, signal, displaced, () => {
        // It goes on behind our back, so nothing new joins it.
        retire(host);
      });
    } finally {
      host.active.delete(order.name);
      rest(host);
    }
  }

  function sharedProcess(definitions: Definitions): Shared {
    if (shared !== null && !shared.retired && shared.digest === definitions.digest) return shared;
    if (shared !== null) retire(shared);
    const { process, loaded } = start(definitions);
    const host: Shared = {
      digest: definitions.digest,
      process,
      loaded,
      active: new Map(),
      watching: undefined,
      retired: false,
    };
    void process.ended.then(({ reason }) => displaceAll(host, reason));
    shared = host;
    return host;
  }

  function start(definitions: Definitions) {
    let output = 0;
    const process = startWorkerProcess(
      (_stepId, _runId, lines) => {
        for (const { message } of lines) output += message.length;
        if (output > outputLimit) process.kill();
      },
      [`--max-old-space-size=${memoryLimit}`],
    );
    const died = process.ended.then(({ reason }) => {
      throw new Error(`The process ended while it loaded the definitions (${reason}).`);
    });
    died.catch(() => {});
    const loaded = Promise.race([
      process.load({ ...bundle, modules: definitions.modules, sensorsOnly: true }),
      died,
    ]);
    loaded.catch(() => {});
    return { process, loaded };
  }

  /** Asks the process again and again whether it still answers. */
  function watch(host: Shared) {
    if (host.watching !== undefined) return;
    let unanswered = 0;
    host.watching = setInterval(() => {
      // Counted in questions, not in time: when we are late ourselves, it is not the process's fault.
      if (unanswered >= heldPings) {
        displaceAll(host, "it was held up");
        return;
      }
      if (unanswered++ > 0) return;
      const answered = () => {
        unanswered = 0;
      };
      host.process.ping().then(answered, answered);
    }, pingMs);
  }

  function displaceAll(host: Shared, reason: string) {
    retire(host);
    const [only] = host.active.keys();
    const culprit = host.active.size === 1 ? only : host.process.holder;
    if (culprit) apart.add(culprit);
    for (const [name, displace] of host.active) {
      displace(new Displaced(reason, culprit !== null && culprit !== name));
    }
    host.active.clear();
    rest(host);
  }

  function retire(host: Shared) {
    host.retired = true;
    if (shared === host) shared = null;
    rest(host);
  }

  /** With nothing to do there is nothing to watch; a retired process ends. */
  function rest(host: Shared) {
    if (host.active.size > 0) return;
    clearInterval(host.watching);
    host.watching = undefined;
    clearTimeout(idle);
    if (host.retired) void endAfterClosing(host.process);
    else idle = setTimeout(() => retire(host), idleMs).unref();
  }

  async function evaluateAlone(
    order: SensorOrder,
    definitions: Definitions,
    signal: AbortSignal,
  ): Promise<SensorOutcome> {
    while (aloneCount >= mostAlone) await new Promise<void>(resolve => waiting.push(resolve));
    aloneCount++;
    const { process, loaded } = start(definitions);
    alone.add(process);
    let isHeld = false;
    const ended = process.ended.then(({ reason }) => {
      throw new Displaced(reason);
    });
    ended.catch(() => {});
    const watching = setInterval(() => {
      const timer = setTimeout(() => {
        isHeld = true;
      }, heldPings * pingMs);
      const answered = () => clearTimeout(timer);
      process.ping().then(answered, answered);
    }, pingMs);
    try {
      await loaded;
      const outcome = await within(process, order, signal, ended, () => {
        isHeld = true;
      });
      if (!isHeld) apart.delete(order.name);
      else apart.add(order.name);
      return outcome;
    } catch (error) {
      if (signal.aborted) throw error;
      apart.add(order.name);
      // Its pipe breaks a moment before it is known why.
      const known = await Promise.race([process.ended, pause(500)]);
      return failed(`The process that evaluated it ended: ${known?.reason ?? (error as Error).message}`);
    } finally {
      clearInterval(watching);
      await closing.get(process);
      alone.delete(process);
      process.kill();
      aloneCount--;
      waiting.shift()?.();
    }
  }

  async function endAfterClosing(process: WorkerProcess) {
    await closing.get(process);
    process.kill();
  }

  /** Lets an evaluation that was told to stop close what it opened, if it hears that and does so soon. */
  function letClose(process: WorkerProcess, evaluation: Promise<unknown>) {
    const closed = Promise.all([closing.get(process), closeSoon(process, evaluation)]).finally(() => {
      if (closing.get(process) === closed) closing.delete(process);
    });
    closing.set(process, closed);
  }

  async function within(
    process: WorkerProcess,
    order: SensorOrder,
    signal: AbortSignal,
    displaced: Promise<never>,
    tookTooLong: () => void,
  ): Promise<SensorOutcome> {
    const late = Symbol("late");
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<typeof late>(resolve => {
      timer = setTimeout(() => resolve(late), timeoutMs);
    });
    let evaluation: Promise<SensorOutcome> | null = null;
    let abort = () => {};
    const aborted = new Promise<never>((_, reject) => {
      abort = () => {
        process.cancelSensor(order.id);
        if (evaluation !== null) letClose(process, evaluation);
        reject(signal.reason);
      };
    });
    aborted.catch(() => {});
    // The signal lives as long as the daemon: what listens to it is taken away again.
    signal.addEventListener("abort", abort);
    try {
      signal.throwIfAborted();
      evaluation = process.runSensor(order);
      evaluation.catch(() => {});
      const outcome = await Promise.race([evaluation, displaced, timeout, aborted]);
      if (outcome !== late) return outcome;
      letClose(process, evaluation);
      tookTooLong();
      return failed(
        `It did not end within ${timeoutMs / 1000} s and was stopped. Look at less at one tick, and pass context.signal on to what it waits for.`,
      );
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", abort);
      process.cancelSensor(order.id);
    }
  }
}

/** The process is needed no more, or gone, while somebody waited for an answer of it. */
class Displaced extends Error {
  override name = "Displaced";
  /** Another one is known to be the reason. */
  readonly isByAnother: boolean;

  constructor(reason: string, isByAnother = false) {
    super(reason);
    this.isByAnother = isByAnother;
  }
}

async function closeSoon(process: WorkerProcess, evaluation: Promise<unknown>) {
  const answered = process.ping().then(
    () => true,
    () => false,
  );
  if (await Promise.race([answered, pause(pingMs)])) {
    await Promise.race([evaluation.catch(() => {}), process.ended, pause(closeGraceMs)]);
  }
}

function pause(ms: number): Promise<null> {
  return new Promise(resolve => setTimeout(resolve, ms, null));
}

function failed(message: string): SensorOutcome {
  return {
    status: "failed",
    error: { message, file: null, line: null, column: null, stack: null },
    log: [],
  };
}

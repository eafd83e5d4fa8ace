import type { ScannedGraph } from "../../model/assetGraph.ts";
import {
  type AutomationLease,
  AutomationSuperseded,
  holdAutomationLease,
  releaseAutomationLease,
} from "../../store/automationLease.ts";
import type { Database } from "../../store/database.ts";
import type { Trouble } from "../trouble.ts";
import type { AutomationLoop } from "./loop.ts";

/**
 * Runs the loops of automation while this engine holds the lease of its environment. They look when the time has
 * come that they asked for, and when something happened that they heed; each on its own.
 */
export interface Automation {
  /** The definitions that count from now on. */
  serve(graph: ScannedGraph, digest: string): void;
  /** A word on the database's channel; null: some may have been missed. */
  heard(payload: string | null): void;
  /** Makes one loop look now. */
  wake(loop: string): void;
  state(): AutomationState;
  stop(): Promise<void>;
}

export interface AutomationState {
  readonly leads: boolean;
  readonly loops: readonly LoopState[];
}

/** How one loop does, for whoever watches the engine. */
export interface LoopState {
  readonly name: string;
  readonly looks: number;
  /** Looks that failed, and ticks. */
  readonly failures: number;
  /** How long the last look took. */
  readonly lastMs: number | null;
  /** How long the present look takes already. */
  readonly presentMs: number | null;
  readonly problem: string | null;
  /** Which of its automations fail now, a sentence each. */
  readonly failing: readonly string[];
}

export interface AutomationSettings {
  engine: string;
  database: Database;
  environment: string;
  leaseMs: number;
  loops: readonly AutomationLoop[];
  /** Epoch milliseconds. */
  clock(): number;
  /** After so long a look is given up; the other loops have gone on meanwhile. */
  lookTimeoutMs?: number;
  trouble: Trouble;
}

/** Runs end by the hundred: what follows from them is looked for once for several of them. */
const gatherMs = 10;
/** After a failure the next look waits so long. */
const retryMs = 2_000;

interface Looper {
  loop: AutomationLoop;
  /** When it wants to look again; null: when something happens. */
  next: number | null;
  again: boolean;
  looking: Promise<void> | null;
  timer: NodeJS.Timeout | undefined;
  since: number | null;
  state: { looks: number; failures: number; lastMs: number | null; problem: string | null };
}

export function createAutomation(settings: AutomationSettings): Automation {
  const { engine, database, environment, leaseMs, clock, lookTimeoutMs = 60_000 } = settings;
  const loopers = settings.loops.map(toLooper);
  let definitions: { graph: ScannedGraph; digest: string } | null = null;
  let lease: AutomationLease | null = null;
  let tenure = new AbortController();
  let stopped = false;
  let holding: Promise<void> | null = null;
  let renewedAt = Number.NEGATIVE_INFINITY;
  let lastClock = Number.NEGATIVE_INFINITY;
  const beat = setInterval(() => void hold(), leaseMs / 3);

  return {
    serve(graph, digest) {
      definitions = { graph, digest };
      if (lease === null) void hold();
      else for (const looper of loopers) look(looper);
    },
    heard(payload) {
      for (const looper of loopers) {
        if (payload === null) looper.loop.missed?.();
        if (payload === null || looper.loop.heeds?.(payload)) lookIn(looper, gatherMs);
      }
    },
    wake(name) {
      for (const looper of loopers) if (looper.loop.name === name) look(looper);
    },
    state: () => ({
      leads: lease !== null,
      loops: loopers.map(({ loop, state, since }) => {
        const { failures = 0, problems: failing = [] } = loop.faults?.() ?? {};
        const presentMs = since === null ? null : Math.round(performance.now() - since);
        return { name: loop.name, ...state, failures: state.failures + failures, failing, presentMs };
      }),
    }),
    async stop() {
      stopped = true;
      clearInterval(beat);
      await holding;
      await resign();
      await releaseAutomationLease(database, engine).catch(() => {});
    },
  };

  /** Takes or renews the lease, and lets those look whose time has come: a clock that was moved is noticed here. */
  function hold(): Promise<void> {
    holding ??= holdNow().finally(() => {
      holding = null;
    });
    return holding;
  }

  async function holdNow() {
    if (stopped || definitions === null) return;
    const before = lease;
    const asked = performance.now();
    let held: AutomationLease | null = null;
    try {
      held = await holdAutomationLease(database, engine, environment, leaseMs);
      settings.trouble.well("lease");
    } catch (error) {
      // Most often the database is away. Nobody else can have the lease before its time is up.
      settings.trouble.failed("lease", error as Error);
      if (before !== null && performance.now() - renewedAt < leaseMs) return;
    }
    renewedAt = asked;
    if (before !== null && before.epoch !== held?.epoch) await resign();
    if (stopped || held === null) return;
    lease = held;
    const isNew = before?.epoch !== held.epoch;
    // What was counted by a clock that was ahead is counted anew.
    const wasAhead = clock() < lastClock;
    lastClock = clock();
    for (const looper of loopers) {
      if (isNew || wasAhead || (looper.next !== null && looper.next <= clock())) look(looper);
    }
  }

  async function resign() {
    lease = null;
    tenure.abort();
    tenure = new AbortController();
    for (const looper of loopers) clearTimeout(looper.timer);
    const patience = new Promise(resolve => setTimeout(resolve, resignPatienceMs).unref());
    await Promise.race([Promise.all(loopers.map(it => it.looking)), patience]);
    await Promise.all(loopers.map(({ loop }) => loop.rest?.().catch(() => {})));
  }

  function lookIn(looper: Looper, ms: number) {
    clearTimeout(looper.timer);
    looper.timer = setTimeout(() => look(looper), Math.max(0, ms));
  }

  /** Looks once; who wakes it meanwhile makes it look once more. */
  function look(looper: Looper) {
    if (stopped || lease === null || definitions === null) return;
    clearTimeout(looper.timer);
    looper.again = true;
    looper.looking ??= lookOn(looper).finally(() => {
      looper.looking = null;
      // Who woke it after its last glance and before now would go unheard.
      if (looper.again) look(looper);
      else if (looper.next !== null && lease !== null) {
        // What is farther away is found by a beat.
        const wait = looper.next - clock();
        if (wait < leaseMs) lookIn(looper, wait);
      }
    });
  }

  async function lookOn(looper: Looper) {
    const { loop, state } = looper;
    while (looper.again && lease !== null && definitions !== null) {
      looper.again = false;
      looper.since = performance.now();
      try {
        const moment = { now: clock(), ...definitions, lease };
        looper.next = await endingWith(signal => loop.look(moment, signal), tenure.signal, lookTimeoutMs);
        state.problem = null;
        settings.trouble.well(loop.name);
      } catch (error) {
        looper.next = clock() + retryMs;
        if (tenure.signal.aborted || stopped) return;
        state.failures++;
        state.problem = `The loop "${loop.name}" failed: ${wordsOf(error, lookTimeoutMs)}`;
        settings.trouble.failed(loop.name, new Error(state.problem, { cause: error }));
        if (error instanceof AutomationSuperseded) void hold();
      } finally {
        state.looks++;
        state.lastMs = Math.round(performance.now() - looper.since);
        looper.since = null;
      }
    }
  }
}

/** A loop that is asked to end is given this long. */
const resignPatienceMs = 2_000;

function toLooper(loop: AutomationLoop): Looper {
  const state = { looks: 0, failures: 0, lastMs: null, problem: null };
  return { loop, next: null, again: false, looking: null, timer: undefined, since: null, state };
}

/**
 * Does the work until `parent` aborts or the time is up. A loop that does not hear its signal is left behind; whatever
 * it still writes checks the lease.
 */
async function endingWith<T>(
  work: (signal: AbortSignal) => Promise<T>,
  parent: AbortSignal,
  timeoutMs: number,
): Promise<T> {
  const end = new AbortController();
  const abort = () => end.abort(parent.reason);
  const timer = setTimeout(() => end.abort(new DOMException("It took too long.", "TimeoutError")), timeoutMs);
  parent.addEventListener("abort", abort);
  const ended = new Promise<never>((_, reject) => {
    end.signal.addEventListener("abort", () => setTimeout(() => reject(end.signal.reason), 500).unref());
  });
  ended.catch(() => {});
  try {
    return await Promise.race([work(end.signal), ended]);
  } finally {
    clearTimeout(timer);
    parent.removeEventListener("abort", abort);
  }
}

function wordsOf(error: unknown, timeoutMs: number): string {
  const { name, message } = error as Error;
  return name === "TimeoutError" ? `it did not end within ${timeoutMs / 1000} s` : message;
}

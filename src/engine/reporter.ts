import type { AssetKey } from "../model/assetKey.ts";
import type { AssetState } from "../model/assetState.ts";
import type { RunSummary } from "../model/run.ts";
import type { EngineClient } from "../protocol/engine.ts";
import type { Database } from "../store/database.ts";
import { findRuns } from "../store/runs.ts";

/** Tells the client and whoever waits what has become of runs; many changes at once are told once. */
export interface Reporter {
  changed(runId: string): void;
  /** What is known of these assets may be different, without any run. */
  assetsChanged(assets: readonly AssetKey[]): void;
  waitFor(runId: string, until: (run: RunSummary) => boolean): Promise<RunSummary>;
  stop(): Promise<void>;
}

interface Waiter {
  until: (run: RunSummary) => boolean;
  resolve: (run: RunSummary) => void;
  reject: (error: Error) => void;
}

/** Changes that follow each other closely are told together; the longer telling takes, the more of them. */
const gatherMs = 5;
const restBetweenRuns = 3;
/** By so much longer than it took to read states nothing is read again. */
const restBetweenStates = 4;
/** So long the database may be away before who waits is told that nobody knows. */
const patienceMs = 30_000;
/** Somebody else's run ends without a word to us when the connection that listens was away. */
const lookAgainMs = 1_000;

export function createReporter(
  database: Database,
  states: (only: readonly AssetKey[]) => Promise<AssetState[]>,
  client: Partial<EngineClient>,
): Reporter {
  const changed = new Set<string>();
  const touched = new Set<AssetKey>();
  const waiters = new Map<string, Waiter[]>();
  let statesTimer: NodeJS.Timeout | undefined;
  let nextStates = 0;
  let timer: NodeJS.Timeout | undefined;
  let telling: Promise<void> = Promise.resolve();
  let nextRuns = 0;
  let lastAnswer = performance.now();
  const again = setInterval(() => {
    for (const runId of waiters.keys()) note(runId);
  }, lookAgainMs);

  return {
    changed: note,
    assetsChanged(assets) {
      for (const asset of assets) touched.add(asset);
      void tell();
    },
    waitFor(runId, until) {
      return new Promise((resolve, reject) => {
        waiters.set(runId, [...(waiters.get(runId) ?? []), { until, resolve, reject }]);
        note(runId);
      });
    },
    async stop() {
      clearInterval(again);
      clearTimeout(timer);
      clearTimeout(statesTimer);
      nextStates = 0;
      await tell();
      for (const waiter of [...waiters.values()].flat()) waiter.reject(new Error("The engine was stopped."));
    },
  };

  /** The first change is told at once; what follows within a moment is told together. */
  function note(runId: string) {
    if (!client.runChanged && !client.assetStatesChanged && !waiters.has(runId)) return;
    changed.add(runId);
    if (timer) return;
    const wait = Math.max(0, nextRuns - performance.now());
    timer = setTimeout(() => void tell(), wait);
  }

  function tell(): Promise<void> {
    timer = undefined;
    telling = telling.then(tellNow).then(
      () => {
        lastAnswer = performance.now();
      },
      error => {
        // The database is away: whoever waits is told when it is back, or that it is not coming back.
        if (performance.now() - lastAnswer > patienceMs) giveUp(error);
      },
    );
    return telling;
  }

  function giveUp({ message }: Error) {
    const waiting = [...waiters.values()].flat();
    waiters.clear();
    for (const waiter of waiting) {
      waiter.reject(
        new Error(
          `The database does not answer any more (${message}). When it does, "millrace runs" says what became of the run.`,
        ),
      );
    }
  }

  async function tellNow() {
    const runs = [...changed];
    changed.clear();
    const since = performance.now();
    for (const run of runs.length > 0 ? await findRuns(database, runs) : []) {
      const runId = run.id;
      client.runChanged?.(run);
      for (const step of run.steps) for (const asset of step.assets) touched.add(asset);
      const waiting = waiters.get(runId) ?? [];
      const left = waiting.filter(waiter => !waiter.until(run));
      if (left.length > 0) waiters.set(runId, left);
      else waiters.delete(runId);
      for (const waiter of waiting) if (!left.includes(waiter)) waiter.resolve(run);
    }
    nextRuns = performance.now() + Math.max(gatherMs, restBetweenRuns * (performance.now() - since));
    await tellStates();
  }

  /** To read how large assets stand takes a while: it is done for a small part of the time, however much changes. */
  async function tellStates() {
    if (touched.size === 0 || !client.assetStatesChanged) return;
    const since = performance.now();
    if (since < nextStates) {
      statesTimer ??= setTimeout(() => {
        statesTimer = undefined;
        void tell();
      }, nextStates - since);
      return;
    }
    clearTimeout(statesTimer);
    statesTimer = undefined;
    const assets = [...touched];
    touched.clear();
    client.assetStatesChanged(await states(assets));
    nextStates = performance.now() + restBetweenStates * (performance.now() - since);
  }
}

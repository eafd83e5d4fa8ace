import { Disposable } from "vscode";
import { isEnded, type RunSummary } from "../../model/run.ts";
import type { BackfillName } from "../../protocol/runs.ts";
import type { Root } from "../root.ts";

/** The runs of one root, as they were and as they change. */
export interface RunFeed extends Disposable {
  /** Tells all, and from then on what changes. */
  begin(): void;
  /** A run that was told. */
  run(runId: string): RunSummary | undefined;
  /** Makes sure that a run is told, however old it is. */
  fetch(runId: string): Promise<void>;
}

export interface RunListener {
  show(runs: RunSummary[], backfills: BackfillName[]): void;
  update(runs: RunSummary[], backfills: BackfillName[]): void;
}

const mostRuns = 2_000;
/** A backfill changes hundreds of times a second; so often it is told. */
const gatherMs = 80;
/** Why a run waits changes with every run that begins or ends: so soon after, the first ones are asked again. */
const waitingMs = 700;
const mostWaiting = 10;

/** Asks the engine for its newest runs; nothing is told before `begin`. */
export async function createRunFeed(root: Root, listener: RunListener): Promise<RunFeed> {
  const told = new Map<string, RunSummary>();
  const named = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let waitingTimer: NodeJS.Timeout | undefined;
  const newest = await root.engine.ask(it => it.runs(mostRuns));
  let subscriptions = Disposable.from();

  return {
    begin() {
      for (const run of newest) told.set(run.id, run);
      listener.show(newest, newNames());
      subscriptions = Disposable.from(
        root.state.onDidChangeRuns(tellSoon),
        root.state.onDidChangeBackfills(tellSoon),
      );
      // What happened since the question was asked.
      tellSoon();
    },
    run: runId => told.get(runId),
    async fetch(runId) {
      if (told.has(runId)) return;
      const run = await root.engine.ask(it => it.run(runId));
      if (run) tell([run]);
    },
    dispose() {
      clearTimeout(timer);
      clearTimeout(waitingTimer);
      subscriptions.dispose();
    },
  };

  function tellSoon() {
    timer ??= setTimeout(() => {
      timer = undefined;
      const changed = root.state.runs().filter(it => told.get(it.id) !== it);
      tell(changed);
      if (changed.length > 0) waitingTimer ??= setTimeout(() => void askWaiting(), waitingMs);
    }, gatherMs);
  }

  function tell(runs: RunSummary[]) {
    for (const run of runs) told.set(run.id, run);
    const names = newNames();
    if (runs.length > 0 || names.length > 0) listener.update(runs, names);
  }

  function newNames(): BackfillName[] {
    const names = root.state.backfills().filter(it => !named.has(it.id));
    for (const { id } of names) named.add(id);
    return names.map(({ id, selection, partitions }) => ({ id, selection, partitions }));
  }

  async function askWaiting() {
    waitingTimer = undefined;
    const waiting = [...told.values()].filter(it => it.status === "queued").slice(-mostWaiting);
    const answers = await Promise.all(
      waiting.map(({ id }) => root.engine.ask(it => it.run(id)).catch(() => null)),
    );
    tell(answers.filter(it => it !== null).filter(isNews));
  }

  /** An answer may be older than what was told meanwhile. */
  function isNews(run: RunSummary): boolean {
    const known = told.get(run.id);
    return (
      known !== undefined && !isEnded(known.status) && known.startedAt === null && known.reason !== run.reason
    );
  }
}

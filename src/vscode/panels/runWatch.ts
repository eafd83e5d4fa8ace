import type { Disposable } from "vscode";
import { isEnded, type LogLine, type RunSummary, type StepDetails } from "../../model/run.ts";
import type { Root } from "../root.ts";

/** The run that is looked at: its steps and its log, now and as they change. */
export interface RunWatch extends Disposable {
  look(root: Root | null, runId: string | null): void;
  /** Some runs have changed; only the one that is looked at matters. */
  changed(runs: readonly RunSummary[]): void;
}

export interface RunWatcher {
  /** Null: the log has not been asked for again. */
  showDetails(runId: string, steps: StepDetails[], log: LogLine[] | null): void;
  appendLog(runId: string, lines: LogLine[]): void;
}

/** So long after a change of a run its details are asked for; the last lines may come after its end. */
const settleMs = 300;

export function createRunWatch(watcher: RunWatcher): RunWatch {
  let looked: { readonly root: Root; readonly runId: string } | null = null;
  let subscription: Disposable | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** What is said while the log is being asked for; null: nothing is asked. */
  let meanwhile: LogLine[] | null = null;
  let hasHeard = false;
  let isLogDue = false;
  let asked = 0;

  return {
    look(root, runId) {
      stop();
      if (root === null || runId === null) return;
      looked = { root, runId };
      subscription = root.state.onDidLog(it => it.runId === runId && hear(runId, it.lines));
      void ask(true);
    },
    changed(runs) {
      const run = runs.find(it => it.id === looked?.runId);
      if (run === undefined) return;
      // The lines of a run that another engine carries out are not told; they are asked for when it changes.
      isLogDue ||= isEnded(run.status) || !hasHeard;
      timer ??= setTimeout(() => {
        timer = undefined;
        void ask(isLogDue);
      }, settleMs);
    },
    dispose: stop,
  };

  function stop() {
    clearTimeout(timer);
    timer = undefined;
    subscription?.dispose();
    looked = null;
    meanwhile = null;
    hasHeard = false;
    isLogDue = false;
    asked += 1;
  }

  function hear(runId: string, lines: readonly LogLine[]) {
    hasHeard = true;
    if (meanwhile) meanwhile.push(...lines);
    else watcher.appendLog(runId, [...lines]);
  }

  /** The newest answer is the one that counts. */
  async function ask(withLog: boolean) {
    if (!looked) return;
    const { root, runId } = looked;
    asked += 1;
    const own = asked;
    isLogDue = false;
    if (withLog) meanwhile = [];
    try {
      const [steps, log] = await root.engine.ask(it =>
        Promise.all([it.runDetails(runId), withLog ? it.runLog(runId) : null]),
      );
      if (own !== asked) return;
      const late = meanwhile ?? [];
      meanwhile = null;
      watcher.showDetails(runId, steps, log && withLate(log, late));
    } catch {
      // An engine that is gone is told of elsewhere; what it said stays.
      if (own === asked) meanwhile = null;
    }
  }
}

/** Lines that were said while the log was asked for may stand in it already. */
function withLate(log: LogLine[], late: readonly LogLine[]): LogLine[] {
  const nameOf = ({ at, asset, message }: LogLine) => `${at}\n${asset}\n${message}`;
  const known = new Set(log.map(nameOf));
  return [...log, ...late.filter(it => !known.has(nameOf(it)))];
}

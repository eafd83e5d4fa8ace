import type { LogLine } from "../model/run.ts";
import type { Database } from "../store/database.ts";
import { appendLog } from "../store/events.ts";

/** What steps say, gathered for a moment so that a chatty asset costs one statement, not thousands. */
export interface RunLogs {
  add(stepId: string | null, runId: string | null, lines: LogLine[]): void;
  flush(): Promise<void>;
}

const gatherMs = 150;

export function createRunLogs(database: Database, heard: (runId: string, lines: LogLine[]) => void): RunLogs {
  let waiting = new Map<string, { runId: string; stepId: string | null; lines: LogLine[] }>();
  let timer: NodeJS.Timeout | undefined;
  let writing: Promise<void> = Promise.resolve();

  return {
    add(stepId, runId, lines) {
      // What a process prints outside of any step belongs to no run: it is heard, not kept.
      heard(runId ?? "", lines);
      if (runId === null) return;
      const key = stepId ?? `run ${runId}`;
      const entry = waiting.get(key) ?? { runId, stepId, lines: [] };
      entry.lines.push(...lines);
      waiting.set(key, entry);
      timer ??= setTimeout(write, gatherMs);
    },
    async flush() {
      write();
      await writing;
    },
  };

  function write() {
    clearTimeout(timer);
    timer = undefined;
    const entries = [...waiting.values()];
    waiting = new Map();
    writing = writing.then(async () => {
      for (const { runId, stepId, lines } of entries) {
        // A log that cannot be written must not stop the run it tells of.
        await appendLog(database, runId, stepId, lines).catch(() => {});
      }
    });
  }
}

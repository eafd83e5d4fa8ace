import { setTimeout as sleep } from "node:timers/promises";
import { formatDuration } from "../model/format.ts";
import type { LogLine } from "../model/run.ts";

/** Notices that the state database is away, says so once, has it started where that may be, and says that it is back. */
export interface DatabaseWatch {
  /** For whoever met an error: whether it is one of a database that is away. From then on it is waited for. */
  isAway(): Promise<boolean>;
  /** Somebody needs it now: it is started although it was stopped on purpose. */
  need(): Promise<void>;
  stop(): Promise<void>;
}

export interface DatabaseWatchEdge {
  /** Rejects when the database does not answer. */
  probe(): Promise<unknown>;
  embedded: EmbeddedCare | null;
  tell(level: LogLine["level"], message: string): void;
}

/** What may be done about an embedded database that is away. */
export interface EmbeddedCare {
  whyAway(): Promise<"ended" | "stopped on purpose" | "removed">;
  start(): Promise<unknown>;
}

export function createDatabaseWatch({ probe, embedded, tell }: DatabaseWatchEdge): DatabaseWatch {
  const stopped = new AbortController();
  let looking: Promise<boolean> | null = null;
  let waiting: Promise<void> | null = null;

  return {
    isAway,
    async need() {
      if (embedded === null || !(await isAway())) return;
      await embedded.start();
      await waiting;
    },
    async stop() {
      stopped.abort();
      await waiting;
    },
  };

  async function isAway(): Promise<boolean> {
    if (waiting !== null) return true;
    looking ??= look().finally(() => {
      looking = null;
    });
    return looking;
  }

  async function look(): Promise<boolean> {
    try {
      await probe();
      return false;
    } catch (error) {
      waiting ??= comeBack(error as Error, performance.now()).finally(() => {
        waiting = null;
      });
      return true;
    }
  }

  /** Goes on until it answers; the pauses grow. */
  async function comeBack(first: Error, since: number) {
    let told = "";
    const say = (level: LogLine["level"], words: string) => {
      if (words !== told) tell(level, words);
      told = words;
    };
    for (let pause = shortestPauseMs; !stopped.signal.aborted; pause = Math.min(pause * 2, longestPauseMs)) {
      await act(first, say);
      if (!(await answers())) await sleep(pause, undefined, { signal: stopped.signal }).catch(() => {});
      if (!(await answers())) continue;
      return tell("info", `The database is back, after ${formatDuration(performance.now() - since)}.`);
    }
  }

  function answers(): Promise<boolean> {
    return probe().then(
      () => true,
      () => false,
    );
  }

  async function act(first: Error, say: (level: LogLine["level"], words: string) => void) {
    const problem = inWords(first);
    if (embedded === null) return say("error", `The database is away: ${problem}. ${untilBack}`);
    switch (await embedded.whyAway()) {
      case "stopped on purpose":
        return say("warn", `The embedded database was stopped by "millrace db stop". ${untilStarted}`);
      case "removed":
        return say("error", `The folder of the embedded database is gone. Start this process again.`);
      case "ended":
        say("warn", `The embedded database is away: ${problem}. It is started again.`);
        await embedded.start().catch(error => say("error", inWords(error as Error)));
    }
  }
}

const untilBack = "Nothing is begun until it is back; it is tried again and again.";
const untilStarted = 'Nothing is begun until somebody starts it: "millrace db start".';
const shortestPauseMs = 250;
const longestPauseMs = 5_000;

/** Errors of a connection to several addresses have no words of their own. */
function inWords(error: Error): string {
  const words = error.message || (error as { code?: string }).code || error.name;
  return words.replace(/\.$/, "");
}

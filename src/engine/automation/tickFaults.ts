import type { AutomationName } from "../../model/automationNode.ts";
import type { LogLine, RunError } from "../../model/run.ts";

/** Which automations fail now, for whoever watches the engine: told when that begins, changes and ends. */
export interface TickFaults {
  /**
   * `file`: the one that was handed over alone. `waiting`: the files that could not be handed over so far; what goes
   * well of the others does not make the automation well.
   */
  failed(
    automation: AutomationName,
    error: RunError,
    file?: string | null,
    waiting?: readonly string[],
  ): void;
  /** It was evaluated, and nothing was wrong, but that these files still wait. */
  well(automation: AutomationName, waiting?: readonly string[]): void;
  /** Nobody here evaluates it any more; without a name, any of them. */
  forget(name?: string): void;
  /** Forgets those that are not to be kept. */
  keep(which: (name: string) => boolean): void;
  /** How many ticks have failed. */
  count(): number;
  /** One sentence for each that fails. */
  problems(): string[];
}

interface Fault {
  words: string;
  message: string;
}

export function createTickFaults(tell: (line: LogLine) => void): TickFaults {
  /** By automation; of each by the file that it fails for, or by null. */
  const failing = new Map<string, Map<string | null, Fault>>();
  let failures = 0;
  return {
    failed(automation, { message, file: source, line }, file = null, waiting = []) {
      const { kind, name } = automation;
      failures++;
      const known = failing.get(name) ?? new Map<string | null, Fault>();
      failing.set(name, known);
      const before = known.get(file);
      const place = source === null ? "" : `${source}:${line}: `;
      const fault = { words: `The ${kind} ${name} fails: ${place}${message}`, message };
      // Which of several files it is, each part of them says in other words, until it is alone.
      if (before === undefined || (before.message !== message && (file !== null || waiting.length === 0))) {
        known.set(file, fault);
        if (known.size <= mostNamed) say("warn", fault.words);
        else if (known.size === mostNamed + 1) say("warn", `The ${kind} ${name} fails for more files.`);
      }
      tellGone(automation, waiting);
    },
    well(automation, waiting = []) {
      tellGone(automation, waiting);
      const { kind, name } = automation;
      const left = failing.get(name);
      if (left === undefined || (left.size > 0 && waiting.length > 0)) return;
      failing.delete(name);
      say("info", `The ${kind} ${name} is well again.`);
    },
    forget(name) {
      if (name === undefined) failing.clear();
      else failing.delete(name);
    },
    keep(which) {
      for (const name of failing.keys()) if (!which(name)) failing.delete(name);
    },
    count: () => failures,
    problems: () => [...failing.values()].flatMap(problemsOf),
  };

  /** Files that were handed over after all, or are gone. The last of them is told by its automation. */
  function tellGone({ kind, name }: AutomationName, waiting: readonly string[]) {
    const known = failing.get(name) ?? new Map<string | null, Fault>();
    const isAlone = [...known.keys()].some(it => it !== null);
    if (isAlone) known.delete(null);
    for (const file of known.keys()) {
      if (file === null || waiting.includes(file)) continue;
      known.delete(file);
      if (known.size > 0) say("info", `The ${kind} ${name} no longer fails for ${file}.`);
    }
  }

  function say(level: LogLine["level"], message: string) {
    tell({ at: new Date().toISOString(), level, asset: null, message });
  }
}

/** So many files of one automation are named. */
const mostNamed = 20;

function problemsOf(faults: ReadonlyMap<string | null, Fault>): string[] {
  const words = [...faults.values()].map(it => it.words);
  const more = words.length - mostNamed;
  return more > 0 ? [...words.slice(0, mostNamed), `${more} more files cannot be handed over.`] : words;
}

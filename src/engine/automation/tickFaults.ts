import type { AutomationName } from "../../model/automationNode.ts";
import type { LogLine, RunError } from "../../model/run.ts";

/** Which automations fail now, for whoever watches the engine: told when that begins, changes and ends. */
export interface TickFaults {
  failed(automation: AutomationName, error: RunError): void;
  /** It was evaluated, and nothing was wrong. */
  well(automation: AutomationName): void;
  /** Nobody here evaluates it any more; without a name, any of them. */
  forget(name?: string): void;
  /** Forgets those that are not to be kept. */
  keep(which: (name: string) => boolean): void;
  /** How many ticks have failed. */
  count(): number;
  /** One sentence for each that fails. */
  problems(): string[];
}

export function createTickFaults(tell: (line: LogLine) => void): TickFaults {
  const failing = new Map<string, { words: string; message: string }>();
  let failures = 0;
  return {
    failed({ kind, name }, { message, file, line }) {
      failures++;
      if (failing.get(name)?.message === message) return;
      const place = file === null ? "" : `${file}:${line}: `;
      const words = `The ${kind} ${name} fails: ${place}${message}`;
      failing.set(name, { words, message });
      say("warn", words);
    },
    well({ kind, name }) {
      if (failing.delete(name)) say("info", `The ${kind} ${name} is well again.`);
    },
    forget(name) {
      if (name === undefined) failing.clear();
      else failing.delete(name);
    },
    keep(which) {
      for (const name of failing.keys()) if (!which(name)) failing.delete(name);
    },
    count: () => failures,
    problems: () => [...failing.values()].map(it => it.words),
  };

  function say(level: LogLine["level"], message: string) {
    tell({ at: new Date().toISOString(), level, asset: null, message });
  }
}

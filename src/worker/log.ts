import { AsyncLocalStorage } from "node:async_hooks";
import { inspect } from "node:util";
import type { AssetKey } from "../model/assetKey.ts";
import type { LogLine } from "../model/run.ts";
import type { Log } from "../sdk/context.ts";

type Logged = (stepId: string, runId: string, lines: LogLine[]) => void;

/** Whose code runs at present, so that a plain `console.log` finds its step or its tick. */
const presentLog = new AsyncLocalStorage<Log>();

export function runWithLog<T>(log: Log, work: () => T): T {
  return presentLog.run(log, work);
}

/** A step's log: each line goes to the engine at once. */
export function stepLog(step: { runId: string; stepId: string; asset: AssetKey }, logged: Logged): Log {
  const write =
    (level: LogLine["level"]) =>
    (message: string, ...facts: unknown[]) =>
      logged(step.stepId, step.runId, [
        {
          at: new Date().toISOString(),
          level,
          asset: step.asset,
          message: [message, ...facts].map(inWords).join(" "),
        },
      ]);
  return { debug: write("debug"), info: write("info"), warn: write("warn"), error: write("error") };
}

/** What user code writes to the console during a step becomes that step's log. */
export function routeConsole(): void {
  const levels = { debug: "debug", log: "info", info: "info", warn: "warn", error: "error" } as const;
  for (const [method, level] of Object.entries(levels) as [keyof typeof levels, LogLine["level"]][]) {
    const print = console[method].bind(console);
    console[method] = (...facts: unknown[]) => {
      const log = presentLog.getStore();
      if (log) log[level](facts.map(inWords).join(" "));
      else print(...facts);
    };
  }
}

function inWords(fact: unknown): string {
  return typeof fact === "string" ? fact : inspect(fact, { depth: 4, breakLength: 120 });
}

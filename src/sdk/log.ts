import type { Log } from "./context.ts";

export type LogLevel = keyof Log;

/** A log that writes each call as one message; objects among the facts become JSON, errors their stack. */
export function logTo(write: (level: LogLevel, message: string) => void): Log {
  const line =
    (level: LogLevel) =>
    (message: string, ...facts: unknown[]) =>
      write(level, [message, ...facts].map(inText).join(" "));
  return { debug: line("debug"), info: line("info"), warn: line("warn"), error: line("error") };
}

function inText(fact: unknown): string {
  if (fact instanceof Error) return fact.stack ?? fact.message;
  if (typeof fact !== "object" || fact === null) return String(fact);
  try {
    return JSON.stringify(fact, (_, value) => (typeof value === "bigint" ? String(value) : value));
  } catch {
    return Object.prototype.toString.call(fact);
  }
}

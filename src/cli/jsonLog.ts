import type { Writable } from "node:stream";
import type { LogLine } from "../model/run.ts";

/** Writes one JSON object for each line, as programs that gather logs read them. */
export function jsonLog(
  output: Writable,
  from: string,
): (level: LogLine["level"], message: string, facts?: Record<string, unknown>) => void {
  return (level, message, facts = {}) => {
    output.write(`${JSON.stringify({ at: new Date().toISOString(), level, from, message, ...facts })}\n`);
  };
}

import type { LogLine } from "../model/run.ts";

/** Tells of what goes wrong in the background: once, and again only when it is something else or long after. */
export function createTrouble(
  what: string,
  tell: (line: LogLine) => void,
  againMs = 60_000,
): (error: Error) => void {
  let last = { message: "", at: Number.NEGATIVE_INFINITY };
  return ({ message }) => {
    const at = performance.now();
    if (message === last.message && at - last.at < againMs) return;
    last = { message, at };
    const text = `${what} cannot be looked after just now: ${message.replace(/\.$/, "")}. It is tried again.`;
    tell({ at: new Date().toISOString(), level: "error", asset: null, message: text });
  };
}

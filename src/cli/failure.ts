import { ConfigurationError } from "../engine/configuration.ts";
import { errorColor } from "./terminal.ts";

/**
 * Says what is wrong and sets the exit code: 2 when nothing was run because the call is wrong, else 1.
 * For a program, one line of standard error is one JSON object: `{ "error": { "message", "exitCode", … } }`.
 */
export function failWith(error: unknown, { json = asksForJson(process.argv) } = {}): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  const exitCode = error instanceof ConfigurationError ? 2 : 1;
  process.exitCode = exitCode;
  if (json) {
    const place = error instanceof ConfigurationError ? error.place : null;
    process.stderr.write(`${JSON.stringify({ error: { message, exitCode, ...place } })}\n`);
    return;
  }
  process.stderr.write(`${errorColor.red("✗")} ${message}\n`);
  // Not foreseen: whoever reports it needs to know where it was.
  if (exitCode === 1 && process.env.MILLRACE_DEBUG && stack) process.stderr.write(`${stack}\n`);
}

/** Also of a call that could not be read; behind "--" stands what is for another program. */
function asksForJson(argv: readonly string[]): boolean {
  const end = argv.indexOf("--");
  return argv.slice(2, end < 0 ? undefined : end).includes("--json");
}

import { ConfigurationError } from "../engine/configuration.ts";
import { color } from "./terminal.ts";

/** Says what is wrong and sets the exit code: 2 when nothing was run because the call is wrong, else 1. */
export function failWith(error: unknown): void {
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  process.stderr.write(`${color.red("✗")} ${message}\n`);
  if (error instanceof ConfigurationError) {
    process.exitCode = 2;
    return;
  }
  // Not foreseen: whoever reports it needs to know where it was.
  if (process.env.MILLRACE_DEBUG && stack) process.stderr.write(`${stack}\n`);
  process.exitCode = 1;
}

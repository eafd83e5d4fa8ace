import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { placeArguments } from "./arguments.ts";
import type { DbtPlace } from "./dbt.ts";
import { parseLine, recordOf, textOf } from "./json.ts";

/** What an invocation said that runs no node: parse, compile, docs generate, debug. */
export interface DbtCall {
  /** 0: done; null: it could not be started, or was killed. */
  readonly code: number | null;
  /** What dbt says to a person, in order. */
  readonly messages: readonly string[];
  readonly errors: readonly string[];
}

export interface DbtCallOptions {
  readonly signal?: AbortSignal;
  readonly onMessage?: (message: string) => void;
}

/** Calls the command line of dbt with what it takes beside the flags of its place. */
export function callDbt(
  command: readonly string[],
  place: DbtPlace,
  args: readonly string[],
  { signal, onMessage }: DbtCallOptions = {},
): Promise<DbtCall> {
  const [program = "dbt", ...first] = command;
  const flags = [...placeArguments(place), "--log-format", "json", "--log-level", "info"];
  const child = spawn(program, [...first, ...args, ...flags], {
    cwd: place.project,
    env: { ...process.env, ...place.env },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    signal,
  });
  const messages: string[] = [];
  const errors: string[] = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", line => {
      const record = parseLine(line);
      const info = recordOf(record?.info);
      const message = record === null ? textOf(line.trim()) : textOf(info.msg);
      if (message === null) return;
      messages.push(message);
      onMessage?.(message);
      if (info.level === "error") errors.push(message.replace(/^Encountered an error:\s*/, ""));
    });
  }
  return new Promise(resolve => {
    let failure: string | null = null;
    child.once("error", error => {
      failure = `${program} could not be started: ${error.message}.`;
      if (child.pid === undefined) resolve({ code: null, messages, errors: [failure] });
    });
    child.once("close", code => resolve({ code, messages, errors: failure ? [...errors, failure] : errors }));
  });
}

/** The sentence that says why a call failed: dbt's own errors, else the last that it said. */
export function whyFailed({ code, messages, errors }: DbtCall): string {
  const said = errors.length > 0 ? errors : messages.slice(-5);
  return said.join("\n").trim() || `dbt ended with exit code ${code}.`;
}

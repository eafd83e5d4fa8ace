import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Account, Ending } from "./account.ts";
import { placeArguments, runArguments, windowEnvironment } from "./arguments.ts";
import type { DbtOrder, DbtPlace } from "./dbt.ts";
import { type JsonRecord, numberOf, parseLine, recordOf, textOf } from "./json.ts";
import { recordProcess } from "./process.ts";

/** A Python that has imported dbt and keeps one project parsed; it does one thing at a time. */
export interface WarmProcess {
  readonly pid: number;
  /** Null when dbt can be used, else why it cannot. */
  readonly ready: Promise<string | null>;
  /** Settles when the process has ended. */
  readonly ended: Promise<string>;
  /** Bytes that it held after its last invocation. */
  readonly memory: number;
  run(order: DbtOrder, account: Account): Promise<Ending>;
  /** Parses the project, and runs nothing; with `manifest` it writes what it read there. */
  parse(place: DbtPlace, folder: string, manifest?: string, account?: Account): Promise<Ending>;
  /** Runs a command that makes nothing; what it prints goes into the account. */
  look(place: DbtPlace, folder: string, args: readonly string[], account: Account): Promise<Ending>;
  /** Interrupts what it runs, and ends it. */
  stop(): Promise<void>;
}

/** How long dbt may take to cancel its queries. */
export const cancelGraceMs = 10_000;
const stopGraceMs = 2_000;

/** Starts one; importing dbt takes it some seconds. */
export function startWarmProcess(python: string): WarmProcess {
  const child = spawn(python, [fileURLToPath(new URL("./warm.py", import.meta.url))], {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, PYTHONUTF8: "1", PYTHONDONTWRITEBYTECODE: undefined },
    windowsHide: true,
    // Ctrl+C in a terminal is the engine's to hand on.
    detached: process.platform !== "win32",
  });
  let tail = "";
  let memory = 0;
  let id = 0;
  let heard: (message: JsonRecord) => void = () => {};
  const ended = new Promise<string>(resolve => {
    child.once("error", error => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}${lastWords(tail)}`));
  });
  const ready = Promise.race([
    new Promise<string | null>(resolve => {
      heard = message => {
        if ("ready" in message) resolve(null);
        if ("unusable" in message) resolve(textOf(message.unusable) ?? "");
      };
    }),
    ended,
  ]);
  child.stdin.on("error", () => {});
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    tail = (tail + text).slice(-4_000);
  });
  createInterface({ input: child.stdout }).on("line", line => {
    const message = parseLine(line);
    if (message !== null) heard(message);
  });

  return {
    pid: child.pid ?? 0,
    ready,
    ended,
    get memory() {
      return memory;
    },
    async run(order, account) {
      recordProcess(order.folder, child.pid ?? 0);
      const env = { ...order.env, ...windowEnvironment(order.window, process.env.PGOPTIONS) };
      return await ask(order, order.folder, { args: runArguments(order) }, env, account, order.signal);
    },
    parse: (place, folder, manifest, account) =>
      ask(place, folder, { args: null, manifest: manifest ?? null }, place.env, account ?? null, null),
    look: (place, folder, args, account) => ask(place, folder, { args }, place.env, account, null),
    async stop() {
      child.stdin.end();
      await killedAfter(child, ended, stopGraceMs);
    },
  };

  async function ask(
    place: DbtPlace,
    folder: string,
    wanted: { args: readonly string[] | null; manifest?: string | null },
    env: Readonly<Record<string, string>>,
    account: Account | null,
    signal: AbortSignal | null,
  ): Promise<Ending> {
    const asked = ++id;
    const answered = new Promise<Ending>(resolve => {
      heard = message => {
        if (message.id !== asked) return;
        if ("record" in message) account?.record(recordOf(message.record));
        else if ("parsed" in message) account?.event({ type: "parsed", ms: numberOf(message.parsed) ?? 0 });
        else if ("ended" in message) {
          memory = numberOf(message.memory) ?? memory;
          const kind = message.canceled === true ? "canceled" : "ended";
          resolve({ kind, failure: textOf(message.failure) });
        }
      };
    });
    const cancel = () => {
      child.stdin.write(`${JSON.stringify({ cancel: asked })}\n`);
      void killedAfter(child, Promise.race([answered, ended]), cancelGraceMs);
    };
    const parsed = join(place.cache, "parsed", `${digest(place)}.msgpack`);
    const order = {
      id: asked,
      project: place.project,
      profiles: place.profiles,
      env,
      folder,
      parsed,
      ...wanted,
    };
    const parse = ["parse", ...placeArguments(place), "--target-path", folder];
    child.stdin.write(`${JSON.stringify({ ...order, parse, place: placeKey(place) })}\n`);
    signal?.addEventListener("abort", cancel, { once: true });
    try {
      return await Promise.race([
        answered,
        ended.then(
          (why): Ending =>
            signal?.aborted
              ? { kind: "canceled", failure: null }
              : { kind: "lost", failure: `dbt's process ended (${why}).` },
        ),
      ]);
    } finally {
      signal?.removeEventListener("abort", cancel);
      heard = () => {};
    }
  }
}

/** Equal for two orders that one parsed project serves. */
export function placeKey(place: DbtPlace): string {
  return createHash("sha256")
    .update(JSON.stringify([digest(place), place.env]))
    .digest("hex");
}

function digest({ project, profiles, target, vars }: DbtPlace): string {
  return createHash("sha256")
    .update(JSON.stringify([project, profiles, target, vars]))
    .digest("hex")
    .slice(0, 16);
}

/** Ends a process that has not come to its own end in time. */
export async function killedAfter(
  child: ChildProcess,
  end: Promise<unknown>,
  graceMs: number,
): Promise<void> {
  const timer = setTimeout(() => child.kill("SIGKILL"), graceMs);
  try {
    await end;
  } finally {
    clearTimeout(timer);
  }
}

function lastWords(tail: string): string {
  const line = tail.trim().split("\n").at(-1)?.trim();
  return line ? `: ${line.slice(0, 300)}` : "";
}

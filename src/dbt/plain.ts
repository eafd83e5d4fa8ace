import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import type { RunError } from "../model/run.ts";
import { type Account, type Ending, openAccount } from "./account.ts";
import { placeArguments, runArguments, windowEnvironment } from "./arguments.ts";
import type { Dbt, DbtOrder, DbtOutcome, DbtPlace } from "./dbt.ts";
import { parseLine } from "./json.ts";
import { type DbtLook, openLook } from "./look.ts";
import { parseFolder, parseOrder } from "./parse.ts";
import { recordProcess } from "./process.ts";
import { setsSearchPath } from "./profile.ts";
import { cancelGraceMs, killedAfter } from "./warmProcess.ts";

/** dbt as a command line, started anew for each invocation: ["uv", "run", "dbt"]. */
export function plainDbt(command: readonly string[]): Dbt {
  const running = new Set<Promise<unknown>>();
  const stopping = new AbortController();
  return {
    run(order) {
      const outcome = runPlain(command, order, AbortSignal.any([order.signal, stopping.signal]));
      running.add(outcome);
      void outcome.finally(() => running.delete(outcome)).catch(() => {});
      return outcome;
    },
    parse: (place, manifest) => parsePlain(command, place, manifest, stopping.signal),
    look: (place, look) => lookPlain(command, place, look, stopping.signal),
    warmUp: async () => {},
    async stop() {
      stopping.abort();
      await Promise.allSettled(running);
    },
  };
}

async function runPlain(
  command: readonly string[],
  order: DbtOrder,
  signal: AbortSignal,
): Promise<DbtOutcome> {
  const account = openAccount(order);
  await mkdir(order.folder, { recursive: true });
  if (signal.aborted) return account.close({ kind: "canceled", failure: null });
  const hidden = order.window === null ? null : await whyNoWindow(command, order);
  if (hidden !== null) return account.close({ kind: "ended", failure: hidden });

  const env = { ...order.env, ...windowEnvironment(order.window, process.env.PGOPTIONS) };
  const started = (pid: number) => recordProcess(order.folder, pid);
  const ended = await follow(command, runArguments(order), { ...order, env }, account, signal, started);
  return account.close(ended);
}

async function parsePlain(
  command: readonly string[],
  place: DbtPlace,
  manifest: string,
  signal: AbortSignal,
): Promise<RunError | null> {
  const folder = await parseFolder(place);
  try {
    const account = openAccount(parseOrder(place, folder));
    const args = ["parse", ...placeArguments(place), "--target-path", folder];
    const ending = await follow(command, args, place, account, signal);
    const written = join(folder, "manifest.json");
    if (!existsSync(written)) return (await account.close(ending)).error;
    await mkdir(dirname(manifest), { recursive: true });
    // Beside it first: a manifest is replaced whole, or not at all.
    await copyFile(written, `${manifest}.${process.pid}`);
    await rename(`${manifest}.${process.pid}`, manifest);
    return null;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function lookPlain<T>(
  command: readonly string[],
  place: DbtPlace,
  look: DbtLook<T>,
  signal: AbortSignal,
): Promise<T> {
  const folder = await parseFolder(place);
  try {
    const { account, close } = openLook(look);
    return await close(await follow(command, look.args(folder), place, account, signal), folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs one command to its end; its log goes into the account. */
async function follow(
  command: readonly string[],
  args: readonly string[],
  { project, env }: Pick<DbtPlace, "project" | "env">,
  account: Account,
  signal: AbortSignal,
  started: (pid: number) => void = () => {},
): Promise<Ending> {
  const [program = "dbt", ...first] = command;
  const child = spawn(program, [...first, ...args, "--log-format", "json", "--log-level", "debug"], {
    cwd: project,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
    windowsHide: true,
    detached: process.platform !== "win32",
  });
  if (child.pid !== undefined) started(child.pid);
  let tail = "";
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on("line", line => {
      const record = parseLine(line);
      if (record !== null) account.record(record);
      else tail = `${tail}\n${line}`.slice(-2_000);
    });
  }
  const ended = new Promise<Ending>(resolve => {
    child.once("error", error => resolve({ kind: "ended", failure: notStarted(program, error) }));
    child.once("close", (code, by) => {
      if (signal.aborted) resolve({ kind: "canceled", failure: null });
      else if (by !== null) resolve({ kind: "lost", failure: `dbt's process ended (${by}).` });
      // 1: something failed, and the account says what. 2: dbt itself did, and has said why in its log.
      else resolve({ kind: "ended", failure: code === 0 || code === 1 ? null : whyEnded(code, tail) });
    });
  });
  const cancel = () => {
    child.kill("SIGINT");
    void killedAfter(child, ended, cancelGraceMs);
  };
  signal.addEventListener("abort", cancel, { once: true });
  try {
    return await ended;
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}

/** Without its window a model would write all of its partitions: better it does not run. */
async function whyNoWindow(command: readonly string[], order: DbtOrder): Promise<string | null> {
  const elsewhere = /^(docker|podman|kubectl|ssh)(\.exe)?$/.exec(command[0]?.split(/[\\/]/).at(-1) ?? "");
  if (elsewhere && !command.some(it => it.includes("PGOPTIONS"))) {
    return `${command.join(" ")} does not hand on the variable PGOPTIONS, which tells models their partition. Add it to the command: "docker compose exec -e PGOPTIONS …".`;
  }
  if (await setsSearchPath(order)) {
    return 'The profile sets "search_path", so PostgreSQL does not hear which partition is meant (PGOPTIONS). Remove search_path from the profile, or set the dbt command to a dbt that Python can import.';
  }
  return null;
}

function notStarted(program: string, error: Error): string {
  return `dbt could not be started: ${error.message}. Install dbt, or correct the command "${program}" in millrace.json.`;
}

function whyEnded(code: number | null, tail: string): string | null {
  const said = tail.trim();
  return said ? `${said}\n(dbt ended with exit code ${code}.)` : null;
}

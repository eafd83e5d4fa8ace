import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { connect, type Remote } from "../protocol/channel.ts";
import {
  type EngineClient,
  type EngineGreeting,
  type EngineHost,
  engineProtocolVersion,
} from "../protocol/engine.ts";
import { streamPort } from "../protocol/streamPort.ts";

/** The command line that starts an engine. */
export interface EngineLaunch {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

export type EngineStatus = "stopped" | "starting" | "running" | "crashed";

/** The engine of one workspace root: a child process that is started by the first question put to it. */
export interface EngineProcess {
  /** Puts a question to the engine. It settles, also when the engine dies: then with a sentence to show. */
  ask<T>(question: (host: Remote<EngineHost>) => Promise<T>): Promise<T>;
  status(): EngineStatus;
  /** Ends the process; the next question starts a new one. */
  stop(): Promise<void>;
}

export interface EngineProcessOptions {
  /** Decides what to start, or rejects with the sentence that says why nothing may be started. */
  launch(): Promise<EngineLaunch>;
  client: EngineClient;
  log(line: string): void;
  onStatus(status: EngineStatus): void;
  /** The engine refused what it was asked; whoever asked hears of it too. */
  onRefusal?(refusal: Error): void;
  /** Waits before the first, second, … restart after a crash; when they are used up, only a question starts it. */
  restartDelaysMs?: readonly number[];
  handshakeTimeoutMs?: number;
}

interface RunningEngine {
  readonly host: Remote<EngineHost>;
  end(): Promise<void>;
}

export function createEngineProcess(options: EngineProcessOptions): EngineProcess {
  const restartDelaysMs = options.restartDelaysMs ?? [500, 2_000, 5_000, 15_000];
  let engine: Promise<RunningEngine> | null = null;
  let status: EngineStatus = "stopped";
  let crashes = 0;
  let restart: NodeJS.Timeout | undefined;

  return { ask, status: () => status, stop };

  async function ask<T>(question: (host: Remote<EngineHost>) => Promise<T>): Promise<T> {
    const { host } = await running();
    try {
      return await question(host);
    } catch (error) {
      if ((error as Error).name !== "ChannelClosed") {
        options.onRefusal?.(error as Error);
        throw error;
      }
      throw new Error("The engine ended before it answered. Try again; the Millrace log says why it ended.", {
        cause: error,
      });
    }
  }

  function running(): Promise<RunningEngine> {
    clearTimeout(restart);
    if (engine !== null) return engine;
    const starting = start(() => engine === starting);
    engine = starting;
    return starting;
  }

  async function start(isCurrent: () => boolean): Promise<RunningEngine> {
    try {
      const launch = await options.launch();
      change("starting");
      const started = await startProcess(launch, options, async ended => {
        if (!isCurrent()) return;
        engine = null;
        change("crashed");
        options.log(`The engine ended unexpectedly: ${await ended}.`);
        if (engine === null) scheduleRestart();
      });
      change("running");
      return started;
    } catch (error) {
      if (isCurrent()) engine = null;
      change("crashed");
      options.log((error as Error).message);
      throw error;
    }
  }

  function scheduleRestart() {
    const delay = restartDelaysMs[crashes];
    if (delay === undefined) return options.log("It is not restarted again until something needs it.");
    crashes += 1;
    restart = setTimeout(() => void running().then(forgiveLater, scheduleRestart), delay);
  }

  /** An engine that has lived for a minute begins with a clean record. */
  function forgiveLater() {
    restart = setTimeout(() => {
      crashes = 0;
    }, 60_000);
    restart.unref();
  }

  async function stop() {
    clearTimeout(restart);
    const ending = engine;
    engine = null;
    crashes = 0;
    await ending?.then(
      it => it.end(),
      () => undefined,
    );
    change("stopped");
  }

  function change(next: EngineStatus) {
    if (next === status) return;
    status = next;
    options.onStatus(next);
  }
}

/** Starts the process and shakes hands with it; `onLost` is called when it can no longer answer, unless we end it. */
async function startProcess(
  { command, args, cwd, env }: EngineLaunch,
  { client, log, handshakeTimeoutMs = 30_000 }: EngineProcessOptions,
  onLost: (ended: Promise<string>) => Promise<void>,
): Promise<RunningEngine> {
  log(`Starting ${[command, ...args].join(" ")}`);
  const child = spawn(command, args, { cwd, env, stdio: ["pipe", "pipe", "pipe"], windowsHide: true });
  const ended = endOf(child);
  const lastWords = keepLastWords(child, log);
  const port = streamPort(child.stdout, child.stdin);
  const host = connect<EngineClient, EngineHost>(port, client);

  try {
    await Promise.race([
      shakeHands(host),
      ended.then(how => failure(`The engine could not start: ${how}.`, lastWords)),
      after(handshakeTimeoutMs).then(() => failure("The engine did not answer in time.", lastWords)),
    ]);
  } catch (error) {
    child.kill("SIGKILL");
    throw error;
  }
  let wanted = true;
  port.onClose(() => {
    setTimeout(() => child.kill("SIGKILL"), 2_000).unref();
    if (wanted) void onLost(ended);
  });

  return {
    host,
    async end() {
      wanted = false;
      await Promise.race([host.stop().catch(() => undefined), after(2_000), ended]);
      child.stdin.end();
      await Promise.race([ended, after(2_000)]);
      child.kill("SIGKILL");
      await ended;
    },
  };
}

async function shakeHands(host: Remote<EngineHost>) {
  const client = { protocol: engineProtocolVersion, name: "vscode" };
  const { protocol, version } = await host.hello(client).catch(leaveToTheEnd);
  if (protocol === engineProtocolVersion) return;
  const older = protocol < engineProtocolVersion ? `the package millrace ${version}` : "the extension";
  throw new Error(
    `The workspace's engine speaks version ${protocol}, the editor version ${engineProtocolVersion}. Update ${older}.`,
  );
}

/** A port that closes during the handshake means that the process has ended, and that will say more. */
function leaveToTheEnd(error: Error): Promise<EngineGreeting> {
  return error.name === "ChannelClosed" ? new Promise(() => {}) : Promise.reject(error);
}

/** How the process ended, after its last words had a moment to arrive. */
function endOf(child: ChildProcess): Promise<string> {
  return new Promise(resolve => {
    child.once("error", error => resolve(error.message));
    child.once("exit", (code, signal) => {
      const how = signal === null ? `exit code ${code}` : `killed by ${signal}`;
      child.once("close", () => resolve(how));
      setTimeout(resolve, 200, how);
    });
  });
}

function keepLastWords(
  child: ChildProcessWithoutNullStreams,
  log: (line: string) => void,
): readonly string[] {
  const lastWords: string[] = [];
  createInterface({ input: child.stderr }).on("line", line => {
    log(line);
    lastWords.push(line);
    if (lastWords.length > 5) lastWords.shift();
  });
  return lastWords;
}

function failure(message: string, lastWords: readonly string[]): never {
  const words = lastWords.join("\n").trim();
  throw new Error(words === "" ? message : `${message} It said: ${words}`);
}

function after(ms: number): Promise<void> {
  return new Promise(resolve => {
    setTimeout(resolve, ms).unref();
  });
}

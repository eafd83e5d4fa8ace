import { resolve } from "node:path";
import { ConfigurationError } from "../engine/configuration.ts";
import type { Engine } from "../engine/engine.ts";
import { startEngine } from "../engine/startEngine.ts";
import { migrateState, openState } from "../engine/stateDatabase.ts";
import { failureInWords, runNews } from "../model/runNews.ts";
import { watchDefinitions } from "./definitionsWatch.ts";
import { serveHealth } from "./health.ts";
import { jsonLog } from "./jsonLog.ts";
import { settingsNews } from "./settingsNews.ts";
import { configurationOf, type WorkspaceOptions } from "./workspace.ts";

export interface DaemonOptions extends WorkspaceOptions {
  /** Where health and metrics are served; none without it. */
  healthPort?: string;
  healthHost?: string;
  /** Seconds that runs may go on after the first signal. */
  grace?: string;
}

/**
 * An engine that stays: a daemon evaluates sensors, schedules and conditions and takes runs, a worker only takes runs.
 * The first SIGTERM lets running runs end, the second cancels them.
 */
export async function daemon(kind: "daemon" | "worker", options: DaemonOptions): Promise<void> {
  const port = numberOf(options.healthPort, "--health-port");
  const graceMs = (numberOf(options.grace, "--grace") ?? 60) * 1000;
  const log = jsonLog(process.stdout, kind);
  const signals = stopSignals();
  const configuration = await configurationOf(options);
  const settings = await settingsNews(configuration, log);
  const database = await openPatiently();
  if (database === null) return;
  const told = new Map<string, string>();
  let loaded: { graph: unknown; errors: readonly string[] } = { graph: null, errors: [] };
  const engine = await startEngine({
    configuration,
    database,
    name: kind,
    background: true,
    automation: kind === "daemon",
    client: {
      logged(runId, lines) {
        // What runs say stands in their logs; here is said what concerns the engine itself.
        if (runId === "") for (const line of lines) log(line.level, line.message);
      },
      runChanged(run) {
        if (told.get(run.id) === run.status) return;
        // The end is told, too, and may be heard of again for a while.
        told.delete(run.id);
        told.set(run.id, run.status);
        if (told.size > mostTold) told.delete(told.keys().next().value as string);
        const failure = run.status === "failed" ? failureInWords(run) : null;
        log(run.status === "failed" ? "warn" : "info", [runNews(run), failure].filter(Boolean).join(" "), {
          run: run.id,
          status: run.status,
          selection: run.selection,
          requestedBy: run.requestedBy,
        });
      },
    },
  });
  const health =
    port === null
      ? null
      : await serveHealth(engine, {
          ...{ port, host: options.healthHost ?? "127.0.0.1" },
          broken: () => [
            ...(settings.problem() === null ? [] : [settings.problem() as string]),
            ...loaded.errors,
          ],
        });
  const watch = watchDefinitions(configuration.root, async () => {
    await settings.look();
    await load(engine);
  });
  log("info", `The ${kind} has started.`, {
    pid: process.pid,
    root: configuration.root,
    environment: configuration.environment.value,
    ...(health ? { health: health.url } : {}),
  });
  await load(engine);

  await signals.first;
  log("info", "Asked to stop: nothing new is begun, running runs may end.", { graceSeconds: graceMs / 1000 });
  watch.close();
  await Promise.race([engine.drain(graceMs), signals.second]);
  await engine.stop();
  await health?.close();
  log("info", `The ${kind} has stopped.`);
  // A loop without end in user code must not keep the process.
  process.exit(0);

  /** The database may come up after us, or be brought to our version by somebody else. */
  async function openPatiently() {
    let told = "";
    for (let wait = 500; ; wait = Math.min(wait * 2, 10_000)) {
      try {
        if (kind === "daemon") await migrateState(configuration);
        const opened = await openState(configuration, { name: kind });
        if (told !== "") log("info", "The state can be opened now.");
        return opened;
      } catch (error) {
        const { message } = error as Error;
        if (message !== told) log("warn", `The state cannot be opened yet, and is tried again: ${message}`);
        told = message;
        const stop = await Promise.race([signals.first.then(() => true), sleep(wait).then(() => false)]);
        if (stop) return null;
      }
    }
  }

  async function load(engine: Engine) {
    try {
      const graph = await engine.definitions();
      if (graph.dbt) watch.follow(resolve(configuration.root, graph.dbt.folder));
      if (graph === loaded.graph) return;
      const errors = graph.problems
        .filter(it => it.severity === "error")
        .map(it => `${it.file}:${it.line}: ${it.message}`);
      loaded = { graph, errors };
      log(errors.length > 0 ? "warn" : "info", "Definitions are loaded.", {
        assets: graph.assets.length,
        errors,
      });
    } catch (error) {
      const problem = `The definitions cannot be loaded: ${(error as Error).message}`;
      if (loaded.errors[0] === problem) return;
      loaded = { graph: null, errors: [problem] };
      log("error", problem);
    }
  }
}

/** So many runs are remembered, to tell each of their states once. */
const mostTold = 10_000;

function numberOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new ConfigurationError(`${option} takes a whole number; it is "${text}".`);
}

/** Resolve when somebody asks to stop, and when somebody asks again. */
function stopSignals(): { first: Promise<void>; second: Promise<void> } {
  const asked = () =>
    new Promise<void>(resolve => {
      for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
    });
  const first = asked();
  return { first, second: first.then(asked) };
}

function sleep(ms: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, ms));
}

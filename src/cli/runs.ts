import { resolve } from "node:path";
import { ConfigurationError } from "../engine/configuration.ts";
import type { Engine } from "../engine/engine.ts";
import { retryRequest } from "../engine/retryRun.ts";
import { formatAgo, formatDuration } from "../model/format.ts";
import type { LogLine, RunSummary } from "../model/run.ts";
import { isEnded } from "../model/run.ts";
import { runNews } from "../model/runNews.ts";
import { partitionsInShort, partitionsOfRun } from "../model/runPartitions.ts";
import { dbtOptionsInWords, variantOfRun } from "./dbtFlags.ts";
import { materialize, summary } from "./materialize.ts";
import { stepLine } from "./progress.ts";
import { type RunFilterFlags, runFilter } from "./runFilter.ts";
import { color, cut, printJson, say, table } from "./terminal.ts";
import { wholeNumber } from "./wholeNumber.ts";
import { configurationOf, type WorkspaceOptions, withEngine } from "./workspace.ts";

interface RunsOptions extends WorkspaceOptions, RunFilterFlags {
  json?: boolean;
  follow?: boolean;
  limit?: string;
}

/** Lists runs, or shows one with its log. */
export async function runs(id: string | undefined, options: RunsOptions): Promise<void> {
  await withEngine(options, async engine => {
    if (id !== undefined) return showRun(engine, id, options);
    const limit = wholeNumber("--limit", options.limit ?? "20");
    const filter = await runFilter(engine, options);
    const found = await engine.runs(limit, filter);
    if (options.json) {
      printJson({ runs: found.map(run => ({ ...run, partitions: partitionsOfRun(run.steps) })) });
      return;
    }
    const { environment } = await configurationOf(options);
    if (found.length > 0) say(table(found.map(run => runRow(run, environment.value))));
    else if (Object.keys(filter).length === 0) say("Nothing has run yet. Try \"millrace materialize '*'\".");
    else say('No such run. "millrace runs" lists all.');
  });
}

export async function cancelRun(id: string, options: WorkspaceOptions): Promise<void> {
  await withEngine(options, async engine => {
    const run = await findRun(engine, id);
    if (isEnded(run.status)) throw new ConfigurationError(`Run ${id} has ended already: ${run.status}.`);
    await engine.cancelRun(id);
    const ended = await engine.waitForRun(id);
    say(runNews(ended));
  });
}

interface RetryOptions extends WorkspaceOptions {
  json?: boolean;
  all?: boolean;
}

/** A new run of what the old one did not bring about, or of all of it. */
export async function retryRun(id: string, options: RetryOptions): Promise<void> {
  const run = await withEngine(options, engine => engine.run(id));
  const same = { ...options, ...(run ? variantOfRun(run, options) : {}) };
  const scope = options.all ? "all" : "left";
  const configuration = await configurationOf(same);
  const { selection, partitions, dbt = {} } = retryRequest(run, id, scope, configuration);
  await materialize(selection, {
    ...{ ...same, ...dbt },
    ...(dbt.state === undefined ? {} : { state: resolve(configuration.root, dbt.state) }),
    ...(partitions === null ? {} : { partitions }),
  });
}

async function findRun(engine: Engine, id: string): Promise<RunSummary> {
  const run = await engine.run(id);
  if (!run) throw new ConfigurationError(`There is no run "${id}". "millrace runs" lists what there is.`);
  return run;
}

async function showRun(engine: Engine, id: string, options: RunsOptions): Promise<void> {
  let run = await findRun(engine, id);
  if (options.follow) {
    let told = 0;
    for (;;) {
      const log = await engine.runLog(id);
      for (const line of log.slice(told)) tell(line, options);
      told = log.length;
      if (isEnded(run.status)) break;
      await new Promise(resolve => setTimeout(resolve, 300));
      run = await findRun(engine, id);
    }
    if (options.json) process.stdout.write(`${JSON.stringify(run)}\n`);
    else say(summary(run));
    return;
  }
  const log = await engine.runLog(id);
  if (options.json) return printJson({ ...run, log });
  say(
    `run ${run.id}  ${run.status}  ${run.selection}  ${color.dim(`${run.requestedBy} · ${formatAgo(run.createdAt, Date.now())}`)}`,
  );
  if (run.dbt) say(color.dim(`dbt: ${dbtOptionsInWords(run.dbt)}`));
  for (const step of run.steps) say(stepLine(step, Date.now()));
  if (run.reason) say(color.dim(run.reason));
  if (log.length > 0) say("");
  for (const line of log) tell(line, options);
}

function tell(line: LogLine, { json }: RunsOptions): void {
  if (json) process.stdout.write(`${JSON.stringify(line)}\n`);
  else say(`${color.dim(`${line.at.slice(11, 19)} ${line.asset ?? ""} │`)} ${line.message}`);
}

function runRow(run: RunSummary, environment: string): string[] {
  const took =
    run.startedAt && run.endedAt ? formatDuration(Date.parse(run.endedAt) - Date.parse(run.startedAt)) : "";
  const paint = run.status === "succeeded" ? color.green : run.status === "failed" ? color.red : color.blue;
  return [
    run.id,
    paint(run.status),
    formatAgo(run.createdAt, Date.now()),
    took,
    // What it made and who asked for it are to be seen beside a long selection.
    cut(
      run.selection,
      process.stdout.isTTY ? Math.max(16, process.stdout.columns / 3) : Number.POSITIVE_INFINITY,
    ),
    partitionsInShort(partitionsOfRun(run.steps)),
    run.environment === environment ? "" : run.environment,
    color.dim(run.reason ?? run.requestedBy),
  ];
}

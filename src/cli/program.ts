#!/usr/bin/env node
import { Argument, Command, CommanderError, Option } from "commander";
import { version } from "../engine/installation.ts";
import { failWith } from "./failure.ts";
import { explainWrongCalls } from "./wrongCall.ts";

const program = new Command("millrace")
  .description("Materializes data assets written in TypeScript into PostgreSQL.")
  .version(version, "-v, --version", "print the version")
  .helpOption("-h, --help", "print what a command does and takes")
  .option("--root <dir>", "the workspace; default: the nearest folder upward with millrace.json")
  .addHelpText(
    "after",
    '\nSELECTION: an asset\'s key, "+key" with all upstream, "key+" with all downstream, group:NAME, *, and, or, not',
  );

const json = new Option("--json", "print one JSON document on standard output");
const environment = new Option(
  "--env <name>",
  "the environment the run belongs to: a record of its own, of the same tables",
);

const state = new Option("--state <dir>", "the folder with the manifest that state:modified compares with");

/** Which assets, when a command also does without being told. */
function selectionOr(otherwise: string): Argument {
  return new Argument("[selection]", "which assets").default("*", otherwise);
}

/** What is said of dbt to everything that runs its models. */
const dbtFlags = [
  new Option("--full-refresh", "dbt makes incremental models and seeds from nothing"),
  new Option("--target <name>", "another target of dbt's profile; its runs belong to the environment NAME"),
  new Option("--vars <mapping>", "variables for dbt, as JSON or YAML, beside those of millrace.json"),
  new Option("--defer", "dbt reads what was never materialized where the manifest of --state says"),
  new Option("--no-defer", "not so, whatever millrace.json says"),
  new Option("--state <dir>", "the folder with that manifest; state:modified compares with it, too"),
];

// Each command loads only what it needs: a scan starts no database, a run loads no parser it does not use.
program
  .command("init")
  .description("write a first asset into this folder")
  .argument("[dir]", "the folder", ".")
  .action(async dir => (await import("./init.ts")).init(dir));

program
  .command("scan")
  .description("read the asset files as text, and print the graph and its problems; runs nothing")
  .argument("[dir]", "the workspace")
  .option("--manifest <file>", "the graph of a dbt manifest alone")
  .addOption(json)
  .action(async (dir, options) => (await import("./scan.ts")).scan(dir ?? root(), options));

program
  .command("list")
  .description("list assets and their states")
  .addArgument(selectionOr("all"))
  .addOption(state)
  .addOption(json)
  .addOption(environment)
  .action(async (selection, options) =>
    (await import("./list.ts")).list(selection, { ...options, root: root() }),
  );

program
  .command("preview")
  .description("print the first rows of an asset, a dbt model or a source, as they are stored")
  .argument("<asset>", "the asset's key")
  .option("--partition <key>", "one partition; default: all")
  .option("-n, --limit <n>", "how many rows", "100")
  .addOption(json)
  .addOption(environment)
  .action(async (asset, options) =>
    (await import("./preview.ts")).preview(asset, { ...options, root: root() }),
  );

program
  .command("checks")
  .description("run the checks of assets and the tests of dbt on what is stored; makes nothing anew")
  .addArgument(selectionOr("all that have any"))
  .addOption(state)
  .addOption(json)
  .addOption(environment)
  .action(async (selection, options) =>
    (await import("./checks.ts")).checks(selection, { ...options, root: root() }),
  );

program
  .command("freshness")
  .description("let dbt measure its sources, and tell how fresh all is of which freshness is asked")
  .addArgument(selectionOr("all that say how fresh they must be"))
  .addOption(json)
  .addOption(environment)
  .action(async (selection, options) =>
    (await import("./freshness.ts")).freshness(selection, { ...options, root: root() }),
  );

const materialize = program
  .command("materialize")
  .description("materialize the selected assets")
  .argument("<selection>", "which assets")
  .addOption(json)
  .addOption(environment)
  .addOption(new Option("--partition <key>", "one partition").conflicts("partitions"))
  .option("--partitions <range>", "partitions: A...B, with commas between several")
  .option("--missing", "only partitions that were never materialized")
  .option("--failed", "only what failed when it was last tried")
  .option("--stale", "only what something newer has made stale")
  .option("--dry-run", "print the plan, run nothing")
  .action(async (selection, options) =>
    (await import("./materialize.ts")).materialize(selection, { ...options, root: root() }),
  );
for (const flag of dbtFlags) materialize.addOption(flag);

const backfill = program
  .command("backfill")
  .description("materialize many partitions by many runs; it can be paused, resumed, canceled and retried")
  .argument("<selection>", "which assets")
  .option(
    "--partitions <range>",
    "partitions of the first assets: A...B, with commas between several; default: all",
  )
  .option("--missing", "only partitions that were never materialized")
  .option("--failed", "only partitions whose last attempt failed")
  .option("--stale", "only partitions that something newer has made stale")
  .option("--max-parallel <n>", "runs at once; default: as many as the engines take")
  .option("--dry-run", "print the plan, run nothing")
  .addOption(json)
  .addOption(environment)
  .action(async (selection, options) =>
    (await import("./backfill.ts")).backfill(selection, { ...options, root: root() }),
  );
for (const flag of dbtFlags) backfill.addOption(flag);
backfill
  .command("show")
  .alias("list")
  .description("list backfills, or show one")
  .argument("[id]", "the backfill")
  .addOption(json)
  // --json stands on "backfill" as well, which takes it wherever it is written.
  .action(async (id, _, command) =>
    (await import("./backfill.ts")).showBackfills(id, { ...command.optsWithGlobals(), root: root() }),
  );
for (const [action, description] of [
  ["pause", "request no more runs until it is resumed; running ones end"],
  ["resume", "go on with a paused backfill, and wait for its end"],
  ["cancel", "cancel its runs; what was made stays"],
  ["retry", "try again what failed or was not made, and wait for its end"],
] as const) {
  backfill
    .command(action)
    .description(description)
    .argument("<id>", "the backfill")
    .addOption(json)
    .action(async (id, _, command) =>
      (await import("./backfill.ts")).actOnBackfill(id, action, {
        ...command.optsWithGlobals(),
        root: root(),
      }),
    );
}

const runs = program
  .command("runs")
  .description("list runs, or show one with its log")
  .argument("[id]", "the run")
  .option("-f, --follow", "keep printing what changes")
  .option("--asset <selection>", "only runs of these assets")
  .option("--partition <key>", "only runs that were to make this partition")
  .option("--status <status>", "only runs with this status, or with one of several with commas between")
  .option("--backfill <id>", "only runs of this backfill")
  .option("-n, --limit <n>", "how many runs", "20")
  .addOption(new Option("--env <name>", "only runs of this environment"))
  .addOption(json)
  .action(async (id, options) => (await import("./runs.ts")).runs(id, { ...options, root: root() }));
runs
  .command("cancel")
  .description("cancel a run")
  .argument("<id>", "the run")
  .action(async id => (await import("./runs.ts")).cancelRun(id, { root: root() }));
runs
  .command("retry")
  .description("materialize again what a run did not")
  .argument("<id>", "the run")
  .option("--all", "what succeeded too")
  .addOption(environment)
  .addOption(json)
  // --json stands on "runs" as well, which takes it wherever it is written.
  .action(async (id, _, command) =>
    (await import("./runs.ts")).retryRun(id, { ...command.optsWithGlobals(), root: root() }),
  );

for (const [action, description] of [
  ["mark", "say that assets are as good as materialized, without running anything"],
  ["wipe", "forget that assets were ever materialized; their rows stay until they are made again"],
] as const) {
  program
    .command(action)
    .description(description)
    .argument("<selection>", "which assets")
    .addOption(json)
    .addOption(environment)
    .addOption(new Option("--partition <key>", "one partition").conflicts("partitions"))
    .option("--partitions <range>", "partitions: A...B, with commas between several; default: all")
    .action(async (selection, options) =>
      (await import("./byHand.ts")).changeByHand(action, selection, { ...options, root: root() }),
    );
}

const automation = program
  .command("automation")
  .description(
    "sensors, schedules and conditions: their state, switches, history, reasons, and what they would do",
  );
automation
  .command("list")
  .description("list them, each with its state, its next and its last tick")
  .addOption(json)
  .addOption(environment)
  .action(async options => (await import("./automations.ts")).list({ ...options, root: root() }));
for (const [to, description] of [
  ["on", "switch it on, whatever the code says"],
  ["off", "switch it off, whatever the code says"],
  ["reset", "let the code say again whether it is on; with --cursor also sets how far it has come"],
] as const) {
  const command = automation
    .command(to)
    .description(description)
    .argument("<name>", 'its name, "sensor:NAME" when several have it; of a condition, its asset')
    .addOption(json)
    .addOption(environment);
  if (to === "reset") command.option("--cursor [cursor]", "the new cursor; none: as at its first tick");
  command.action(async (name, options) =>
    (await import("./automations.ts")).switchTo(to, name, { ...options, root: root() }),
  );
}
automation
  .command("ticks")
  .description("what its evaluations came to, newest first: runs, reasons, errors, logs")
  .argument(
    "<name>",
    'its name, "sensor:NAME" when several have it; of a condition or of freshness, the asset',
  )
  .option("-n, --limit <n>", "how many", "20")
  .addOption(json)
  .addOption(environment)
  .action(async (name, options) =>
    (await import("./automations.ts")).ticks(name, { ...options, root: root() }),
  );
automation
  .command("test")
  .description("evaluate a sensor or a schedule now, change nothing, and print what it would request")
  .argument("<name>", "its name")
  .addOption(json)
  .addOption(environment)
  .action(async (name, options) =>
    (await import("./automations.ts")).test(name, { ...options, root: root() }),
  );
automation
  .command("why")
  .description(
    "the condition of an asset as a tree: what is true, what is not, and what it waits for; of a sensor or schedule its last ticks",
  )
  .argument("<asset>", "the asset's key, or the name of a sensor or schedule")
  .option("--at <tick>", "as it was at a tick, by its id, or at an instant")
  .addOption(json)
  .addOption(environment)
  .action(async (asset, options) =>
    (await import("./automationWhy.ts")).why(asset, { ...options, root: root() }),
  );
automation
  .command("simulate")
  .description("play the recorded history to the condition of an asset, beside what was really launched")
  .argument("<asset>", "the asset's key")
  .option("--days <n>", "how far back", "7")
  .option("--condition-from <file>", "the condition that the asset has in this file")
  .addOption(json)
  .addOption(environment)
  .action(async (asset, options) =>
    (await import("./automationSimulate.ts")).simulateCondition(asset, { ...options, root: root() }),
  );

const partitions = program
  .command("partitions")
  .description("the keys of dynamic partitions: list, add, remove");
partitions
  .command("list")
  .description("list all dynamic partitions, or the keys of one, in the order in which they were added")
  .argument("[name]", "the name of the dynamic partitions")
  .addOption(json)
  .addOption(environment)
  .action(async (name, options) =>
    (await import("./partitions.ts")).listPartitions(name, { ...options, root: root() }),
  );
for (const action of ["add", "remove"] as const) {
  partitions
    .command(action)
    .description(`${action} keys`)
    .argument("<name>", "the name of the dynamic partitions")
    .argument("<keys...>", "the keys")
    .addOption(json)
    .addOption(environment)
    .action(async (name, keys, options) =>
      (await import("./partitions.ts")).changeKeys(action, name, keys, { ...options, root: root() }),
    );
}

for (const [kind, description] of [
  [
    "daemon",
    "stay, evaluate sensors, schedules and conditions, and run what they request; one leads among many",
  ],
  ["worker", "stay and run what is dispatched, on this machine or another one"],
] as const) {
  program
    .command(kind)
    .description(description)
    .addOption(environment)
    .option("--health-port <port>", "serve /healthz and /metrics there; 0: any free port")
    .option("--health-host <host>", "the address to serve them on", "127.0.0.1")
    .option("--grace <seconds>", "how long running runs may go on after SIGTERM", "60")
    .action(async options => (await import("./daemon.ts")).daemon(kind, { ...options, root: root() }));
}

const dbt = program
  .command("dbt")
  .description("the dbt of this workspace: set up, parse, types; after -- any command of dbt's own")
  .argument("[args...]", "what dbt is to do: millrace dbt -- run --select orders")
  .usage("[options] [command] | -- ARGS…")
  .action(async args => (await import("./dbt.ts")).dbt(args, { root: root() }));
dbt
  .command("setup")
  .description("install dbt with its adapter for PostgreSQL, for this workspace alone")
  .addOption(json)
  .action(async options => (await import("./dbt.ts")).setUp({ ...options, root: root() }));
dbt
  .command("parse")
  .description("let dbt read its project and write the manifest that the graph comes from")
  .argument("[args...]", "flags for dbt, after --")
  .addOption(json)
  .action(async (args, options) => (await import("./dbt.ts")).parse(args, { ...options, root: root() }));
dbt
  .command("types")
  .description("write the rows of dbt's models as TypeScript, to standard output or into a file")
  .option("-o, --out <file>", "the file, relative to the workspace")
  .option("--check", "write nothing; exit 1 when the file is not what it would be")
  .option("--offline", "do not ask the database: dbt's manifest and catalog.json have to do")
  .addOption(environment)
  .action(async options => (await import("./dbt.ts")).types({ ...options, root: root() }));

const db = program.command("db").description("the state database: start, stop, status, url, migrate");
for (const [action, description] of [
  ["start", "start the embedded PostgreSQL"],
  ["stop", "stop the embedded PostgreSQL"],
  ["status", "say which database is used, and whether it answers"],
  ["url", "print the URL, with its password, for psql and other programs"],
  ["migrate", "bring the state in the database to this version"],
] as const) {
  db.command(action)
    .description(description)
    .addOption(json)
    .action(async options => (await import("./db.ts")).db(action, { ...options, root: root() }));
}

program
  .command("doctor")
  .description("check what Millrace needs, and print each setting and where it came from")
  .addOption(json)
  .action(async options => (await import("./doctor.ts")).doctor({ ...options, root: root() }));

program
  .command("serve", { hidden: true })
  .description("be the engine of an editor, over standard input and output")
  .option(
    "--automation",
    "evaluate sensors, schedules and conditions too, if the database is the embedded one",
  )
  .addOption(environment)
  .action(async options => (await import("./serve.ts")).serve({ ...options, root: root() }));

explainWrongCalls(program);
try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else failWith(error);
}

function root(): string {
  return (program.opts() as { root?: string }).root ?? process.cwd();
}

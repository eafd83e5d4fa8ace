/**
 * npm run demo
 *
 * The main job, once through: weather files → TypeScript assets → dbt models → TypeScript → rows in PostgreSQL, by the
 * real command line. Again: what is fresh is skipped, and something of each phase is materialized.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { globSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";
import color from "picocolors";

const clone = fileURLToPath(new URL("..", import.meta.url));

/** As PostgreSQL numbers its types: int8, int2, int4, float4, float8, numeric. */
const numberTypes = new Set([20, 21, 23, 700, 701, 1700]);

const sample = join(clone, "sample-workspace");
const cli = join(clone, "dist", "cli.js");
// The sample shows what needs no configuration: its own embedded database.
const { MILLRACE_DATABASE_URL: _, ...env } = process.env;

let dbtIsThere;

/** Materialized every time, so that each phase is seen at work. */
const oneOfEachPhase = ["cleaned_weather_data", "city_aggregates"];
const phase3 = [
  "weather/daily_readings",
  "weather/daily_city_averages",
  "weather/daily_extremes",
  "weather/rolling_week",
].join(" or ");
const oneOfPhase3 = "weather/daily_city_averages";
/** From TypeScript through dbt's models to TypeScript; what is upstream was made by the phase before. */
const phase4 = "cities or stg_readings+";
const oneOfPhase4 = "daily_weather_summary+";
/** The day whose file comes while the daemon looks, and who is to do something because of it. */
const dropped = "2026-02-01";
const chain = [
  ["sensor", "new_weather_files"],
  ["condition", "weather/daily_frost"],
  ["condition", "weather/frost_report"],
];
const throughDbt = [
  ["condition", "stg_readings"],
  ["condition", "daily_weather_summary"],
  ["condition", "weather/latest_weather"],
];

console.log(
  `\n${color.bold("Millrace")}  weather files → TypeScript assets → dbt models → rows in PostgreSQL\n`,
);
await run(join(clone, "scripts", "build.mjs"));

heading("Data", "twelve stations in five cities; a file a day, with the faults that real files have");
if (dataFiles().length > 0) console.log("– sample-workspace/data is there and kept");
else await run(join(clone, "scripts", "weather.mjs"));
const dataSince = Math.max(...dataFiles().map(file => statSync(join(sample, file)).mtimeMs));

heading("Assets", "sample-workspace/assets: each is a key and a function, and becomes a table");
const assets = JSON.parse(ask("list", "--json")).assets;
const isWhole = ({ kind, partitions, automation, file }) =>
  kind === "typescript" && !partitions && !automation && !file.endsWith("phase4Dbt.ts");
const isFresh = ({ key, state, materializedAt }) =>
  state === "materialized" && Date.parse(materializedAt) > dataSince && !oneOfEachPhase.includes(key);
for (const { key, rows } of assets.filter(isWhole).filter(isFresh)) {
  console.log(`– ${key}  ${color.dim(`${rows.toLocaleString("en")} rows, fresh: skipped`)}`);
}
const selected = assets.filter(asset => isWhole(asset) && !isFresh(asset)).map(({ key }) => key);
await run(cli, "materialize", selected.join(" or "));

heading("Days", "assets that are cut into days: each day is made, repaired and backfilled by itself");
const days = dataFiles()
  .map(file => file.slice(-14, -4))
  .sort();
const whole = `${days[0]}...${days.at(-1)}`;
await backfill(phase3, oneOfPhase3);

heading("dbt", "the models of dbt_project, run by dbt itself: TypeScript → staging → mart → TypeScript");
if (hasDbt()) await backfill(phase4, oneOfPhase4);

heading("Automation", "nobody clicks: a file comes, and the daemon does the rest");
await carryOn();

heading("Rows", "what is in PostgreSQL now, read by plain SQL");
await withDatabase(async query => {
  await query("select * from assets.city_aggregates order by day desc, city limit 5");
  await query("select * from assets.station_coverage order by coverage limit 3");
  await query("select * from weather.daily_city_averages order by day desc, city limit 5");
  await query(
    "select * from weather.frost_report order by city limit 3",
    "of the days that the daemon made: the one of the file that came, and the day before, which it has late readings of",
  );
  if (!hasDbt()) return;
  await query(
    "select day, city, country, readings, round(mean_celsius::numeric, 1) as celsius from dbt.daily_weather_summary order by day desc, city limit 5",
  );
  await query("select * from weather.city_report order by place");
});

heading("Next", "");
for (const [what, how] of [
  ["Click Materialize in VS Code", "npm run package, install the VSIX, open sample-workspace"],
  ["Look around by command line", "cd sample-workspace; ../dist/cli.js list"],
  ["Bring other weather", "npm run weather -- --days 60 --seed 7"],
  ["Read the assets", "sample-workspace/README.md"],
  ["Read the models", "dbt_project/README.md"],
]) {
  console.log(`  ${what.padEnd(30)}${color.dim(how)}`);
}

function heading(title, explanation) {
  console.log(`\n${color.bold(title)}  ${color.dim(explanation)}`);
}

/** Makes what is missing, failed or stale; when nothing is, the last day of one asset. */
async function backfill(selection, one) {
  const what = [selection, "--partitions", whole, "--missing", "--failed", "--stale"];
  const plan = JSON.parse(ask("backfill", ...what, "--dry-run", "--json"));
  if (plan.runs > 0) return await run(cli, "backfill", ...what);
  for (const { asset, done } of plan.targets) {
    console.log(
      `– ${asset}  ${color.dim(`${done === 1 ? "" : `${done.toLocaleString("en")} days, `}fresh: skipped`)}`,
    );
  }
  await run(cli, "materialize", one, "--partition", days.at(-1));
}

/** Installs a dbt into the sample's own folder the first time; without a network the demo goes on without it. */
function hasDbt() {
  dbtIsThere ??=
    spawnSync(process.execPath, [cli, "dbt", "setup"], { cwd: sample, env, stdio: "inherit" }).status === 0;
  if (!dbtIsThere) console.log("– dbt could not be installed, so its models are left out");
  return dbtIsThere;
}

/** Without the one that is dropped, which is written anew by each demo. */
function dataFiles() {
  return globSync("data/readings-*.csv", { cwd: sample }).filter(file => !file.includes(dropped));
}

/** Starts a daemon, drops the file of a day, and tells what came of it and why. */
async function carryOn() {
  const daemon = spawn(process.execPath, [cli, "daemon"], {
    cwd: sample,
    env,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const stop = () => daemon.kill();
  process.once("exit", stop);
  // What it says is for machines, and here only to be read away.
  daemon.stdout.resume();
  const state = new pg.Client({ connectionString: ask("db", "url").trim() });
  await state.connect();
  try {
    const one = async (sql, values = []) => (await state.query(sql, values)).rows[0];
    const leader =
      "select held_since from millrace.automation_lease where engine is not null and expires_at > now()";
    await until(() => one(leader));
    const { held_since } = await one(leader);
    await until(() => one("select from millrace.condition_look where evaluated_at >= $1", [held_since]));
    await until(() =>
      one("select from millrace.automation where kind = 'sensor' and name = 'new_weather_files'"),
    );
    const { since } = await one("select clock_timestamp() as since");
    await run(join(clone, "scripts", "weather.mjs"), "--days", "1", "--end", dropped);
    for (const [kind, name] of hasDbt() ? [...chain, ...throughDbt] : chain) {
      // A run may make more than the one asset, and is longer at it.
      const requested = `select tick.reason, min(step.asset) as asset, bool_and(step.status = 'succeeded') as succeeded,
                           max(step.ended_at) as ended_at, string_agg(partitions[1], ', ' order by partitions[1]) as days
                         from millrace.tick join millrace.step on run_id = any(run_ids)
                         where kind = $1 and automation = $2 and tick.started_at > $3
                           and (kind = 'sensor' or step.asset = automation)
                         group by tick.id having bool_and(step.ended_at is not null) order by tick.id limit 1`;
      const found = await until(() => one(requested, [kind, name, since]));
      const ms = Math.round(found.ended_at - since);
      const why = kind === "sensor" ? `the sensor ${name} saw data/readings-${dropped}.csv` : found.reason;
      const mark = found.succeeded ? color.green("✓") : color.red("✗");
      if (!found.succeeded) process.exitCode = 1;
      const what = [found.asset, found.days].filter(Boolean).join("  ");
      const took = ms < 1000 ? `${ms} ms` : `${(ms / 1000).toFixed(1)} s`;
      console.log(`${mark} ${what}  ${color.dim(`because ${why} · after ${took}`)}`);
    }
  } finally {
    await state.end();
    process.off("exit", stop);
    stop();
    await once(daemon, "exit");
  }
}

/** Asks again and again, for five minutes: a dbt that starts on a busy machine takes its time. */
async function until(ask) {
  for (const end = Date.now() + 300_000; Date.now() < end; ) {
    const found = await ask();
    if (found) return found;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  console.error(
    "The daemon did not do it within five minutes. See what it waits for: millrace automation why",
  );
  process.exit(1);
}

/** Runs a script of ours in the sample, in sight; ends the demo when it fails. */
async function run(...args) {
  const child = spawn(process.execPath, args, { cwd: sample, env, stdio: "inherit" });
  const stop = signal => child.kill(signal);
  process.on("SIGTERM", stop);
  // Ctrl+C on a terminal reaches the child by itself, which then ends in its own way.
  const wait = () => {};
  process.on("SIGINT", wait);
  const [code] = await once(child, "exit");
  process.off("SIGTERM", stop).off("SIGINT", wait);
  if (code !== 0) process.exit(code ?? 130);
}

/** What the command line answers on standard output. */
function ask(...args) {
  const { status, stdout } = spawnSync(process.execPath, [cli, ...args], {
    cwd: sample,
    env,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (status !== 0) process.exit(status ?? 130);
  return stdout;
}

async function withDatabase(work) {
  const client = new pg.Client({ connectionString: ask("db", "url").trim() });
  await client.connect();
  try {
    await work(async (sql, explanation) => {
      console.log(color.dim(`\n  ${sql}`));
      if (explanation) console.log(color.dim(`  -- ${explanation}`));
      printRows(await client.query({ text: sql, rowMode: "array" }));
    });
  } finally {
    await client.end();
  }
}

function printRows({ fields, rows }) {
  const texts = [fields.map(it => it.name), ...rows.map(row => row.map(textOf))];
  const widths = fields.map((_, at) => Math.max(...texts.map(row => row[at].length)));
  // What may have more digits than a number has arrives as text.
  const isNumber = fields.map(it => numberTypes.has(it.dataTypeID));
  for (const [at, row] of texts.entries()) {
    const cells = row.map((text, column) =>
      isNumber[column] ? text.padStart(widths[column]) : text.padEnd(widths[column]),
    );
    console.log(`  ${at === 0 ? color.dim(cells.join("  ")) : cells.join("  ")}`);
  }
}

function textOf(value) {
  if (value === null) return "";
  return value instanceof Date ? value.toLocaleDateString("sv") : String(value);
}

import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dbt, DbtWindow } from "../../src/dbt/dbt.ts";
import { openDbt } from "../../src/dbt/openDbt.ts";
import { dbtProfile } from "../../src/dbt/profile.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { testDbt } from "../support/dbt.ts";

const project = resolve("dbt_project");
let root: string;
let database: TestDatabase;
let dbt: Dbt;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-sample-"));
  database = await createTestDatabase();
  dbt = openDbt(await testDbt());
}, 600_000);

afterAll(async () => {
  await dbt?.stop();
  await database?.drop();
  await rm(root, { recursive: true, force: true });
});

test("the sample runs day by day with a generated profile, and its folder stays as it was", {
  timeout: 300_000,
}, async () => {
  const before = await readdir(project);
  const sql = new pg.Client({ connectionString: database.url });
  await sql.connect();
  await sql.query(`create schema weather;
    create table weather.daily_readings as
    select 'A' as station, 'Bergen' as city, at as observed_at, 7.5::float8 as celsius, 80::float8 as humidity
    from generate_series('2026-01-01'::timestamptz, '2026-01-03 23:00+00', '1 hour') as at`);
  const cache = join(root, ".millrace", "dbt");
  const { profiles, target, env, origin } = await dbtProfile({
    project,
    target: null,
    env: {},
    home: root,
    cache,
    database: { url: database.url, schema: "marts" },
  });
  expect(origin).toBe("generated");
  const run = async (id: string, select: string[], window: DbtWindow | null) => {
    const outcome = await dbt.run({
      ...{ root, project, profiles, target, vars: {}, env, cache, select, window },
      command: "build",
      fullRefresh: false,
      folder: join(cache, "runs", id),
      threads: null,
      flags: [],
      signal: new AbortController().signal,
      onEvent: () => {},
    });
    expect(outcome).toMatchObject({ status: "done", error: null, unaccounted: [] });
    return outcome.results.map(it => it.status);
  };
  expect(await run("up", ["seed.weather.cities", "model.weather.stg_readings"], null)).toEqual([
    "succeeded",
    "succeeded",
  ]);
  const days = async () =>
    (await sql.query("select day::text as day, readings::int from marts.daily_weather_summary order by day"))
      .rows;
  const summary = ["model.weather.daily_weather_summary"];
  for (const day of [1, 3]) {
    const window = { start: `2026-01-0${day}T00:00:00Z`, end: `2026-01-0${day + 1}T00:00:00Z`, key: "" };
    expect(await run(`day${day}`, summary, { ...window, isEventTime: false })).toEqual(["succeeded"]);
  }
  expect(await days()).toEqual([
    { day: "2026-01-01", readings: 24 },
    { day: "2026-01-03", readings: 24 },
  ]);
  await sql.end();
  expect(await readdir(project)).toEqual(before);
});

import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dbt } from "../../src/dbt/dbt.ts";
import type { FoundDbt } from "../../src/dbt/find.ts";
import { openDbt } from "../../src/dbt/openDbt.ts";
import { plainDbt } from "../../src/dbt/plain.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestProject, testDbt, testProject } from "../support/dbt.ts";

let database: TestDatabase;
let project: TestProject;
let found: FoundDbt;
let dbt: Dbt;

beforeAll(async () => {
  database = await createTestDatabase();
  project = await testProject(
    database.url,
    {
      "models/events.sql": [
        "{{ config(materialized='table', event_time='at') }}",
        "select at::timestamp as at, extract(day from at)::int as day",
        "from generate_series('2026-01-01'::timestamp, '2026-01-05', '1 day') as at\n",
      ].join("\n"),
      "models/daily.sql": [
        "{{ config(materialized='incremental', incremental_strategy='microbatch', event_time='at',",
        "          batch_size='day', begin='2026-01-01', unique_key='day') }}",
        "select at, day, 1 / (day - 3) as fails_on_the_third from {{ ref('events') }}\n",
      ].join("\n"),
      "models/seen.sql":
        "{{ config(materialized='table') }}\nselect current_setting('millrace.partition_start', true) as since, 'p' as place\n",
    },
    { search_path: "marts, public" },
  );
  found = await testDbt();
  dbt = openDbt(found);
}, 600_000);

afterAll(async () => {
  await dbt?.stop();
  await project?.remove();
  await database?.drop();
});

const window = {
  start: "2026-01-02T00:00:00Z",
  end: "2026-01-05T00:00:00Z",
  key: "",
  isEventTime: true,
};

test("a microbatch model gets the window as event time, and what failed of it is known by batch", {
  timeout: 200_000,
}, async () => {
  const order = project.order({ select: ["model.shop.events", "model.shop.daily"], command: "run", window });
  const outcome = await dbt.run(order);
  expect(outcome).toMatchObject({ status: "done" });
  expect(outcome.results.find(it => it.uniqueId === "model.shop.daily")).toMatchObject({
    status: "partial",
    batches: {
      succeeded: [
        ["2026-01-02T00:00:00.000Z", "2026-01-03T00:00:00.000Z"],
        ["2026-01-04T00:00:00.000Z", "2026-01-05T00:00:00.000Z"],
      ],
      failed: [["2026-01-03T00:00:00.000Z", "2026-01-04T00:00:00.000Z"]],
    },
  });
  expect(await rows("select day from marts.daily order by 1")).toEqual([{ day: 2 }, { day: 4 }]);
  const finished = order.events.filter(
    it => it.type === "finished" && it.result.uniqueId === "model.shop.daily",
  );
  expect(finished).toHaveLength(1);
});

test("a profile with a search_path hears of the window too, when dbt is warm", {
  timeout: 200_000,
}, async () => {
  await dbt.run(project.order({ select: ["model.shop.seen"], window }));
  expect(await rows("select since from marts.seen")).toEqual([{ since: window.start }]);
});

test("a command line that cannot hand on the window runs nothing", async () => {
  for (const command of [found.command, ["docker", "compose", "exec", "dbt", "dbt"]]) {
    const outcome = await plainDbt(command).run(project.order({ select: ["model.shop.seen"], window }));
    expect(outcome).toMatchObject({ status: "failed", results: [], unaccounted: ["model.shop.seen"] });
    expect(outcome.error?.message).toMatch(/PGOPTIONS/);
  }
});

async function rows(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

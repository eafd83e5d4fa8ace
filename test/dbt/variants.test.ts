import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dbt } from "../../src/dbt/dbt.ts";
import { plainDbt } from "../../src/dbt/plain.ts";
import { createDbtPool } from "../../src/dbt/pool.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestProject, testDbt, testProject } from "../support/dbt.ts";

let database: TestDatabase;
let project: TestProject;
let pool: Dbt;

beforeAll(async () => {
  database = await createTestDatabase();
  project = await testProject(database.url, {
    "models/made.sql":
      "{{ config(materialized='table') }}\nselect '{{ target.name }}' as target, '{{ var('city', 'none') }}' as city\n",
  });
  const url = new URL(database.url);
  const outputs = ["dev", "prod"].map(name => [
    name,
    {
      ...{ type: "postgres", host: url.hostname, port: Number(url.port), user: url.username },
      ...{ password: decodeURIComponent(url.password), dbname: url.pathname.slice(1), schema: name },
    },
  ]);
  await project.write({
    "profiles.yml": JSON.stringify({ shop: { target: "dev", outputs: Object.fromEntries(outputs) } }),
  });
  const { python, command } = await testDbt();
  pool = createDbtPool({ python: python as string, plain: plainDbt(command), most: 1 });
}, 600_000);

afterAll(async () => {
  await pool?.stop();
  await project?.remove();
  await database?.drop();
});

test("one warm process serves one target and its variables after the other, and mixes nothing", {
  timeout: 200_000,
}, async () => {
  const made = [];
  for (const place of [
    {},
    { target: "prod" },
    { vars: { city: "Oslo" } },
    { target: "prod", vars: { city: "Rome" } },
    {},
  ]) {
    const order = project.order({ select: ["model.shop.made"], ...place });
    const { status } = await pool.run(order);
    const schema = order.target ?? "dev";
    made.push([status, schema, ...(await rowsOf(schema))]);
  }
  expect(made).toEqual([
    ["done", "dev", { target: "dev", city: "none" }],
    ["done", "prod", { target: "prod", city: "none" }],
    ["done", "dev", { target: "dev", city: "Oslo" }],
    ["done", "prod", { target: "prod", city: "Rome" }],
    ["done", "dev", { target: "dev", city: "none" }],
  ]);
});

async function rowsOf(schema: string) {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(`select * from ${schema}.made`)).rows;
  } finally {
    await client.end();
  }
}

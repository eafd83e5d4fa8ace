import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Dbt, DbtEvent, DbtOutcome } from "../../src/dbt/dbt.ts";
import { openDbt } from "../../src/dbt/openDbt.ts";
import { plainDbt } from "../../src/dbt/plain.ts";
import { readDbt } from "../../src/scan/dbtScan.ts";
import { createTestDatabase, type TestDatabase } from "../support/database.ts";
import { type TestProject, testDbt, testProject } from "../support/dbt.ts";

const files = {
  "models/base.sql": "select 1 as id, 'a' as name union all select 2, 'b'\n",
  "models/hidden.sql": "{{ config(materialized='ephemeral') }}\nselect * from {{ ref('base') }}\n",
  "models/orders.sql": [
    "{{ config(materialized='table') }}",
    "select *, current_setting('millrace.partition_start', true) as since,",
    "current_setting('millrace.partition_key', true) as key",
    "from {{ ref('hidden') }}\n",
  ].join("\n"),
  "models/broken.sql": [
    "{{ config(materialized='table') }}",
    "{% set column = 'nowhere' %}",
    "",
    "select id,",
    "  missing_column",
    "from {{ ref('orders') }}\n",
  ].join("\n"),
  "models/below.sql": "select * from {{ ref('broken') }}\n",
  "models/slow_table.sql":
    "{{ config(materialized='table') }}\n-- after {{ ref('base') }}\nselect pg_sleep(60)::text as slept\n",
  "models/models.yml": JSON.stringify({
    models: [
      {
        name: "orders",
        columns: [
          {
            name: "id",
            data_tests: [
              "not_null",
              { accepted_values: { arguments: { values: ["1"] }, config: { severity: "warn" } } },
              { accepted_values: { name: "id_is_9", arguments: { values: ["9"] } } },
            ],
          },
        ],
      },
    ],
  }),
};

let database: TestDatabase;
let project: TestProject;
let dbt: Dbt;
let plain: Dbt;

beforeAll(async () => {
  database = await createTestDatabase();
  project = await testProject(database.url, files);
  const found = await testDbt();
  dbt = openDbt(found);
  plain = plainDbt(found.command);
}, 600_000);

afterAll(async () => {
  await Promise.all([dbt?.stop(), plain?.stop()]);
  await project?.remove();
  await database?.drop();
});

test("models and tests run as dbt runs them, with what each of them did", { timeout: 200_000 }, async () => {
  const order = project.order({ select: ["model.shop.base", "model.shop.orders"] });
  const outcome = await dbt.run(order);
  expect(outcome).toMatchObject({ status: "done", unaccounted: [], error: null });
  expect(outcome.version).toMatch(/^1\.11\./);
  expect(outcome.invocationId).toMatch(/^[0-9a-f-]{36}$/);
  expect(result(outcome, "model.shop.orders")).toMatchObject({ status: "succeeded", rows: 2, error: null });
  expect(result(outcome, "model.shop.base")).toMatchObject({ status: "succeeded", rows: null });
  expect(order.events.map(told).filter(it => it !== "log")).toEqual([
    "invoked",
    "parsed",
    "invoked",
    "started model.shop.base",
    "finished model.shop.base",
    "started model.shop.orders",
    "finished model.shop.orders",
  ]);
});

test("only the tests that are named run, with their severity and the rows they found", async () => {
  const ids = await testIds();
  const outcome = await dbt.run(project.order({ select: ["model.shop.orders", ...Object.values(ids)] }));
  expect(outcome.status).toBe("done");
  expect(result(outcome, ids.not_null_orders_id)).toMatchObject({
    status: "passed",
    failures: 0,
    rows: null,
  });
  expect(result(outcome, ids.accepted_values_orders_id__1)).toMatchObject({ status: "warned", failures: 1 });
  expect(result(outcome, ids.id_is_9)).toMatchObject({ status: "failed", failures: 2, error: null });

  const alone = await dbt.run(project.order({ select: ["model.shop.orders"] }));
  expect(alone.results.map(it => it.uniqueId)).toEqual(["model.shop.orders"]);
});

test.each(["warm", "plain"])(
  "a model that fails does so at the line of its SQL, what is below is skipped (%s)",
  {
    timeout: 200_000,
  },
  async way => {
    const order = project.order({ select: ["model.shop.broken", "model.shop.below"] });
    const outcome = await (way === "warm" ? dbt : plain).run(order);
    expect(outcome).toMatchObject({ status: "done", error: null });
    expect(result(outcome, "model.shop.below")).toMatchObject({ status: "skipped", error: null });
    expect(result(outcome, "model.shop.broken")).toMatchObject({
      status: "failed",
      error: {
        message: 'column "missing_column" does not exist',
        file: "shop/models/broken.sql",
        line: 5,
        column: 3,
      },
    });
    expect(order.events.map(told).filter(it => it.endsWith("shop.broken"))).toEqual([
      "started model.shop.broken",
      "finished model.shop.broken",
    ]);
  },
);

test("a window reaches the session of the models without a parse, and is gone afterwards", async () => {
  const window = {
    start: "2026-02-01T00:00:00Z",
    end: "2026-02-02T00:00:00Z",
    key: "a \\ b",
    isEventTime: false,
  };
  const order = project.order({ select: ["model.shop.orders"], window });
  expect((await dbt.run(order)).status).toBe("done");
  expect(order.events.map(it => it.type)).not.toContain("parsed");
  expect(await rows("select distinct since, key from marts.orders")).toEqual([
    { since: "2026-02-01T00:00:00Z", key: "a \\ b" },
  ]);
  await dbt.run(project.order({ select: ["model.shop.orders"] }));
  expect(await rows("select distinct since from marts.orders")).toEqual([{ since: null }]);
});

test("an ephemeral model is there again in the second invocation of a warm dbt", async () => {
  for (let time = 1; time <= 2; time++) {
    const outcome = await dbt.run(project.order({ select: ["model.shop.orders"] }));
    expect(result(outcome, "model.shop.orders")).toMatchObject({ status: "succeeded", rows: 2 });
  }
});

test("a warm call takes a fraction of the command line's time", { timeout: 200_000 }, async () => {
  const [model] = ["model.shop.orders"];
  const warm: number[] = [];
  for (let time = 0; time < 3; time++)
    warm.push(await milliseconds(() => dbt.run(project.order({ select: [model] }))));
  const cold = await milliseconds(() => plain.run(project.order({ select: [model] })));
  console.info(`warm ${warm.map(Math.round)} ms, command line ${Math.round(cold)} ms`);
  expect(Math.min(...warm)).toBeLessThan(cold / 3);
});

test("an edited project is parsed again before it runs", { timeout: 200_000 }, async () => {
  await project.write({ "models/added.sql": "select 7 as seven" });
  const order = project.order({ select: ["model.shop.added"] });
  const outcome = await dbt.run(order);
  expect(result(outcome, "model.shop.added")).toMatchObject({ status: "succeeded" });
  expect(order.events.map(it => it.type)).toContain("parsed");
});

test("a manifest of a warm dbt is as old as its own parse: what was edited before counts as read, macros too", {
  timeout: 200_000,
}, async () => {
  const { root, project: folder } = project.place;
  const manifest = join(folder, "target/manifest.json");
  const changes = async () => (await readDbt(root)).state?.changes;
  expect(await dbt.parse(project.place, manifest)).toBeNull();
  const macro = "{% macro one() %}1{% endmacro %}";
  await project.write({
    "macros/one.sql": macro,
    "macros/none.sql": "{# There is no macro in it. #}",
    "models/groups.yml": JSON.stringify({ groups: [{ name: "a", owner: { name: "b" } }] }),
  });
  const written = ["macros/none.sql", "macros/one.sql", "models/groups.yml"];
  expect((await changes())?.map(it => it.file).sort()).toEqual(written);
  expect(await dbt.parse(project.place, manifest)).toBeNull();
  expect(await changes()).toEqual([]);

  await project.write({ "macros/one.sql": "{% macro one() %}" });
  expect(await dbt.parse(project.place, manifest)).not.toBeNull();
  expect(await changes()).toMatchObject([{ file: "macros/one.sql" }]);
  await project.write({ "macros/one.sql": macro });
  expect(await dbt.parse(project.place, manifest)).toBeNull();
  expect(await changes()).toEqual([]);
});

test("what dbt cannot parse fails in words, at the line of the file", { timeout: 200_000 }, async () => {
  await project.write({ "models/added.sql": "select 7\n\nfrom {{ ref('nowhere') }}" });
  const outcome = await dbt.run(project.order({ select: ["model.shop.base"] }));
  expect(outcome).toMatchObject({
    status: "failed",
    results: [],
    unaccounted: ["model.shop.base"],
    error: { file: "shop/models/added.sql", line: 3 },
  });
  expect(outcome.error?.message).toContain("depends on a node named 'nowhere' which was not found");
  await project.write({ "models/added.sql": "select 7 as seven\n\n{% if %}" });
  const syntax = await dbt.run(project.order({ select: ["model.shop.base"] }));
  expect(syntax.error).toMatchObject({ file: "shop/models/added.sql", line: 3 });
  await project.write({ "models/added.sql": "select 7 as seven" });
});

test.each(["warm", "plain"])(
  "cancel reaches the query that runs; what was done before is told (%s)",
  {
    timeout: 200_000,
  },
  async way => {
    const cancel = new AbortController();
    const order = project.order({
      select: ["model.shop.base", "model.shop.slow_table"],
      signal: cancel.signal,
    });
    const ran = (way === "warm" ? dbt : plain).run(order);
    await expect.poll(() => rows(sleeping), { timeout: 90_000 }).toHaveLength(1);
    const canceledAt = performance.now();
    cancel.abort();
    const outcome = await ran;
    expect(outcome.status).toBe("canceled");
    expect(result(outcome, "model.shop.base")).toMatchObject({ status: "succeeded" });
    expect(result(outcome, "model.shop.slow_table")?.status).not.toBe("succeeded");
    expect(performance.now() - canceledAt).toBeLessThan(15_000);
    expect(await rows(sleeping)).toEqual([]);
  },
);

test("a warm dbt that is killed loses its own invocation only, and the next one has a new dbt", {
  timeout: 200_000,
}, async () => {
  const order = project.order({ select: ["model.shop.base", "model.shop.slow_table"] });
  const ran = dbt.run(order);
  await expect.poll(() => rows(sleeping), { timeout: 90_000 }).toHaveLength(1);
  for (const pid of await childrenCalled("warm.py")) process.kill(pid, "SIGKILL");
  const outcome = await ran;
  expect(outcome).toMatchObject({ status: "lost", unaccounted: ["model.shop.slow_table"] });
  expect(outcome.error?.message).toMatch(/SIGKILL.*\n.*unknown/);
  expect(result(outcome, "model.shop.base")).toMatchObject({ status: "succeeded" });
  await rows(`select pg_terminate_backend(pid) from (${sleeping}) as sleeper`);
  expect((await dbt.run(project.order({ select: ["model.shop.base"] }))).status).toBe("done");
});

test("two invocations at once have a dbt each; stopping ends every process", {
  timeout: 200_000,
}, async () => {
  const orders = ["model.shop.base", "model.shop.orders"].map(it => project.order({ select: [it] }));
  const outcomes = await Promise.all(orders.map(it => dbt.run(it)));
  expect(outcomes.map(it => it.status)).toEqual(["done", "done"]);
  expect(await childrenCalled("warm.py")).toHaveLength(2);
  await dbt.stop();
  expect(await childrenCalled("warm.py")).toEqual([]);
  expect((await dbt.run(project.order({ select: ["model.shop.base"] }))).status).toBe("canceled");
  // Nobody would end what is warmed up after the end, and a command would never come to its own.
  await dbt.warmUp(project.order({ select: [] }));
  expect(await childrenCalled("warm.py")).toEqual([]);
});

const sleeping = `select pid from pg_stat_activity
  where datname = current_database() and state = 'active' and query like '%pg_sleep(60)%' and pid <> pg_backend_pid()`;

async function rows(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** Unique ids of the tests on data, by name: dbt gives each a hash. */
async function testIds(): Promise<Record<string, string>> {
  const list = [
    "list",
    "--resource-type",
    "test",
    "--output",
    "json",
    "--output-keys",
    "name unique_id",
    "--quiet",
  ];
  const place = ["--project-dir", project.place.project, "--profiles-dir", project.place.project];
  const target = ["--target-path", join(project.place.root, "list"), "--no-send-anonymous-usage-stats"];
  const [program = "", ...rest] = (await testDbt()).command;
  const said = await promisify(execFile)(program, [...rest, ...list, ...place, ...target]);
  const found = said.stdout.trim().split("\n");
  return Object.fromEntries(found.map(it => JSON.parse(it)).map(it => [it.name, it.unique_id]));
}

async function milliseconds(work: () => Promise<DbtOutcome>): Promise<number> {
  const start = performance.now();
  expect((await work()).status).toBe("done");
  return performance.now() - start;
}

/** Children of this process whose command line says so. */
async function childrenCalled(name: string): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-o", "pid=,args=", "--ppid", String(process.pid)]);
  return stdout
    .split("\n")
    .filter(line => line.includes(name))
    .map(line => Number.parseInt(line, 10));
}

function told(event: DbtEvent): string {
  if (event.type === "started") return `started ${event.uniqueId}`;
  return event.type === "finished" ? `finished ${event.result.uniqueId}` : event.type;
}

function result({ results }: DbtOutcome, uniqueId: string | undefined) {
  return results.find(it => it.uniqueId === uniqueId);
}

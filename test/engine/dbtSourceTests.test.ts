import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { RunSummary } from "../../src/model/run.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "assets.ts": `
import { readFileSync } from "node:fs";
import { asset, dailyPartitions } from "millrace";

export const orders = asset("orders", {
  materialize: () => JSON.parse(readFileSync(new URL("./orders.json", import.meta.url), "utf8")),
});
export const report = asset("report", { inputs: { orders }, materialize: ({ orders }) => orders });
export const visits = asset("visits", {
  partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-05" }),
  materialize: (_, { partition }) => [{ day: partition.key }],
});
`,
    "orders.json": "[]",
    "dbt/models/totals.sql":
      "select city, count(*) as orders from {{ source('raw', 'orders') }} group by city",
    "dbt/models/days.sql": "select day from {{ source('raw', 'visits') }}",
    "dbt/models/tariffs.sql": "select * from {{ source('outside', 'prices') }}",
    "dbt/models/below_tariffs.sql": "select * from {{ ref('tariffs') }}",
    "dbt/models/models.yml": yaml({
      sources: [
        {
          name: "raw",
          schema: "assets",
          tables: [
            {
              name: "orders",
              columns: [
                { name: "id", data_tests: ["unique", { not_null: { config: { severity: "warn" } } }] },
                // Nobody can say before the model is there, and it is made from the source.
                {
                  name: "city",
                  data_tests: [{ relationships: { arguments: { to: "ref('totals')", field: "city" } } }],
                },
              ],
            },
            { name: "visits", columns: [{ name: "day", data_tests: ["unique"] }] },
          ],
        },
        {
          name: "outside",
          tables: [{ name: "prices", columns: [{ name: "price", data_tests: ["not_null"] }] }],
        },
      ],
    }),
  });
  await workspace.query("create schema outside");
  await workspace.query("create table outside.prices (price int)");
  engine = await workspace.engine();
}, 600_000);
afterAll(() => workspace?.remove());

const write = (...ids: (number | null)[]) =>
  workspace.write("orders.json", JSON.stringify(ids.map(id => ({ id, city: "Oslo" }))));

async function run(selection: string, partitions?: string): Promise<RunSummary> {
  const asked = partitions === undefined ? {} : { partitions };
  const { runId } = await engine.materialize({ selection, ...asked, requestedBy: "test" });
  return engine.waitForRun(runId);
}

const steps = ({ steps }: RunSummary) => Object.fromEntries(steps.map(it => [it.assets[0], it]));
const checks = (asset: string) =>
  workspace.query(
    `select name, passed, severity, failed_rows::int as failed from millrace.check_result
     where asset = $1 order by partition, name`,
    [asset],
  );
const unique = "source_unique_raw_orders_id";
const notNull = "source_not_null_raw_orders_id";

test("a failed test of the source that TypeScript writes holds back dbt and TypeScript; what was written stays", {
  timeout: 120_000,
}, async () => {
  await write(1, 1);
  const ended = await run("orders or totals or report");
  expect(ended.status).toBe("failed");
  expect(steps(ended)).toMatchObject({
    orders: {
      status: "failed",
      rows: 2,
      error: {
        message: `The test ${unique} failed: Got 1 result, configured to fail if != 0.\nIts rows: millrace dbt -- show --select ${unique}`,
        file: "dbt/models/models.yml",
        line: 1,
      },
    },
    totals: { status: "skipped", reason: "orders failed" },
    report: { status: "skipped", reason: "orders failed" },
  });
  expect(await checks("orders")).toEqual([
    { name: notNull, passed: true, severity: "warning", failed: 0 },
    { name: unique, passed: false, severity: "error", failed: 1 },
  ]);
  expect(await workspace.query("select count(*)::int as rows from assets.orders")).toEqual([{ rows: 2 }]);
  expect(
    await workspace.query("select rows::int from millrace.materialization where asset = 'orders'"),
  ).toEqual([{ rows: 2 }]);
});

test("a source whose tests pass or only warn lets everything run", async () => {
  await write(1, null);
  const ended = await run("orders or totals or report");
  expect(ended.status).toBe("succeeded");
  expect(await checks("orders")).toMatchObject([
    { name: notNull, passed: false, severity: "warning", failed: 1 },
    { name: unique, passed: true },
  ]);
  // The test that also looks at the model speaks from now on, unless the model is made anew below.
  expect((await run("orders")).status).toBe("succeeded");
  expect((await checks("orders")).map(it => it.name)).toEqual([notNull, unique]);
});

test("what nobody has tested since it was written is tested before dbt builds upon it", {
  timeout: 120_000,
}, async () => {
  await workspace.query("update assets.orders set id = 1");
  expect((await run("totals")).status).toBe("succeeded");
  // As an engine leaves it that is killed between the two.
  await workspace.query("delete from millrace.check_result where asset = 'orders'");
  expect(steps(await run("totals"))).toMatchObject({
    totals: { status: "skipped", reason: `orders failed its test ${unique}` },
  });
  expect(await checks("orders")).toMatchObject([{ name: notNull }, { name: unique, passed: false }]);
});

test("so it is before TypeScript reads it", async () => {
  await workspace.query("delete from millrace.check_result where asset = 'orders'");
  expect(steps(await run("report"))).toMatchObject({
    report: { status: "skipped", reason: `orders failed its test ${unique}` },
  });
  expect(await checks("orders")).toMatchObject([{ name: notNull }, { name: unique, passed: false }]);
  // Who knows what the tests found, and reads it all the same, may do so.
  expect((await run("report")).status).toBe("succeeded");
});

test("each day of a source is tested, and days that are written at one time share it", {
  timeout: 120_000,
}, async () => {
  const { backfillId } = await engine.launchBackfill({
    ...{ selection: "visits", partitions: "2026-01-01...2026-01-04", only: [] },
    ...{ maxParallel: null, requestedBy: "test" },
  });
  expect((await engine.waitForBackfill(backfillId)).status).toBe("succeeded");
  const [check] = await checks("visits");
  expect(check).toMatchObject({ name: "source_unique_raw_visits_day", passed: true });
  expect(await checks("visits")).toHaveLength(4);
});

test("a source that lives outside is tested when it is selected, before dbt builds upon it", {
  timeout: 120_000,
}, async () => {
  await workspace.query("insert into outside.prices values (null)");
  const ended = await run("+below_tariffs");
  expect(steps(ended)).toMatchObject({
    tariffs: {
      status: "skipped",
      reason: "outside/prices failed its test source_not_null_outside_prices_price",
    },
    below_tariffs: { status: "skipped" },
  });
  expect(await checks("outside/prices")).toMatchObject([{ passed: false, failed: 1 }]);
  await expect(run("outside/prices")).rejects.toThrow(
    'outside/prices lives outside, so Millrace only reads it. Run its checks by "millrace checks outside/prices".',
  );
  expect((await run("tariffs or below_tariffs")).status).toBe("succeeded");
  await workspace.query("update outside.prices set price = 1");
  expect((await run("+below_tariffs")).status).toBe("succeeded");
  expect(await checks("outside/prices")).toMatchObject([{ passed: true }]);
});

test("without a dbt the asset is written all the same, and the log says that nobody tested it", {
  timeout: 120_000,
}, async () => {
  const other = await dbtWorkspace({
    "assets.ts": `import { asset } from "millrace";\nexport const orders = asset("orders", { materialize: () => [{ id: 1 }] });\n`,
    "dbt/models/totals.sql": "select * from {{ source('raw', 'orders') }}",
    "dbt/models/models.yml": yaml({
      sources: [
        {
          name: "raw",
          schema: "assets",
          tables: [{ name: "orders", columns: [{ name: "id", data_tests: ["unique"] }] }],
        },
      ],
    }),
  });
  try {
    expect((await other.millrace("dbt", "parse")).code).toBe(0);
    await other.write("millrace.json", JSON.stringify({ dbt: { project: "dbt", command: ["no-such-dbt"] } }));
    const { code, stderr } = await other.millrace("materialize", "orders");
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/dbt could not test the source orders\. .*no-such-dbt/),
    ]);
  } finally {
    await other.remove();
  }
});

import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

const daily = { millrace: { partitions: { daily: { start: "2026-01-01" } } } };
const bounds = `
where at >= coalesce(nullif(current_setting('millrace.partition_start', true), '')::timestamptz, '-infinity')
  and at < coalesce(nullif(current_setting('millrace.partition_end', true), '')::timestamptz, 'infinity')`;
const mart = (factor: number) => `{{ config(materialized='incremental', unique_key='at') }}
select at, amount * ${factor} as doubled from {{ ref('facts') }} ${bounds}`;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "dbt/models/facts.sql": `{{ config(materialized='incremental', unique_key='at') }}
select at, 1 as amount from generate_series('2026-01-01'::timestamptz, '2026-01-09', '1 day') as at ${bounds}`,
    "dbt/models/mart.sql": mart(2),
    "dbt/models/below.sql": "{{ config(materialized='incremental') }} select * from {{ ref('mart') }}",
    "dbt/models/models.yml": yaml({
      models: ["facts", "mart", "below"].map(name => ({ name, config: { meta: daily } })),
      unit_tests: [
        {
          name: "is_doubled",
          model: "mart",
          overrides: { macros: { is_incremental: false } },
          // Of a day that no run here makes: within a window it would not be seen.
          given: [{ input: "ref('facts')", rows: [{ at: "2020-01-01T00:00:00Z", amount: 3 }] }],
          expect: { rows: [{ at: "2020-01-01T00:00:00Z", doubled: 6 }] },
        },
      ],
    }),
  });
  engine = await workspace.engine();
}, 600_000);
afterAll(() => workspace?.remove());

async function run(partitions: string) {
  const { runId } = await engine.materialize({
    ...{ selection: "facts or mart or below", partitions, requestedBy: "test" },
  });
  return (await engine.waitForRun(runId)).steps.map(it => [
    it.assets[0],
    it.status,
    it.error?.message ?? it.reason,
  ]);
}
const succeeded = [
  ["facts", "succeeded", null],
  ["mart", "succeeded", null],
  ["below", "succeeded", null],
];

test("a unit test runs before partitions are made, once, and without their window", {
  timeout: 200_000,
}, async () => {
  expect(await run("2026-01-01")).toEqual(succeeded);
  expect(await run("2026-01-02")).toEqual(succeeded);
  const runs = join(workspace.root, ".millrace", "dbt", "runs");
  const accounts = await Promise.all(
    (await readdir(runs)).map(async it =>
      JSON.parse(await readFile(join(runs, it, "run_results.json"), "utf8")),
    ),
  );
  expect(accounts.filter(it => it.args.which === "test")).toHaveLength(1);
});

test("a model whose unit test fails is made in no partition, and what it reads is", {
  timeout: 200_000,
}, async () => {
  await workspace.write("dbt/models/mart.sql", mart(3));
  expect(await run("2026-01-03")).toEqual([
    ["facts", "succeeded", null],
    [
      "mart",
      "failed",
      expect.stringMatching(/^The unit test is_doubled failed, so dbt did not build it\..*doubled/s),
    ],
    ["below", "skipped", "mart failed"],
  ]);
  expect(
    await workspace.query(
      "select asset from millrace.asset_partition where partition = '2026-01-03' and materialization_id is not null",
    ),
  ).toEqual([{ asset: "facts" }]);
  await workspace.write("dbt/models/mart.sql", mart(2));
  expect(await run("2026-01-03")).toEqual(succeeded);
});

import { afterEach, expect, test } from "vitest";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

interface Answer extends Record<string, unknown> {
  status: string;
  runs: {
    steps: {
      assets: string[];
      status: string;
      rows: number | null;
      reason: string | null;
      error: { message: string; file: string; line: number } | null;
    }[];
  }[];
}

const assets = `
import { asset, dbtModel } from "millrace";
export const readings = asset("readings", {
  materialize: () => [{ city: "Bergen", celsius: 4 }, { city: "Bergen", celsius: 6 }, { city: "Lisbon", celsius: 20 }],
});
const summary = dbtModel<{ city: string; celsius: number }>("summary");
export const report = asset("report", {
  inputs: { summary },
  materialize: ({ summary }) => summary.filter(it => it.celsius > 10),
});
`;
const models = {
  "assets.ts": assets,
  "dbt/models/staging/stg_readings.sql": "select * from {{ source('raw', 'readings') }}",
  "dbt/models/summary.sql":
    "{{ config(materialized='table') }}\nselect city, avg(celsius)::float8 as celsius from {{ ref('stg_readings') }} group by city",
  "dbt/models/models.yml": yaml({
    sources: [{ name: "raw", schema: "assets", tables: [{ name: "readings" }] }],
    models: [
      { name: "summary", columns: [{ name: "city", data_tests: ["not_null", "unique"] }] },
      { name: "stg_readings", columns: [{ name: "celsius", data_tests: ["not_null"] }] },
    ],
  }),
};

test("one run goes from TypeScript through dbt to TypeScript", async () => {
  workspace = await dbtWorkspace(models);
  const { code, stderr, json } = await workspace.millrace("materialize", "+report", "--json");
  expect(stderr).toContain("dbt reads the project shop");
  const { status, runs } = json<Answer>();
  expect(runs[0]?.steps).toMatchObject([
    { assets: ["readings"], status: "succeeded", rows: 3 },
    { assets: ["stg_readings"], status: "succeeded" },
    { assets: ["summary"], status: "succeeded", rows: 2 },
    { assets: ["report"], status: "succeeded", rows: 1 },
  ]);
  expect([status, code]).toEqual(["succeeded", 0]);
  expect(await workspace.query("select * from assets.report")).toEqual([{ city: "Lisbon", celsius: 20 }]);
  const checks = await workspace.query(
    "select asset, name, passed, severity from millrace.check_result order by 1, 2",
  );
  expect(checks).toEqual([
    { asset: "stg_readings", name: "not_null_stg_readings_celsius", passed: true, severity: "error" },
    { asset: "summary", name: "not_null_summary_city", passed: true, severity: "error" },
    { asset: "summary", name: "unique_summary_city", passed: true, severity: "error" },
  ]);
  const invocations = await workspace.query(
    "select distinct metadata->'dbt'->>'invocationId' as id from millrace.materialization where asset in ('summary', 'stg_readings')",
  );
  expect(invocations).toEqual([{ id: expect.stringMatching(/^[0-9a-f-]{36}$/) }]);
});

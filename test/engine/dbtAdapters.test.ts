import { afterEach, expect, test } from "vitest";
import type { RowsPreview } from "../../src/protocol/stored.ts";
import { oldTestDbt } from "../support/dbt.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

interface Answer extends Record<string, unknown> {
  status: string;
  runs: { steps: { assets: string[]; status: string; rows: number | null }[] }[];
}

const reader = `import { asset, dbtModel } from "millrace";
export const raw = asset("raw", { materialize: () => [{ id: 1 }, { id: 2 }] });
export const top = asset("top", { inputs: { it: dbtModel<{ id: number }>("below") }, materialize: ({ it }) => it });
`;
const models = {
  "dbt/models/first.sql": "{{ config(materialized='table') }} select 1 as id union all select 2 as id",
  "dbt/models/below.sql": "select id + 1 as id from {{ ref('first') }}",
};

test("dbt 1.8 runs between TypeScript assets as the newest does", { timeout: 600_000 }, async () => {
  workspace = await dbtWorkspace(
    {
      "assets.ts": reader,
      ...models,
      "dbt/models/first.sql":
        "{{ config(materialized='table') }} select id from {{ source('assets', 'raw') }}",
      "dbt/models/models.yml": yaml({
        sources: [{ name: "assets", tables: [{ name: "raw" }] }],
        models: [{ name: "first", columns: [{ name: "id", data_tests: ["not_null", "unique"] }] }],
      }),
    },
    await oldTestDbt(),
  );
  const { json, code } = await workspace.millrace("materialize", "+top", "--json");
  expect(json<Answer>().runs[0]?.steps).toMatchObject([
    { assets: ["raw"], status: "succeeded", rows: 2 },
    { assets: ["first"], status: "succeeded", rows: 2 },
    { assets: ["below"], status: "succeeded" },
    { assets: ["top"], status: "succeeded", rows: 2 },
  ]);
  expect(code).toBe(0);
  const checks = await workspace.query("select name, passed from millrace.check_result order by name");
  expect(checks).toEqual([
    { name: "not_null_first_id", passed: true },
    { name: "unique_first_id", passed: true },
  ]);
});

test("models of another adapter run and are recorded; TypeScript that reads them is refused, with the reason", {
  timeout: 600_000,
}, async () => {
  workspace = await dbtWorkspace(
    {
      "assets.ts": reader,
      ...models,
      "dbt/profiles.yml": yaml({
        shop: { target: "dev", outputs: { dev: { type: "duckdb", path: "target/shop.duckdb", threads: 1 } } },
      }),
    },
    await oldTestDbt(),
  );
  const { json } = await workspace.millrace("materialize", "first or below", "--json");
  expect(json<Answer>()).toMatchObject({
    status: "succeeded",
    runs: [{ steps: [{ assets: ["first"] }, { assets: ["below"] }] }],
  });
  expect(await workspace.query("select asset from millrace.materialization order by asset")).toEqual([
    { asset: "below" },
    { asset: "first" },
  ]);
  // Only dbt finds the rows of a database that is not the one of our state.
  const shown = await workspace.millrace("preview", "below", "--limit", "1", "--json");
  expect(shown.json<RowsPreview>()).toMatchObject({
    columns: [{ name: "id", kind: "number" }],
    rows: [[expect.anything()]],
    isCut: true,
  });
  const refused = await workspace.millrace("materialize", "top");
  expect(refused.code).toBe(2);
  expect(refused.stderr).toMatch(
    /top reads dbt's below, which is made by duckdb and does not live in PostgreSQL/,
  );
});

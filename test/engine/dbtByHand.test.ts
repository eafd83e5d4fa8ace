import { afterEach, expect, test } from "vitest";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

test("what somebody has dbt run by hand is recorded once, and may be built upon", {
  timeout: 240_000,
}, async () => {
  workspace = await dbtWorkspace({
    "assets.ts": `
import { asset, dbtModel } from "millrace";
export const top = asset("top", { inputs: { it: dbtModel("below") }, materialize: ({ it }) => it });
`,
    "dbt/models/first.sql": "{{ config(materialized='table') }} select 1 as id",
    "dbt/models/below.sql": "select * from {{ ref('first') }}",
    "dbt/models/broken.sql": "select nowhere",
    "dbt/models/daily.sql": "select 1 as id",
    "dbt/models/models.yml": yaml({
      models: [
        { name: "daily", config: { meta: { millrace: { partitions: { daily: { start: "2026-01-01" } } } } } },
      ],
    }),
  });
  const { code } = await workspace.millrace("dbt", "--", "run");
  expect(code).toBe(1);
  const engine = await workspace.engine();
  await engine.definitions();
  await engine.definitions();
  const made = async () =>
    await workspace.query(
      "select asset, rows::int, run_id, metadata->'dbt'->'calledByHand' as hand from millrace.materialization order by asset",
    );
  expect(await made()).toEqual([
    { asset: "below", rows: null, run_id: null, hand: true },
    { asset: "first", rows: 1, run_id: null, hand: true },
  ]);
  await expect(engine.plan({ selection: "below or first", only: ["stale"] })).rejects.toThrow(
    /Nothing to run/,
  );
  const { runId } = await engine.materialize({ selection: "top", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");

  // A run without rows is no materialization.
  await workspace.query("delete from millrace.materialization; delete from millrace.asset_partition");
  await workspace.millrace("dbt", "--", "run", "--select", "first", "--empty");
  await engine.definitions();
  expect(await made()).toEqual([]);
});

import { afterEach, expect, test } from "vitest";
import { readConfiguration } from "../../src/engine/configuration.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { openDatabase } from "../../src/store/database.ts";
import { submitRun } from "../../src/store/runs.ts";
import { dbtWorkspace } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

test("whichever engine runs a run of another environment, it goes by what is there in that one", {
  timeout: 240_000,
}, async () => {
  workspace = await dbtWorkspace({
    "dbt/models/first.sql": "{{ config(materialized='table') }} select 1 as id",
    "dbt/models/second.sql": "{{ config(materialized='table') }} select 2 as id",
    "dbt/tests/both.sql":
      "{{ config(severity='warn') }} select id from {{ ref('second') }} where id not in (select id from {{ ref('first') }})",
  });
  const staging = await workspace.engine({
    configuration: await readConfiguration(
      workspace.root,
      { environment: "staging" },
      { MILLRACE_DATABASE_URL: workspace.url },
    ),
  });
  const { runId } = await staging.materialize({ selection: "first", requestedBy: "test" });
  expect((await staging.waitForRun(runId)).status).toBe("succeeded");
  await staging.stop();

  // The engine of "dev" has the same definitions, and is the only one that is left.
  const dev = await workspace.engine();
  await dev.definitions();
  const [run] = await workspace.query<{ digest: string }>("select digest from millrace.run");
  const database = openDatabase(workspace.url, { name: "test" });
  const asked = await submitRun(database, {
    ...{ environment: "staging", digest: run?.digest ?? "", selection: "second", requestedBy: "test" },
    ...{ priority: 0, evaluatedAt: Date.now() },
    plan: { steps: [{ assets: ["second" as AssetKey], partitions: null, dependsOn: [] }] },
  });
  await database.close();
  expect((await dev.waitForRun(asked)).status).toBe("succeeded");
  // The test also looks at "first", which is there in "staging" alone.
  expect(
    await workspace.query(
      "select environment, asset, passed from millrace.check_result where asset = 'second'",
    ),
  ).toEqual([{ environment: "staging", asset: "second", passed: false }]);
});

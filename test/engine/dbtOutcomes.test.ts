import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { RunSummary } from "../../src/model/run.ts";
import { dbtErrorOf } from "../../src/protocol/dbt.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import { until } from "../support/until.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;

const reader = (name: string, model: string) =>
  `export const ${name} = asset("${name}", { inputs: { it: dbtModel("${model}") }, materialize: ({ it }) => it });\n`;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "assets.ts": `import { asset, dbtModel } from "millrace";\n${reader("after_bad", "tested_badly")}${reader("after_warned", "warned")}${reader("after_broken", "below_broken")}`,
    "dbt/models/tested_badly.sql": "{{ config(materialized='table') }} select 1 as id union all select 1",
    "dbt/models/below_badly.sql": "select * from {{ ref('tested_badly') }}",
    "dbt/models/warned.sql": "select null::int as id",
    "dbt/models/broken.sql":
      "{{ config(materialized='table') }}\n\nselect id,\n  nowhere\nfrom {{ ref('warned') }}",
    "dbt/models/below_broken.sql": "select * from {{ ref('broken') }}",
    "dbt/models/slow.sql": "{{ config(materialized='table') }} select pg_sleep(60)::text as slept",
    "dbt/models/growing.sql": "{{ config(materialized='incremental') }} select clock_timestamp() as at",
    "dbt/models/unrelated.sql": "select 1 as id",
    "dbt/models/tested_badly.yml":
      "models:\n  - name: tested_badly\n    columns:\n      - name: id\n        data_tests:\n          - not_null\n          - unique\n",
    "dbt/models/models.yml": yaml({
      models: [
        {
          name: "warned",
          columns: [{ name: "id", data_tests: [{ not_null: { config: { severity: "warn" } } }] }],
        },
      ],
    }),
  });
  engine = await workspace.engine();
}, 600_000);
afterAll(() => workspace?.remove());

async function run(selection: string): Promise<RunSummary> {
  const { runId } = await engine.materialize({ selection, requestedBy: "test" });
  return engine.waitForRun(runId);
}

const steps = ({ steps }: RunSummary) => Object.fromEntries(steps.map(it => [it.assets[0], it]));

test("a failed test of error severity holds back what is downstream, and what was built is recorded", async () => {
  const ended = await run("tested_badly+");
  expect(ended.status).toBe("failed");
  expect(steps(ended)).toMatchObject({
    tested_badly: {
      status: "failed",
      rows: 2,
      error: {
        message:
          "The test unique_tested_badly_id failed: Got 1 result, configured to fail if != 0.\nIts rows: millrace dbt -- show --select unique_tested_badly_id",
        file: "dbt/models/tested_badly.yml",
        line: 7,
      },
    },
    after_bad: { status: "skipped", reason: "tested_badly failed" },
    below_badly: { status: "skipped", reason: expect.stringMatching(/^tested_badly failed/) },
  });
  const shown = await workspace.millrace("dbt", "--", "show", "--select", "unique_tested_badly_id");
  expect(shown.stdout).toMatch(/unique_field *\| *n_records.*1 *\| *2/s);
  const checked = await workspace.millrace("checks", "tested_badly");
  expect([checked.code, checked.stdout]).toEqual([
    1,
    expect.stringContaining(
      "dbt/models/tested_badly.yml:7  millrace dbt -- show --select unique_tested_badly_id  shows its rows\n",
    ),
  ]);
  const checks = await workspace.query(
    "select name, passed, severity, failed_rows::int as failed from millrace.check_result where asset = 'tested_badly' order by name",
  );
  expect(checks).toEqual([
    { name: "not_null_tested_badly_id", passed: true, severity: "error", failed: 0 },
    { name: "unique_tested_badly_id", passed: false, severity: "error", failed: 1 },
  ]);
  expect(
    await workspace.query("select rows::int from millrace.materialization where asset = 'tested_badly'"),
  ).toEqual([{ rows: 2 }]);
});

test("a failed test of warning severity stops nothing", async () => {
  const ended = await run("warned or after_warned");
  expect(ended.status).toBe("succeeded");
  const checks = await workspace.query(
    "select passed, severity, blocking from millrace.check_result where asset = 'warned'",
  );
  expect(checks).toEqual([{ passed: false, severity: "warning", blocking: false }]);
});

test("a model that fails names its line; dbt's skips are skipped with the reason, and so is TypeScript", async () => {
  const ended = await run("warned+ or unrelated");

  expect(steps(ended)).toMatchObject({
    warned: { status: "succeeded" },
    unrelated: { status: "succeeded" },
    broken: { status: "failed", error: { file: "dbt/models/broken.sql", line: 4 } },
    below_broken: { status: "skipped", reason: "broken failed" },
    after_broken: { status: "skipped", reason: "below_broken was skipped" },
  });
});

test("cancel reaches dbt and its query", async () => {
  const { runId } = await engine.materialize({ selection: "slow", requestedBy: "test" });
  const sleeping =
    "select pid from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%' and pid <> pg_backend_pid() and state = 'active'";
  await until(async () => (await workspace.query(sleeping)).length > 0, 60_000);
  await engine.cancelRun(runId);
  const ended = await engine.waitForRun(runId);
  expect([ended.status, ended.steps[0]?.status]).toEqual(["canceled", "canceled"]);
  await until(async () => (await workspace.query(sleeping)).length === 0, 15_000);
});

test("what is not selected does not run, and neither do its tests", async () => {
  const before = await workspace.query("select max(id)::int as id from millrace.materialization");
  const ended = await run("below_badly");
  expect(ended.steps).toMatchObject([{ assets: ["below_badly"], status: "succeeded" }]);
  const made = await workspace.query("select asset from millrace.materialization where id > $1", [
    before[0]?.id,
  ]);
  expect(made).toEqual([{ asset: "below_badly" }]);
});

test("a full refresh makes an incremental model from nothing", async () => {
  const rows = async (dbt?: { fullRefresh: boolean }) => {
    const request = { selection: "growing", requestedBy: "test", ...(dbt ? { dbt } : {}) };
    const { runId } = await engine.materialize(request);
    expect((await engine.waitForRun(runId)).status).toBe("succeeded");
    return (await workspace.query("select count(*)::int as count from dbt.growing"))[0]?.count;
  };
  expect([await rows(), await rows(), await rows({ fullRefresh: true })]).toEqual([1, 2, 1]);
});

test("a run that dbt cannot read the project for is refused with the file and the line", {
  timeout: 120_000,
}, async () => {
  await workspace.write("dbt/models/unrelated.sql", "select 1 as id\nfrom {{ ref('warned' }}\n");
  const refusal = await engine.materialize({ selection: "unrelated", requestedBy: "test" }).catch(it => it);
  expect(refusal.message).toMatch(/^dbt cannot read its project\. dbt\/models\/unrelated\.sql:2: /);
  expect(dbtErrorOf(refusal)).toMatchObject({ file: "dbt/models/unrelated.sql", line: 2 });
  await workspace.write("dbt/models/unrelated.sql", "select 1 as id");
});

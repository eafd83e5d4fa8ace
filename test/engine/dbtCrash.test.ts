import { existsSync, globSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { afterEach, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { dbtWorkspace } from "../support/dbtWorkspace.ts";
import { until } from "../support/until.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

const files = {
  "assets.ts": `
import { asset, dbtModel } from "millrace";
export const report = asset("report", { inputs: { model: dbtModel("model") }, materialize: ({ model }) => model });
`,
  "dbt/models/model.sql": "{{ config(materialized='table') }} select 1 as id",
  "dbt/models/slow.sql": "{{ config(materialized='table') }} select pg_sleep(60)::text as slept",
};
const accounts = () => globSync(".millrace/dbt/runs/*/run_results.json", { cwd: workspace.root });

/** The lease of a dead engine runs out in a quarter of a minute; here at once. */
async function takenOver(): Promise<Engine> {
  await workspace.query("update millrace.run_lease set expires_at = now() - interval '1 second'");
  const engine = await workspace.engine();
  await until(async () => (await engine.run("1"))?.endedAt !== null, 60_000);
  return engine;
}

test("an engine that is killed between dbt's commit and ours leaves what dbt did; it is recorded, and not repeated", {
  timeout: 180_000,
}, async () => {
  workspace = await dbtWorkspace(files);
  const holder = new pg.Client({ connectionString: workspace.url });
  await holder.connect();
  await holder.query("begin; lock table millrace.materialization in share mode");
  const command = workspace.start("materialize", "model or report");
  // dbt has committed and closed its account; the engine's record of it waits for the lock.
  expect(await until(() => accounts().length > 0, 120_000)).toBe(true);
  const [account] = accounts();
  const oid = "select oid from pg_class where relname = 'model'";
  const [before] = await workspace.query(oid);
  command.kill("SIGKILL");
  await command.ended;
  await workspace.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'millrace command line%'",
  );
  await holder.query("rollback");
  await holder.end();
  expect(await workspace.query("select from millrace.materialization")).toEqual([]);

  const engine = await takenOver();
  const run = await engine.run("1");
  expect(run?.steps).toMatchObject([
    { assets: ["model"], status: "succeeded", rows: 1 },
    { assets: ["report"], status: "skipped", reason: "the engine stopped before this step" },
  ]);
  const text = await readFile(join(workspace.root, account ?? ""), "utf8");
  const { invocation_id } = JSON.parse(text).metadata;
  expect(
    await workspace.query(
      "select asset, metadata->'dbt'->>'invocationId' as id from millrace.materialization",
    ),
  ).toEqual([{ asset: "model", id: invocation_id }]);
  expect(await workspace.query(oid)).toEqual([before]);
  // What is there may be built upon.
  const { runId } = await engine.materialize({ selection: "report", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
});

test("a model that was being built when the engine was killed is unknown, and its query is canceled", {
  timeout: 180_000,
}, async () => {
  workspace = await dbtWorkspace(files);
  const command = workspace.start("materialize", "slow");
  const sleeping = async () =>
    (
      await workspace.query(
        "select from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)%' and pid <> pg_backend_pid() and state = 'active'",
      )
    ).length > 0;
  expect(await until(sleeping, 120_000)).toBe(true);
  command.kill("SIGKILL");
  await command.ended;
  const engine = await takenOver();
  const run = await engine.run("1");
  expect(run).toMatchObject({ status: "failed", steps: [{ assets: ["slow"], status: "unknown" }] });
  expect(run?.steps[0]?.error?.message).toMatch(
    /dbt's account does not tell whether it was finished\. Look at its table/,
  );
  expect(await sleeping()).toBe(false);
  expect(existsSync(join(workspace.root, "dbt", "logs"))).toBe(false);
});

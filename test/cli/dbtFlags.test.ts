import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { connect } from "../../src/protocol/channel.ts";
import type { EngineHost } from "../../src/protocol/engine.ts";
import { streamPort } from "../../src/protocol/streamPort.ts";
import { testDbt } from "../support/dbt.ts";
import { profilesOf } from "../support/dbtTargets.ts";
import { until } from "../support/until.ts";
import { type TestWorkspace, testWorkspace } from "../support/workspace.ts";

const commandLine = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
let workspace: TestWorkspace;

beforeAll(async () => {
  const { command } = await testDbt();
  workspace = await testWorkspace({
    "millrace.json": JSON.stringify({ dbt: { project: "dbt", command, vars: { least: 1, city: "Oslo" } } }),
    "dbt/dbt_project.yml":
      'name: shop\nversion: "1.0"\nprofile: shop\nflags: { send_anonymous_usage_stats: false }\nmodels: { +materialized: table }\n',
    "dbt/models/orders.sql":
      "select n, '{{ var('city') }}' as city from generate_series(1, 5) as n where n >= {{ var('least') }}\n",
    "dbt/models/totals.sql": "select city, count(*)::bigint as n from {{ ref('orders') }} group by city\n",
    "dbt/models/log.sql":
      "{{ config(materialized='incremental') }}\nselect now() as at, '{{ target.name }}' as target from {{ ref('totals') }}\n",
    "report.ts": `import { asset, dbtModel } from "millrace";
export const report = asset("report", {
  inputs: { totals: dbtModel<{ city: string; n: bigint }>("totals") },
  materialize: ({ totals }) => totals,
});
`,
  });
  await workspace.write("dbt/profiles.yml", profilesOf(workspace.url, ["dev", "prod"]));
}, 600_000);

afterAll(() => workspace?.remove());

const materialize = async (...args: string[]) => {
  const { code, stderr, json } = await workspace.millrace("materialize", ...args, "--json");
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return json<{ runs: { id: string }[] }>().runs[0]?.id as string;
};
const runs = () => workspace.query("select count(*)::int as runs from millrace.run");
/** What a call says that runs nothing. */
const refusal = async (...args: string[]) => {
  const before = await runs();
  const { code, stderr } = await workspace.millrace(...args);
  expect([code, await runs()]).toEqual([2, before]);
  return stderr;
};
const states = async (...args: string[]) => {
  const { assets } = (await workspace.millrace("list", "--json", ...args)).json<{
    assets: { key: string; state: string }[];
  }>();
  return Object.fromEntries(assets.map(it => [it.key, it.state]));
};
const options = async (run: string) =>
  (await workspace.query("select dbt_options as options from millrace.run where id = $1", [run]))[0]?.options;

describe("flags for dbt", { timeout: 300_000 }, () => {
  test("another target is made in its own schema, and belongs to an environment of its own", async () => {
    await materialize("+report");
    expect(await workspace.query("select * from assets.report")).toEqual([{ city: "Oslo", n: "5" }]);
    const run = await materialize("+log", "--target", "prod");
    expect(await options(run)).toEqual({ target: "prod" });
    expect(await workspace.query("select target from prod.log")).toEqual([{ target: "prod" }]);
    expect(await workspace.query("select to_regclass('dev.log') as there")).toEqual([{ there: null }]);
    expect(await states()).toMatchObject({ totals: "materialized", report: "materialized", log: "missing" });
    expect(await states("--env", "prod")).toMatchObject({ log: "materialized", report: "missing" });
  });

  test("TypeScript reads the tables of that target", async () => {
    await workspace.query("update prod.totals set city = 'Bergen'");
    await materialize("report", "--target", "prod");
    expect(await workspace.query("select * from assets.report")).toEqual([{ city: "Bergen", n: "5" }]);
  });

  test("the usual target is no other one", async () => {
    expect(await options(await materialize("+log", "--target", "dev"))).toBeNull();
    expect(await workspace.query("select distinct target from dev.log")).toEqual([{ target: "dev" }]);
    expect(await states()).toMatchObject({ log: "materialized" });
  });

  test("variables stand beside those of millrace.json, and make what asks for them other code", async () => {
    const run = await materialize("+totals", "--vars", "{least: 4, day: 2026-01-01}");
    expect(await options(run)).toEqual({ vars: { least: 4, day: "2026-01-01" } });
    expect(await workspace.query("select * from dev.totals")).toEqual([{ city: "Oslo", n: "2" }]);
    const stale = await workspace.millrace("materialize", "+totals", "--stale", "--dry-run", "--json");
    expect(stale.json<{ steps: object[] }>().steps).toMatchObject([
      { assets: ["orders"] },
      { assets: ["totals"] },
    ]);
    await materialize("+totals");
    expect(await workspace.query("select * from dev.totals")).toEqual([{ city: "Oslo", n: "5" }]);
    const none = await workspace.millrace("materialize", "+totals", "--stale", "--dry-run", "--json");
    expect(none.json()).toMatchObject({ steps: [] });
  });

  test("a full refresh makes an incremental model from nothing", async () => {
    const rows = async () =>
      (await workspace.query("select count(*)::int as rows from dev.log"))[0]?.rows as number;
    const before = await rows();
    await materialize("log");
    expect(await rows()).toBe(before + 1);
    await materialize("log", "--full-refresh");
    expect(await rows()).toBe(1);
  });

  test("a backfill hands them to each of its runs", async () => {
    const { code, json } = await workspace.millrace(
      ...["backfill", "log", "--full-refresh", "--vars", "least: 2", "--json"],
    );
    const { backfill, runs } = json<{ backfill: string; runs: { id: string }[] }>();
    expect([code, await options(runs[0]?.id as string)]).toEqual([
      0,
      { fullRefresh: true, vars: { least: 2 } },
    ]);
    const retried = await workspace.millrace("backfill", "retry", backfill, "--json");
    expect([retried.code, retried.stderr]).toEqual([0, expect.any(String)]);
  });

  test("what is wrong with them is said before anything runs", async () => {
    expect(await refusal("materialize", "log", "--target", "nowhere")).toContain(
      'There is no target "nowhere" in the profile "shop" of dbt/profiles.yml. Write --target dev or --target prod.',
    );
    expect(await refusal("materialize", "log", "--vars", "{least: [")).toMatch(
      /--vars cannot be read: \{least: \[\n.* Write JSON or YAML: --vars '/,
    );
    expect(await refusal("backfill", "log", "--vars", "least")).toContain(
      "It is no mapping of names to values.",
    );
    expect(await refusal("materialize", "log", "--defer")).toContain(
      "--defer needs the manifest of another run, such as production's. Name its folder: --state DIR",
    );
    expect(await refusal("materialize", "log", "--defer", "--state", "nowhere")).toMatch(
      /--state \S+\/nowhere: there is no manifest\.json in it\. Copy the manifest\.json/,
    );
    expect(await refusal("materialize", "log", "--target", "prod", "--env", "dev")).toContain(
      "--env dev is the environment of the target dev: what is made with --target prod is not there.",
    );
    expect(await refusal("materialize", "log", "--env", "prod")).toContain(
      "The environment prod holds what dbt made with --target prod, and this is dev. Add --target prod",
    );
  });

  test("a retry keeps them", async () => {
    await workspace.write(
      "dbt/models/log.sql",
      "{{ config(materialized='incremental') }}\nselect now() as at, '{{ target.name }}' as target, 1 / {{ var('divisor', 0) }} as n from {{ ref('totals') }}\n",
    );
    const failed = await workspace.millrace(
      ...["materialize", "log", "--target", "prod", "--full-refresh", "--vars", "least: 3", "--json"],
    );
    const [run] = failed.json<{ status: string; runs: { id: string }[] }>().runs;
    expect(failed.code).toBe(1);
    await workspace.write(
      "dbt/models/log.sql",
      "{{ config(materialized='incremental') }}\nselect now() as at, '{{ target.name }}' as target, {{ var('least') }} as n from {{ ref('totals') }}\n",
    );
    const retried = await workspace.millrace("runs", "retry", run?.id as string, "--json");
    expect([retried.code, retried.stderr]).toEqual([0, expect.any(String)]);
    const again = retried.json<{ runs: { id: string }[] }>().runs[0]?.id as string;
    expect(await options(again)).toEqual({ target: "prod", fullRefresh: true, vars: { least: 3 } });
    expect(await workspace.query("select target, n from prod.log")).toEqual([{ target: "prod", n: 3 }]);

    const shown = await workspace.millrace("runs", again);
    expect(shown.stdout).toContain(`dbt: --full-refresh --target prod --vars '{"least":3}'`);

    // An editor looks at the usual target, and can retry all the same.
    const child = spawn(process.execPath, [commandLine, "serve", "--root", workspace.root], {
      env: { ...process.env, MILLRACE_DATABASE_URL: workspace.url },
      stdio: ["pipe", "pipe", "ignore"],
    });
    try {
      const engine = connect<object, EngineHost>(streamPort(child.stdout, child.stdin), {});
      await workspace.query("update prod.log set n = 0");
      const { runId } = await engine.retryRun(again, "all", "click");
      await until(async () => (await engine.run(runId))?.status === "succeeded", 60_000);
      expect(await workspace.query("select target, n from prod.log")).toEqual([{ target: "prod", n: 3 }]);
      expect(await options(runId)).toEqual(await options(again));
    } finally {
      child.kill("SIGTERM");
      await once(child, "exit");
    }
  });
});

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { profilesOf } from "../support/dbtTargets.ts";
import { dbtWorkspace } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "dbt/models/orders.sql":
      "{{ config(materialized='table') }}\nselect 'made in {{ target.name }}' as origin\n",
    "dbt/models/spliced.sql":
      "{{ config(materialized='ephemeral') }}\nselect origin from {{ ref('orders') }}\n",
    "dbt/models/clean.sql": "select origin, 1 as version from {{ ref('spliced') }}\n",
    "dbt/models/totals.sql": "select origin, version from {{ ref('clean') }}\n",
    "dbt/models/other.sql": "select 1 as n\n",
    "report.ts": `import { asset, dbtModel } from "millrace";
export const report = asset("report", {
  inputs: { totals: dbtModel<{ origin: string; version: number }>("totals") },
  materialize: ({ totals }) => totals,
});
`,
  });
  await workspace.write("dbt/profiles.yml", profilesOf(workspace.url, ["dev", "prod"]));
  const production = ["run", "--quiet", "--target", "prod", "--target-path", "prod-artifacts"];
  const { code, stdout, stderr } = await workspace.millrace("dbt", "--", ...production);
  expect([code, stdout + stderr]).toEqual([0, ""]);
}, 600_000);

afterAll(() => workspace?.remove());

const state = ["--state", "dbt/prod-artifacts"];
const steps = async (...args: string[]) => {
  const { code, stderr, json } = await workspace.millrace("materialize", ...args, "--json");
  expect([code, code === 0 ? "" : stderr]).toEqual([0, ""]);
  return json<{ runs: { id: string; steps: { assets: string[] }[] }[] }>().runs.flatMap(it =>
    it.steps.flatMap(step => step.assets),
  );
};

describe("what changed since production", { timeout: 300_000 }, () => {
  test("when nothing did, there is nothing to run", async () => {
    const { code, stdout } = await workspace.millrace("materialize", "state:modified+", ...state);
    expect([code, stdout]).toEqual([0, expect.stringContaining("nothing that is made is state:modified")]);
  });

  test("a changed model and all below it run, TypeScript too, and what is above is read from production", async () => {
    await workspace.write("dbt/models/clean.sql", "select origin, 2 as version from {{ ref('spliced') }}\n");
    const refused = await workspace.millrace("materialize", "state:modified+", ...state);
    expect([refused.code, refused.stderr]).toEqual([
      2,
      expect.stringContaining("clean needs orders, which was never materialized"),
    ]);
    expect(await steps("state:modified+", "--defer", ...state)).toEqual(["clean", "totals", "report"]);
    expect(await workspace.query("select * from assets.report")).toEqual([
      { origin: "made in prod", version: 2 },
    ]);
    expect(await workspace.query("select to_regclass('dev.orders') as there")).toEqual([{ there: null }]);
    expect(await workspace.query("select dbt_options as options from millrace.run")).toEqual([
      { options: { defer: true, state: "dbt/prod-artifacts" } },
    ]);
  });

  test("a spliced model that changed is what it is spliced into; new is what production does not have", async () => {
    await workspace.write(
      "dbt/models/spliced.sql",
      "{{ config(materialized='ephemeral') }}\nselect origin || '!' as origin from {{ ref('orders') }}\n",
    );
    await workspace.write("dbt/models/clean.sql", "select origin, 1 as version from {{ ref('spliced') }}\n");
    await workspace.write("dbt/models/added.sql", "select 1 as n from {{ ref('totals') }}\n");
    const listed = async (selection: string) => {
      const { stdout, stderr } = await workspace.millrace("list", selection, ...state, "--json");
      expect(stderr).not.toContain("unknown");
      return (JSON.parse(stdout) as { assets: { key: string }[] }).assets.map(it => it.key).sort();
    };
    expect(await listed("state:modified")).toEqual(["added", "clean"]);
    expect(await listed("state:new")).toEqual(["added"]);
    expect(await listed("state:modified.body+ and not state:new")).toEqual(["clean", "report", "totals"]);
  });

  test("what millrace.json says of it holds for every run, and --no-defer against it", async () => {
    const { dbt } = JSON.parse(await readFile(join(workspace.root, "millrace.json"), "utf8"));
    await workspace.write(
      "millrace.json",
      JSON.stringify({ dbt: { ...dbt, state: "dbt/prod-artifacts", defer: true } }),
    );
    expect(await steps("state:modified and key:clean")).toEqual(["clean"]);
    expect(await workspace.query("select * from dev.clean")).toEqual([
      { origin: "made in prod!", version: 1 },
    ]);
    const refused = await workspace.millrace("materialize", "clean", "--no-defer");
    expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("clean needs orders")]);
  });

  test("what dbt does not know, it says itself", async () => {
    const { code, stderr } = await workspace.millrace("materialize", "state:bogus", ...state);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /dbt cannot tell what is state:bogus.*Got an invalid selector "bogus", expected one of/s,
      ),
    ]);
    const marked = await workspace.millrace("mark", "state:modified");
    expect([marked.code, marked.stderr]).toEqual([
      2,
      expect.stringContaining("here there is none to compare with"),
    ]);
  });
});

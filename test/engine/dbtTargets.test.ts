import { rm } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { createWorkspaceScan } from "../../src/scan/workspace.ts";
import { profilesOf } from "../support/dbtTargets.ts";
import { dbtWorkspace } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
afterEach(() => workspace?.remove());

const files = {
  "dbt/models/orders.sql": "{{ config(materialized='table') }} select '{{ target.name }}' as target",
  "dbt/models/marts/totals.sql":
    "{{ config(materialized='table', schema='marts') }} select * from {{ ref('orders') }}",
  "report.ts": `import { asset, dbtModel } from "millrace";
export const report = asset("report", {
  inputs: { totals: dbtModel<{ target: string }>("totals") },
  materialize: ({ totals }) => totals,
});
`,
};

async function open(): Promise<TestWorkspace> {
  workspace = await dbtWorkspace(files);
  await workspace.write("dbt/profiles.yml", profilesOf(workspace.url, ["dev", "prod"]));
  return workspace;
}

const byHand = async (...args: string[]) => {
  const { code, stdout, stderr } = await workspace.millrace("dbt", "--", ...args);
  expect([code, code === 0 ? "" : stdout + stderr]).toEqual([0, ""]);
};
const materialize = async (engine: Engine, selection: string) => {
  const { runId } = await engine.materialize({ selection, requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
};
const schemas = async (engine: Engine) => {
  const { assets } = await engine.definitions();
  return assets.flatMap(it => (it.kind === "dbt" ? [it.dbt?.relation?.schema] : [])).sort();
};
const databaseName = () => new URL(workspace.url).pathname.slice(1);
const compiledSql = async (model: string) => {
  const scan = createWorkspaceScan(workspace.root);
  const { assets } = await scan.load();
  const found = assets.find(it => it.dbt?.name === model);
  return found ? ((await scan.compiledSql(found))?.text ?? null) : null;
};
const report = () => workspace.query("select * from assets.report");
const recorded = async () => (await workspace.query("select from millrace.materialization")).length;

describe("dbt by another target in a terminal", { timeout: 300_000 }, () => {
  test("what it made there is none of ours, and TypeScript goes on to read the tables of our target", async () => {
    await open();
    const engine = await workspace.engine();
    await materialize(engine, "+report");
    const before = await recorded();
    // What dbt has compiled for Millrace is there to be seen, without another call.
    expect(await compiledSql("totals")).toBe(`select * from "${databaseName()}"."dev"."orders"`);
    await byHand("run", "--target", "prod");
    expect(await compiledSql("totals")).toContain('"dev"."orders"');
    expect(await schemas(engine)).toEqual(["dev", "dev_marts"]);
    expect((await engine.definitions()).dbt).toMatchObject({ graph: "lastGood", isOfOtherTarget: true });
    // Who comes new to it knows as much, and whoever only reads the files.
    const other = await workspace.engine();
    expect(await schemas(other)).toEqual(["dev", "dev_marts"]);
    const scanned = await workspace.millrace("scan");
    expect(scanned.stderr).toMatch(
      /for another target than the one that Millrace uses.*"millrace dbt parse"/,
    );
    expect(await recorded()).toBe(before);
    await materialize(other, "report");
    expect(await report()).toEqual([{ target: "dev" }]);
    // A run that needs dbt lets it read the project for our target again.
    expect((await other.definitions()).dbt).not.toHaveProperty("isOfOtherTarget");
    expect(await schemas(other)).toEqual(["dev", "dev_marts"]);
  });

  test("so it is when dbt has never read the project for ours", async () => {
    await open();
    await byHand("run");
    await byHand("run", "--target", "prod");
    await rm(join(workspace.root, ".millrace"), { recursive: true, force: true });
    const engine = await workspace.engine();
    await engine.definitions();
    expect(await recorded()).toBe(0);
    await materialize(engine, "orders");
    expect(await schemas(engine)).toEqual(["dev", "dev_marts"]);
    await materialize(engine, "+report");
    expect(await report()).toEqual([{ target: "dev" }]);
  });

  test("a profile that has changed is no other target once dbt has read the project for Millrace", async () => {
    await open();
    const engine = await workspace.engine();
    await materialize(engine, "+report");
    await workspace.write(
      "dbt/profiles.yml",
      profilesOf(workspace.url, ["dev"]).replace("schema: dev", "schema: fresh"),
    );
    await byHand("run");
    const parsed = await workspace.millrace("dbt", "parse");
    expect(parsed.code).toBe(0);
    expect(await schemas(engine)).toEqual(["fresh", "fresh_marts"]);
    expect((await engine.definitions()).dbt).toMatchObject({ graph: "manifest", changes: [] });
  });
});

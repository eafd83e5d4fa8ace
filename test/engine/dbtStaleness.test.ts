import { utimes } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import { dbtWorkspace } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let engine: Engine;
const project = (vars: string) => `name: shop\nversion: "1.0"\nprofile: shop\n${vars}`;
const files = {
  "dbt/seeds/cities.csv": "city\nBergen\n",
  "dbt/macros/shout.sql":
    "{% macro loud(it) %}upper({{ it }}){% endmacro %}\n{% macro shout(it) %}{{ loud(it) }}{% endmacro %}",
  "dbt/models/inner.sql": "{{ config(materialized='ephemeral') }} select 1 as id",
  "dbt/models/own.sql": "select 1 as id",
  "dbt/models/by_macro.sql": "select {{ shout(\"'a'\") }} as name",
  "dbt/models/by_ephemeral.sql": "select * from {{ ref('inner') }}",
  "dbt/models/by_var.sql": "select {{ var('factor', 1) }} as factor",
  "dbt/models/of_cities.sql": "select * from {{ ref('cities') }}",
};

beforeAll(async () => {
  workspace = await dbtWorkspace({ ...files, "dbt/dbt_project.yml": project("vars:\n  factor: 1\n") });
  engine = await workspace.engine();
  const { runId } = await engine.materialize({ selection: "kind:dbt", requestedBy: "test" });
  expect((await engine.waitForRun(runId)).status).toBe("succeeded");
}, 600_000);
afterAll(() => workspace?.remove());

/** Why what is stale is so, after the last change. */
let reasons: Record<string, string | null>;

/** Changes a file, and answers what --stale would make again. */
async function staleAfter(file: string, text: string): Promise<string[]> {
  await workspace.write(file, text);
  const later = new Date(Date.now() + 2_000);
  await utimes(join(workspace.root, file), later, later);
  const { steps } = await engine.plan({ selection: "kind:dbt", only: ["stale"] });
  reasons = Object.fromEntries((await engine.assetStates()).map(it => [it.asset, it.reason]));
  return steps.flatMap(it => it.assets).sort();
}

test("a model is stale when its own code, a macro, an ephemeral parent, a variable or a seed's data is another", {
  timeout: 240_000,
}, async () => {
  expect(await staleAfter("dbt/models/own.sql", "select 2 as id")).toEqual(["own"]);
  expect(
    await staleAfter("dbt/macros/shout.sql", files["dbt/macros/shout.sql"].replace("upper", "lower")),
  ).toEqual(["by_macro", "own"]);
  expect(
    await staleAfter("dbt/models/inner.sql", files["dbt/models/inner.sql"].replace("1 as", "2 as")),
  ).toEqual(["by_ephemeral", "by_macro", "own"]);
  expect(await staleAfter("dbt/dbt_project.yml", project("vars:\n  factor: 2\n"))).toEqual([
    "by_ephemeral",
    "by_macro",
    "by_var",
    "own",
  ]);
  expect(await staleAfter("dbt/seeds/cities.csv", "city\nBergen\nLisbon\n")).toEqual([
    "by_ephemeral",
    "by_macro",
    "by_var",
    "cities",
    "of_cities",
    "own",
  ]);
  expect(reasons).toMatchObject({
    own: "its SQL changed since it was made",
    by_macro: "a macro changed since it was made",
    by_ephemeral: "an ephemeral model in it changed since it was made",
    by_var: "a variable changed since it was made",
    cities: "its file changed since it was made",
  });
  const { runId } = await engine.materialize({ selection: "kind:dbt", only: ["stale"], requestedBy: "test" });
  const ended = await engine.waitForRun(runId);
  expect(ended.steps.filter(it => it.status !== "succeeded")).toEqual([]);
  await expect(engine.plan({ selection: "kind:dbt", only: ["stale"] })).rejects.toThrow(/Nothing to run/);
});

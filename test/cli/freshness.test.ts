import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import { until } from "../support/until.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;

const freshness = {
  loaded_at_field: "loaded_at",
  config: {
    freshness: { warn_after: { count: 1, period: "hour" }, error_after: { count: 1, period: "day" } },
    loaded_at_field: "loaded_at",
  },
};
const source = (name: string, more: object = {}) => ({ name, config: freshness.config, ...more });

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "dbt/models/models.yml": yaml({
      sources: [
        {
          name: "raw",
          schema: "raw",
          tables: [
            ...["orders", "late", "old", "empty", "gone"].map(it => source(it)),
            source("warned", {
              config: {
                loaded_at_field: "loaded_at",
                freshness: { warn_after: { count: 1, period: "hour" } },
              },
            }),
            { name: "plain" },
          ],
        },
      ],
    }),
    "dbt/models/clean.sql":
      "select 1 as a from {{ source('raw', 'orders') }} union all select 1 from {{ source('raw', 'plain') }}\n",
  });
  await workspace.query("create schema raw");
  for (const [table, age] of [
    ["orders", "10 minutes"],
    ["late", "3 hours"],
    ["old", "4 days"],
    ["empty", null],
    ["warned", "4 days"],
  ]) {
    await workspace.query(
      `create table raw.${table} as select now() - interval '${age ?? "1 day"}' as loaded_at`,
    );
    if (age === null) await workspace.query(`delete from raw.${table}`);
  }
}, 600_000);

afterAll(() => workspace?.remove());

describe("sources of dbt", { timeout: 300_000 }, () => {
  test("are as fresh as dbt measures them", async () => {
    const { code, stdout, stderr, json } = await workspace.millrace("freshness", "--json");
    expect([code, stdout === "" ? stderr : ""]).toEqual([1, ""]);
    const { assets } = json<{ assets: { asset: string; freshness: { state: string }; error: string }[] }>();
    expect(Object.fromEntries(assets.map(it => [it.asset, it.error ?? it.freshness.state]))).toEqual({
      "raw/orders": "pass",
      "raw/late": "warn",
      "raw/old": "fail",
      "raw/empty": "fail",
      "raw/warned": "warn",
      "raw/gone": expect.stringContaining('relation "raw.gone" does not exist'),
    });
  });

  test("show it where assets are listed, until they are measured again", async () => {
    const { stdout } = await workspace.millrace("list");
    const lines = Object.fromEntries(
      stdout.split("\n").map(it => [/raw\/\w+/.exec(it)?.[0], it.replace(/.*raw\/\w+\s*/, "")]),
    );
    expect(lines).toMatchObject({
      "raw/orders": "source",
      "raw/late": expect.stringMatching(/^source · due soon since 2 h ago/),
      "raw/old": expect.stringMatching(/^source · overdue since 3 d ago/),
      "raw/empty": expect.stringMatching(/^source · overdue/),
      "raw/plain": "source",
    });
    await workspace.query("insert into raw.old values (now())");
    const again = await workspace.millrace("freshness", "key:raw/old");
    expect([again.code, again.stdout]).toEqual([
      0,
      expect.stringMatching(/✓ raw\/old\s+fresh\s+within 1 d · newest/),
    ]);
    const { assets } = (await workspace.millrace("list", "key:raw/old", "--json")).json<{
      assets: { state: string | null; freshness: { state: string } }[];
    }>();
    expect(assets).toMatchObject([{ state: null, freshness: { state: "pass", policy: "within 1 d" } }]);
  });

  test("are measured by whoever evaluates automations, and how they are is history", async () => {
    await workspace.query("delete from millrace.source_freshness");
    const engine = await workspace.engine({ automation: true });
    await engine.definitions();
    const measured = async () =>
      (await workspace.query("select asset from millrace.source_freshness order by 1")).map(it => it.asset);
    const states = async () =>
      Object.fromEntries(
        (await workspace.query("select asset, state from millrace.freshness")).map(it => [
          it.asset,
          it.state,
        ]),
      );
    await until(async () => (await measured()).length === 5, 120_000);
    expect(await measured()).toEqual(["raw/empty", "raw/late", "raw/old", "raw/orders", "raw/warned"]);
    await until(async () => (await states())["raw/late"] === "warn", 30_000);
    expect(await states()).toMatchObject({ "raw/late": "warn", "raw/orders": "pass", "raw/empty": "fail" });
  });
});

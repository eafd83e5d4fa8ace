import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Engine } from "../../src/engine/engine.ts";
import type { AssetKey } from "../../src/model/assetKey.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

const orders = (amount: string, version: number) => `
import { asset, columns, dailyPartitions, ioManager, notNull } from "millrace";

export const orders = asset("orders", {
  codeVersion: "${version}",
  checks: [notNull("city"), { name: "cheap", sql: "amount < 20", severity: "warning" }],
  materialize: () => [{ id: 1n, city: "Oslo", amount: ${amount} }],
});

export const visits = asset("visits", {
  partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-04" }),
  checks: [{ name: "early", sql: "day < '2026-01-02'" }],
  materialize: (_, { partition }) => [{ day: partition.key }],
});

export const planned = asset("planned", {
  columns: columns({ city: "text", celsius: "double precision" }),
  materialize: () => [],
});

const nowhere = ioManager({ store: () => {}, load: () => [] });
export const kept = asset("kept", { io: nowhere, materialize: () => ({ answer: 42 }) });
`;

let workspace: TestWorkspace;
let engine: Engine;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "assets.ts": orders("30", 1),
    "dbt/models/totals.sql":
      "{{ config(materialized='table') }}\nselect city, count(*) as orders from {{ source('raw', 'orders') }} group by city",
    "dbt/models/models.yml": yaml({
      sources: [{ name: "raw", schema: "assets", tables: [{ name: "orders" }] }],
      models: [
        {
          name: "totals",
          columns: [{ name: "city", description: "Where.", data_tests: ["not_null"] }, { name: "orders" }],
        },
      ],
    }),
  });
  engine = await workspace.engine();
  await made("+totals");
}, 600_000);

afterAll(() => workspace?.remove());

const facts = (asset: string) => engine.assetFacts(asset as AssetKey);

async function made(selection: string, partitions: string | null = null) {
  const { runId } = await engine.materialize({ selection, partitions, requestedBy: "test" });
  return engine.waitForRun(runId);
}

describe("what is known of an asset", { timeout: 120_000 }, () => {
  test("are its columns with the types of the database, and what its checks came to", async () => {
    const found = await facts("orders");
    expect(found.columns).toEqual([
      { name: "id", type: "bigint", description: null },
      { name: "city", type: "text", description: null },
      { name: "amount", type: "double precision", description: null },
    ]);
    expect(
      found.checks.map(({ name, passed, severity, failedRows }) => [name, passed, severity, failedRows]),
    ).toEqual([
      ["cheap", false, "warning", 1],
      ["notNull(city)", true, "error", 0],
    ]);
    expect(found.history).toMatchObject([{ rows: 1, partitions: null, runId: "1" }]);
    expect(found.stalePath).toEqual([]);
  });

  test("are of a dbt model the database's types beside the descriptions, and its tests", async () => {
    const found = await facts("totals");
    expect(found.columns).toEqual([
      { name: "city", type: "text", description: "Where." },
      { name: "orders", type: "bigint", description: null },
    ]);
    expect(found.checks).toMatchObject([{ name: "not_null_totals_city", passed: true }]);
  });

  test("are before it is there the columns that it declares; where no table is, none", async () => {
    expect((await facts("planned")).columns).toEqual([
      { name: "city", type: "text", description: null },
      { name: "celsius", type: "double precision", description: null },
    ]);
    expect((await facts("kept")).columns).toBeNull();
    expect((await facts("visits")).history).toEqual([]);
  });

  test("are of partitions each materialization with its keys, and in how many a check fails", async () => {
    await made("visits", "2026-01-01...2026-01-03");
    const { history, checks, columns } = await facts("visits");
    // Which of them was made last, is as it happened.
    expect(history.map(it => it.partitions).sort()).toEqual([
      ["2026-01-01", "2026-01-01"],
      ["2026-01-02", "2026-01-02"],
      ["2026-01-03", "2026-01-03"],
    ]);
    expect(checks).toMatchObject([{ name: "early", failedPartitions: 2 }]);
    expect(columns?.map(it => it.name)).toEqual(["day"]);
  });

  test("is the way from what is stale up to what changed", async () => {
    await workspace.write("assets.ts", orders("12", 2));
    await engine.definitions();
    expect((await facts("totals")).stalePath).toEqual([
      { asset: "totals", partition: null, words: "orders is stale" },
      { asset: "orders", partition: null, words: "made by code version 1, which is now 2" },
    ]);
  });

  test("is refused for what there is not, with a sentence", async () => {
    await expect(facts("nothing")).rejects.toThrow('There is no asset "nothing".');
  });
});

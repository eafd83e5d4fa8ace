import { afterAll, beforeAll, expect, test } from "vitest";
import type { CheckReport, RowsPreview } from "../../src/protocol/stored.ts";
import { createTestDatabase } from "../support/database.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

const files = {
  "assets.ts": `
import { readFileSync, writeFileSync } from "node:fs";
import { asset, dailyPartitions, ioManager, notNull, unique } from "millrace";

export const orders = asset("orders", {
  checks: [notNull("city"), unique("id"), { name: "cheap", sql: "amount < 20", severity: "warning" },
    { name: "few", rows: async found => { for await (const row of found) if (Number(row.amount) > 100) return "too many"; } }],
  materialize: () => Array.from({ length: 120 }, (_, id) => ({
    id: BigInt(id), city: id === 3 ? null : "Oslo", amount: id, at: new Date(Date.UTC(2026, 0, 1)), tags: ["a", id],
  })),
});

export const visits = asset("visits", {
  partitions: dailyPartitions({ start: "2026-01-01", end: "2026-01-04" }),
  checks: [notNull("day")],
  materialize: (_, { partition }) => [{ day: partition.key }],
});

const file = new URL("./kept.json", import.meta.url);
const inFile = ioManager({
  store: value => writeFileSync(file, JSON.stringify(value)),
  load: () => JSON.parse(readFileSync(file, "utf8")),
});

export const kept = asset("kept", { io: inFile, materialize: () => ({ answer: 42 }) });
`,
  "dbt/models/totals.sql":
    "{{ config(materialized='table') }}\nselect city, count(*) as orders from {{ source('raw', 'orders') }} group by city",
  "dbt/models/models.yml": yaml({
    sources: [
      {
        name: "raw",
        schema: "assets",
        tables: [{ name: "orders", columns: [{ name: "id", data_tests: ["unique"] }] }],
      },
    ],
    models: [
      {
        name: "totals",
        columns: [
          { name: "city", description: "Where.", data_tests: ["unique", "not_null"] },
          { name: "orders" },
        ],
      },
    ],
  }),
  "dbt/tests/no_total_is_large.sql": "select * from {{ ref('totals') }} where orders > 1000",
};

let workspace: TestWorkspace;

beforeAll(async () => {
  workspace = await dbtWorkspace(files);
  const made = await workspace.millrace("materialize", "+totals", "--json");
  expect(made.json()).toMatchObject({ status: expect.stringMatching(/succeeded|failed/) });
}, 600_000);

afterAll(() => workspace?.remove());

async function preview(...args: string[]) {
  const result = await workspace.millrace("preview", ...args, "--json");
  return result.code === 0 ? result.json<RowsPreview>() : result;
}

test("the first rows of an asset are shown in a form that JSON has", async () => {
  const found = (await preview("orders", "--limit", "5")) as RowsPreview;
  expect(found.columns.map(({ name, kind }) => ({ name, kind }))).toEqual([
    { name: "id", kind: "number" },
    { name: "city", kind: "text" },
    { name: "amount", kind: "number" },
    { name: "at", kind: "time" },
    { name: "tags", kind: "other" },
  ]);
  expect(found.rows[3]).toEqual(["3", null, 3, "2026-01-01T00:00:00.000Z", '["a",3]']);
  expect([found.rows.length, found.isCut]).toEqual([5, true]);
  expect(((await preview("orders", "--limit", "120")) as RowsPreview).isCut).toBe(false);
});

test("so are those of a model of dbt, of one partition, and of any I/O manager", {
  timeout: 120_000,
}, async () => {
  expect(await preview("totals")).toMatchObject({
    columns: [
      { name: "city", description: "Where." },
      { name: "orders", description: null },
    ],
    rows: expect.arrayContaining([["Oslo", "119"]]),
  });
  await workspace.millrace("materialize", "visits", "--partitions", "2026-01-01...2026-01-03");
  expect(await preview("visits", "--partition", "2026-01-02")).toMatchObject({ rows: [["2026-01-02"]] });
  expect(await preview("visits")).toMatchObject({ rows: { length: 3 } });
  await workspace.millrace("materialize", "kept");
  expect(await preview("kept")).toMatchObject({
    columns: [{ name: "answer", kind: "number" }],
    rows: [[42]],
  });
});

test("rows of a model are found where dbt's own profile leads, beside our state", {
  timeout: 120_000,
}, async () => {
  const elsewhere = await createTestDatabase();
  const { hostname, port, username, password, pathname } = new URL(elsewhere.url);
  const output = {
    type: "postgres",
    host: hostname,
    port: Number(port),
    user: username,
    password,
    schema: "far",
  };
  const other = await dbtWorkspace({
    "dbt/models/letters.sql":
      "{{ config(materialized='table') }}\nselect 'a' as letter, 1 as n union all select 'b', 2",
    "dbt/profiles.yml": yaml({
      shop: { target: "dev", outputs: { dev: { ...output, dbname: pathname.slice(1) } } },
    }),
  });
  try {
    expect((await other.millrace("dbt", "--", "run", "--quiet")).code).toBe(0);
    const found = await other.millrace("preview", "letters", "--limit", "1", "--json");
    expect(found.json<RowsPreview>()).toMatchObject({
      columns: [{ name: "letter" }, { name: "n", kind: "number" }],
      isCut: true,
    });
  } finally {
    await other.remove();
    await elsewhere.drop();
  }
});

test("what has no rows says why", async () => {
  const say = async (...args: string[]) => (await workspace.millrace("preview", ...args)).stderr;
  expect(await say("nowhere")).toContain('There is no asset "nowhere"');
  expect(await say("visits", "--partition", "2027-01-01")).toContain('There is no partition "2027-01-01"');
  await workspace.query("drop table assets.visits");
  expect(await say("visits")).toContain(
    "does not exist. If it was never materialized: millrace materialize visits.",
  );
});

test("checks of TypeScript and tests of dbt are run on what is stored, and each says how it ended", {
  timeout: 120_000,
}, async () => {
  const { code, json } = await workspace.millrace("checks", "--json");
  const reports = json<{ checks: CheckReport[] }>().checks;
  expect(code).toBe(1);
  expect(reports.map(it => [it.asset, it.name, it.status, it.failedRows])).toEqual(
    expect.arrayContaining([
      ["orders", "notNull(city)", "failed", 1],
      ["orders", "unique(id)", "passed", 0],
      ["orders", "cheap", "warned", 100],
      ["orders", "few", "failed", null],
      ["totals", "unique_totals_city", "passed", 0],
      ["totals", "not_null_totals_city", "failed", 1],
      ["totals", "no_total_is_large", "passed", 0],
    ]),
  );
  const printed = await workspace.millrace("checks", "totals");
  expect(printed.stdout).toMatch(/✗ totals +not_null_totals_city .*Got 1 result/);
  expect(printed.stdout).toContain("2 passed, 1 failed");
});

test("what was found is recorded: the list tells of it, and a partition that is made anew speaks for itself", {
  timeout: 120_000,
}, async () => {
  const recorded = await workspace.query(
    `select asset, name, passed, severity, blocking, run_id is null as looked from millrace.check_result
     where asset in ('orders', 'totals') and not passed order by 1, 2`,
  );
  expect(recorded).toEqual([
    { asset: "orders", name: "cheap", passed: false, severity: "warning", blocking: false, looked: true },
    { asset: "orders", name: "few", passed: false, severity: "error", blocking: false, looked: true },
    {
      asset: "orders",
      name: "notNull(city)",
      passed: false,
      severity: "error",
      blocking: false,
      looked: true,
    },
    {
      asset: "totals",
      name: "not_null_totals_city",
      passed: false,
      severity: "error",
      blocking: true,
      looked: true,
    },
  ]);
  const { assets } = (await workspace.millrace("list", "--json")).json<{
    assets: { key: string; failedChecks?: { name: string; message: string | null; at: string }[] }[];
  }>();
  const failedOf = (key: string) => assets.find(it => it.key === key)?.failedChecks?.map(it => it.name);
  expect(failedOf("orders")).toEqual(["cheap", "few", "notNull(city)"]);
  expect(failedOf("totals")).toEqual(["not_null_totals_city"]);
  const printed = await workspace.millrace("list");
  expect(printed.stdout).toMatch(/orders .* 2 checks failed · 1 check warns/);

  await workspace.query("drop table if exists assets.visits");
  await workspace.millrace("materialize", "visits", "--partitions", "2026-01-01...2026-01-03");
  await workspace.query("insert into assets.visits (day, _partition) values (null, '2026-01-02')");
  const days = () =>
    workspace.query("select partition, passed from millrace.check_result where asset = 'visits' order by 1");
  expect(await days()).toHaveLength(3);
  await workspace.millrace("checks", "visits");
  expect(await days()).toEqual([{ partition: "", passed: false }]);
  await workspace.millrace("materialize", "visits", "--partition", "2026-01-02");
  expect(await days()).toEqual([{ partition: "2026-01-02", passed: true }]);
});

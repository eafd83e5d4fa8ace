import { afterAll, beforeAll, expect, test } from "vitest";
import { readConfiguration } from "../../src/engine/configuration.ts";
import { createDbtHost } from "../../src/engine/dbtHost.ts";
import type { DbtHost } from "../../src/protocol/dbt.ts";
import { dbtWorkspace, yaml } from "../support/dbtWorkspace.ts";
import type { TestWorkspace } from "../support/workspace.ts";

let workspace: TestWorkspace;
let dbt: DbtHost;

beforeAll(async () => {
  workspace = await dbtWorkspace({
    "dbt/models/letters.sql":
      "{{ config(materialized='table') }}\nselect 'a' as letter, 1 as n union all select null, 2 union all select 'b', 30",
    "dbt/models/models.yml": yaml({
      models: [{ name: "letters", columns: [{ name: "letter", data_tests: ["not_null", "unique"] }] }],
    }),
    "dbt/tests/no_letter_is_large.sql": "select letter, n from {{ ref('letters') }} where n > 1",
  });
  await workspace.millrace("materialize", "letters");
  dbt = createDbtHost(() => readConfiguration(workspace.root, {}, { MILLRACE_DATABASE_URL: workspace.url }));
}, 600_000);

afterAll(() => workspace?.remove());

test("the rows for which a test of dbt does not hold are found by its own SQL, which can be read", async () => {
  const found = await dbt.failingRows("test.shop.no_letter_is_large", 100);
  expect(found).toMatchObject({
    rows: [
      [null, 2],
      ["b", 30],
    ],
    isCut: false,
  });
  expect(found.columns.map(it => it.name)).toEqual(["letter", "n"]);
  expect(found.sql).toMatch(/^select letter, n from "\w+"\."\w+"\."letters" where n > 1$/);
  expect(await dbt.failingRows("test.shop.no_letter_is_large", 1)).toMatchObject({
    rows: { length: 1 },
    isCut: true,
  });
});

test("a test that holds finds none, and has its SQL all the same; one that there is not is refused", async () => {
  const { tests } = await testsOf();
  const unique = tests.find(it => it.startsWith("test.shop.unique_letters_letter")) as string;
  expect(await dbt.failingRows(unique, 100)).toMatchObject({
    rows: [],
    sql: expect.stringContaining("having count(*) > 1"),
  });
  await expect(dbt.failingRows("test.shop.nothing", 100)).rejects.toThrow("dbt finds no test.shop.nothing");
});

async function testsOf() {
  const { assets } = (await workspace.millrace("scan", "--json")).json<{
    assets: { uniqueId?: string; dbt?: { tests: { uniqueId: string }[] } }[];
  }>();
  return { tests: assets.flatMap(it => it.dbt?.tests.map(test => test.uniqueId) ?? []) };
}

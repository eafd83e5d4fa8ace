import { expect, test } from "vitest";
import type { DbtTest } from "../../src/model/dbtNode.ts";
import { dbtSchemaPlaces, linesOfTests } from "../../src/scan/dbtSchemaPlaces.ts";

const text = `version: 2
sources:
  - name: raw
    tables:
      - name: orders
        columns:
          - name: id
            data_tests: [not_null, unique]
models:
  - name: totals
    tests:
      - dbt_utils.expression_is_true:
          expression: "total > 0"
    columns:
      - name: city
        data_tests:
          - not_null
          - accepted_values:
              name: known_cities
              arguments: { values: [Oslo] }
`;

test("each model and source table stands at its line, with its tests at theirs", () => {
  expect(
    dbtSchemaPlaces(text).map(({ source, name, line, tests }) => [source, name, line, tests.length]),
  ).toEqual([
    ["raw", "orders", 5, 2],
    [null, "totals", 10, 3],
  ]);
});

test("the tests of a manifest are found where they are written", () => {
  const places = dbtSchemaPlaces(text);
  const totals = [
    dbtTest("known_cities", "city"),
    dbtTest("not_null_totals_city", "city"),
    dbtTest("dbt_utils_expression_is_true_totals_total_0", null),
    dbtTest("no_total_is_negative", null),
  ];
  expect([...linesOfTests(places, { name: "totals", source: null, tests: totals })]).toEqual([
    ["test.shop.known_cities", 18],
    ["test.shop.not_null_totals_city", 17],
    ["test.shop.dbt_utils_expression_is_true_totals_total_0", 12],
  ]);
  const orders = [
    dbtTest("source_unique_raw_orders_id", "id"),
    dbtTest("source_not_null_raw_orders_id", "id"),
  ];
  expect([...linesOfTests(places, { name: "orders", source: "raw", tests: orders }).values()]).toEqual([
    8, 8,
  ]);
});

function dbtTest(name: string, column: string | null): DbtTest {
  return { name, uniqueId: `test.shop.${name}`, kind: "data", severity: "error", column, file: null };
}

import { expect, test } from "vitest";
import { dbtColumns } from "../../src/scan/dbtColumns.ts";
import { dbtRowTypes } from "../../src/scan/dbtRowTypes.ts";
import { manifestGraph } from "../../src/scan/manifest.ts";

const manifest = {
  metadata: { project_name: "shop" },
  nodes: {
    "model.shop.daily_orders": {
      name: "daily_orders",
      description: "Orders */ of a day.\n\nBy city.",
      columns: {
        id: { name: "id" },
        "first name": { name: "first name", data_type: "varchar(20)", description: "Who." },
        gone: { name: "gone", data_type: "text" },
      },
    },
    "model.shop.orders.v2": {
      name: "orders",
      version: 2,
      columns: { tags: { name: "tags", data_type: "text[]" } },
    },
    "model.shop.class": { name: "class" },
    "model.other.class": { name: "class", package_name: "other" },
    "seed.shop.2024": {
      name: "2024",
      resource_type: "seed",
      columns: { n: { name: "n", data_type: "int" } },
    },
    "test.shop.not_null": {
      resource_type: "test",
      attached_node: "model.shop.daily_orders",
      column_name: "id",
      test_metadata: { name: "not_null" },
    },
    "test.shop.warns": {
      resource_type: "test",
      attached_node: "model.shop.daily_orders",
      column_name: "first name",
      test_metadata: { name: "not_null" },
      config: { severity: "WARN" },
    },
  },
};
const catalog = {
  nodes: {
    "model.shop.daily_orders": {
      columns: {
        at: { name: "at", index: 3, type: "timestamp with time zone" },
        id: { name: "id", index: 1, type: "bigint" },
        "first name": { name: "first name", index: 2, type: "text" },
      },
    },
  },
};

test("rows follow from the database first, then from what is described; names are those of TypeScript", () => {
  const { assets } = manifestGraph(manifest, "manifest.json");
  const columns = dbtColumns(manifest, catalog);
  const nodes = assets.map(asset => ({ asset, columns: columns.get(asset.uniqueId ?? "") ?? [] }));
  const text = dbtRowTypes(nodes, "shop");
  expect(text).toContain(`/**
 * Orders *\\/ of a day.
 *
 * By city.
 */
export interface DailyOrdersRow {
  readonly id: bigint;
  /** Who. */
  readonly "first name": string | null;
  readonly at: Date | null;
}
export const dailyOrders = dbtModel<DailyOrdersRow>("daily_orders");`);
  expect(text).toContain(`readonly tags: (string | null)[] | null;
}
export const ordersV2 = dbtModel<OrdersV2Row>("orders", { version: "2" });`);
  expect(text).toContain('export const model2024 = dbtModel<Model2024Row>("2024");');
  expect(text).toContain('export const otherClass = dbtModel<OtherClassRow>("other.class");');
  expect(text).toContain('export const shopClass = dbtModel<ShopClassRow>("shop.class");');
  expect(dbtRowTypes([...nodes].reverse(), "shop")).toBe(text);
});

test("whatever an artifact holds, there are columns or none", () => {
  for (const broken of [null, [], "x", { nodes: 1 }, { nodes: { a: null, b: { columns: [1] } } }]) {
    expect(() => dbtColumns(broken, broken)).not.toThrow();
  }
});

test("partitions stand beside the rows, for who reads only some of them", () => {
  const meta = { millrace: { partitions: { daily: { start: "2026-01-01" } } } };
  const cut = {
    metadata: { project_name: "shop" },
    nodes: { "model.shop.visits": { name: "visits", description: "Who came.", config: { meta } } },
  };
  const nodes = manifestGraph(cut, "manifest.json").assets.map(asset => ({ asset, columns: [] }));
  expect(dbtRowTypes(nodes, "shop")).toContain(`/**
 * Who came.
 * Partitions: ${nodes[0]?.asset.partitions}.
 */
export interface VisitsRow {`);
});

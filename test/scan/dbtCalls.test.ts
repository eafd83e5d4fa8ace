import { expect, test } from "vitest";
import { dbtCallAt, dbtCalls } from "../../src/scan/dbtCalls.ts";

test("what a text names in the words of dbt is found, with its package and version", () => {
  const text = `{{ ref('orders') }} {{ ref( "shop" , "orders", v=2) }} {{ source('raw','a b') }} {# ref('no') #} ref(name)`;
  expect(dbtCalls(text).map(({ call, names, version }) => [call, names, version])).toEqual([
    ["ref", ["orders"], null],
    ["ref", ["shop", "orders"], "2"],
    ["source", ["raw", "a b"], null],
  ]);
  const [typed] = dbtCalls(
    `dbtModel<{ city: string; at: Map<string, Date> }>("shop.totals", { version: 3 })`,
  );
  expect(typed).toMatchObject({ call: "dbtModel", names: ["shop.totals"], version: "3" });
});

test("a place in the names of a call leads to it, a place beside it to nothing", () => {
  const text = `from {{ source('raw', 'orders') }}`;
  expect(dbtCallAt(text, text.indexOf("orders"))?.names).toEqual(["raw", "orders"]);
  expect(dbtCallAt(text, text.indexOf("'raw'"))?.names).toEqual(["raw", "orders"]);
  expect(dbtCallAt(text, text.indexOf("source"))).toBeNull();
  expect(dbtCallAt(text, text.length)).toBeNull();
});
